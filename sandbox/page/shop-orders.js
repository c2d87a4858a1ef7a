// One order as a card: how far it is, what it cost, where money and coupon are, what the shop was told.
import { COUPON, EVENTS, OWN, REFUND, dayOf, money, timeOf, track } from "./shop-words.js";
import { element } from "./text.js";

const CANCELLABLE = new Set(["scheduled", "out"]);

function progress(order) {
  const { steps, at, over } = track(order);
  const nodes = steps.map((step, index) => {
    const node = element("li", { className: index < at ? "done" : index === at ? `now ${over ?? ""}` : "" }, step);
    if (index === at) node.setAttribute("aria-current", "step");
    return node;
  });
  return element("ol", { className: "track", ariaLabel: "How far the order is" }, ...nodes);
}

function fact(label, words, kind = "") {
  return element("div", { className: kind }, element("dt", {}, label), element("dd", {}, words));
}

function facts(order) {
  const held = order.reservation;
  const amount = (minor) => money(minor, held.currency);
  const less = held.discount_minor ? ` − ${amount(held.discount_minor)} = ${amount(held.to_pay_minor)}` : "";
  const rows = [fact("Price", `${amount(held.total_minor)}${less}`)];
  const placed = order.order;
  if (!placed) return rows;
  const open = placed.state === "placed";
  if (open && placed.visit) rows.push(fact("Delivery", dayOf(`${placed.visit.scheduled_on}T12:00`)));
  const offer = placed.visit?.offer;
  if (offer) {
    const rest = offer.paid ? "the difference is paid" : `${amount(offer.difference_minor)} more to pay`;
    rows.push(fact("Offer at the door", `${amount(offer.value_minor)}, ${offer.agreed ? rest : "answer it in the chat"}`));
  }
  if (placed.closed_reason && placed.state === "cancelled") rows.push(fact("Why", placed.closed_reason));
  if (placed.refund) {
    const kind = { settled: "good", failed: "bad" }[placed.refund.state] ?? "";
    rows.push(fact("Refund", `${amount(placed.refund.amount_minor)} ${REFUND[placed.refund.state] ?? placed.refund.state}`, kind));
  }
  rows.push(fact("Coupon", `…${placed.coupon.ending} ${COUPON[placed.coupon.state] ?? placed.coupon.state}`));
  return rows;
}

function told(order) {
  if (!order.events.length) return null;
  const list = order.events.map((event) =>
    element("li", {}, element("time", { dateTime: event.at }, timeOf(event.at)), ` ${EVENTS[event.type] ?? event.type}`),
  );
  const node = element(
    "details",
    { className: "told" },
    element("summary", {}, `What the shop was told (${list.length})`),
    element("ol", {}, ...list),
  );
  node.dataset.number = order.number;
  return node;
}

function deeds(order, act) {
  const deed = (words, work, className) =>
    element(
      "button",
      {
        type: "button",
        className,
        onclick: async ({ currentTarget: button }) => {
          button.disabled = true;
          await work(order);
          button.disabled = false;
        },
      },
      words,
    );
  if (order.state === "reserved") {
    return [deed("Pay", act.pay, "primary small"), deed("Give up", act.release, "quiet")];
  }
  if (order.state === "paid") return [deed("Try again", act.retry, "primary small")];
  if (order.state === "bought") return [deed("Cancel order", act.cancel, "quiet danger")];
  const placed = order.order;
  const offer = placed?.visit?.offer;
  if (offer?.agreed && !offer.paid && offer.difference_minor) {
    const due = money(offer.difference_minor, order.reservation.currency);
    return [deed(`Pay ${due} more`, act.difference, "primary small")];
  }
  const cancellable = placed?.state === "placed" && (!placed.visit || CANCELLABLE.has(placed.visit.state));
  return cancellable ? [deed("Cancel order", act.cancel, "quiet danger")] : [];
}

// `act` holds what a shopper can do with an order: pay, release, retry, difference, cancel.
export function orderCard(order, act) {
  const phone = order.reservation.lines.find((line) => line.kind === "smartphone");
  const others = order.reservation.lines.length - 1;
  const buttons = deeds(order, act);
  const node = element(
    "li",
    { className: "order" },
    element(
      "div",
      { className: "order-head" },
      element("b", {}, phone ? phone.name : "Order"),
      element("span", { className: "soft" }, `${order.number}${others ? ` · and ${others} more` : ""}`),
    ),
    order.order ? progress(order.order) : element("p", { className: "own" }, OWN[order.state] ?? order.state),
    element("dl", { className: "facts" }, ...facts(order)),
    told(order),
    buttons.length ? element("div", { className: "order-foot" }, ...buttons) : null,
  );
  node.dataset.number = order.number;
  return node;
}
