// The demo shop: wares, basket, coupon, payment, orders. It knows the messenger only by who shops and how to open a chat.
import { orderCard } from "./shop-orders.js";
import * as server from "./shop-api.js";
import { dayOf, money, refusal, timeOf } from "./shop-words.js";
import { drawing } from "./messages.js";
import { element } from "./text.js";

const REFRESH_MS = 5000;
const ACCOUNT_EVERY = 3; // of these times the account is read anew: the shop's key has a rate limit
const USABLE = "issued";
const $ = (id) => document.getElementById(id);

function phonePicture(name) {
  const node = element("span", { className: "device", ariaHidden: "true" });
  const hue = [...name.split(" ")[0]].reduce((sum, letter) => sum * 31 + letter.codePointAt(0), 7) % 360;
  node.style.setProperty("--hue", hue);
  node.append(element("i"));
  return node;
}

// "Redmi 12 5G (6 GB, 128 GB)" → its name and what stands in brackets.
function named(name) {
  const [, short, detail] = /^(.*?)(?: \((.*)\))?$/.exec(name);
  return [short, detail ?? ""];
}

function amounts({ total_minor: total, discount_minor: discount, to_pay_minor: due, currency, lines }) {
  const phone = lines.find((line) => line.kind === "smartphone");
  const others = total - (phone?.total_minor ?? 0);
  const rows = [];
  if (phone) rows.push(["Phone", money(phone.total_minor, currency)]);
  if (others) rows.push(["Accessories", money(others, currency)]);
  if (discount) rows.push(["Exchange", `−${money(discount, currency)}`, "good"]);
  rows.push(["To pay", money(due, currency), "sum"]);
  return rows.map(([label, amount, kind]) =>
    element("div", { className: kind ?? "" }, element("dt", {}, label), element("dd", {}, amount)),
  );
}

// `customers()` lists who may shop, `talk(chat, text)` says something in a chat and shows it, `toast(text)` tells.
export function makeShop({ customers, talk, toast }) {
  let range = null;
  let currency = "INR";
  let shopper = null;
  let account = null;
  let orders = [];
  let basket = new Map();
  let code = "";
  let offer = null;
  let paying = null;
  let visible = false;
  let timer = null;
  let turns = 0;
  let asked = 0;

  const attempt = async (work) => {
    try {
      return await work();
    } catch (error) {
      toast(refusal(error));
      return null;
    }
  };
  const place = () => `basket:${shopper ?? "guest"}`;
  const product = (sku) => range.find((one) => one.sku === sku);
  const lines = () => [...basket].map(([sku, quantity]) => ({ sku, quantity }));

  function remember() {
    try {
      localStorage.setItem(place(), JSON.stringify([...basket]));
    } catch {
      // Private windows may forbid it: the basket then lives as long as the page.
    }
  }

  function recall() {
    try {
      basket = new Map(JSON.parse(localStorage.getItem(place()) ?? "[]").filter(([sku]) => product(sku)));
    } catch {
      basket = new Map();
    }
  }

  // --- wares ---------------------------------------------------------------------------------------------------------
  function card(one) {
    const [short, detail] = named(one.name);
    const inside = basket.has(one.sku);
    const phone = one.kind === "smartphone";
    const button = element(
      "button",
      {
        type: "button",
        className: inside ? "quiet added" : "primary small",
        ariaLabel: inside ? `Remove ${one.name} from the basket` : `Add ${one.name} to the basket`,
        onclick: () => change(one.sku, inside ? 0 : 1),
      },
      inside ? "✓ Added" : "Add",
    );
    const node = element(
      "li",
      { className: inside ? "ware chosen" : "ware" },
      phone ? phonePicture(one.name) : null,
      element("h3", {}, short),
      detail ? element("p", { className: "soft" }, detail.replace(", ", " · ")) : null,
      element("div", { className: "ware-foot" }, element("b", {}, money(one.price_minor, currency)), button),
    );
    node.dataset.sku = one.sku;
    return node;
  }

  function showWares() {
    const wanted = $("shop-search").value.trim().toLowerCase();
    const held = document.activeElement?.closest?.(".ware")?.dataset.sku;
    const found = range.filter((one) => one.name.toLowerCase().includes(wanted));
    const phones = found.filter((one) => one.kind === "smartphone");
    const others = found.filter((one) => one.kind !== "smartphone");
    $("phones").replaceChildren(...phones.map(card));
    $("accessories").replaceChildren(...others.map(card));
    $("accessories-title").hidden = others.length === 0;
    $("nothing-found").hidden = found.length > 0;
    if (held) document.querySelector(`.ware[data-sku="${CSS.escape(held)}"] button`)?.focus({ preventScroll: true });
  }

  // --- basket --------------------------------------------------------------------------------------------------------
  function change(sku, quantity) {
    if (quantity > 0) basket.set(sku, quantity);
    else basket.delete(sku);
    remember();
    showWares();
    showBasket();
    if (code) look(code);
  }

  function line([sku, quantity]) {
    const one = product(sku);
    const [short, detail] = named(one.name);
    const step = (by, label, sign) =>
      element(
        "button",
        { type: "button", className: "step", ariaLabel: `${label} ${one.name}`, onclick: () => change(sku, quantity + by) },
        sign,
      );
    return element(
      "li",
      {},
      element("span", {}, short, detail ? element("small", { className: "soft" }, detail.replace(", ", " · ")) : null),
      element(
        "span",
        { className: "steps" },
        step(-1, "One less:", "−"),
        element("span", { ariaLabel: `${quantity} pieces` }, `${quantity}`),
        step(1, "One more:", "+"),
      ),
      element("span", { className: "amount" }, money(one.price_minor * quantity, currency)),
    );
  }

  function unpriced() {
    const priced = [...basket].map(([sku, quantity]) => ({ ...product(sku), total_minor: product(sku).price_minor * quantity }));
    const total = priced.reduce((sum, one) => sum + one.total_minor, 0);
    const phones = priced.filter((one) => one.kind === "smartphone");
    const phone = { kind: "smartphone", total_minor: phones.reduce((sum, one) => sum + one.total_minor, 0) };
    return { lines: phones.length ? [phone] : [], total_minor: total, discount_minor: 0, to_pay_minor: total, currency };
  }

  function showBasket() {
    const empty = basket.size === 0;
    const held = document.activeElement?.closest?.("#basket") && document.activeElement.ariaLabel;
    $("basket").replaceChildren(...[...basket].map(line));
    if (empty) $("basket").append(element("li", { className: "soft" }, "Nothing yet. Choose a new phone."));
    if (held) document.querySelector(`#basket [aria-label="${CSS.escape(held)}"]`)?.focus();
    for (const id of ["coupon-form", "totals", "delivery-field", "pay"]) $(id).hidden = empty;
    if (empty) say("");
    const sums = offer ?? (empty ? null : unpriced());
    $("totals").replaceChildren(...(sums ? amounts(sums) : []));
    if (offer) {
      $("totals").prepend(
        element(
          "div",
          { className: "applied" },
          element("dt", {}, `Coupon …${offer.coupon.ending}, until ${dayOf(offer.coupon.expires_at)}`),
          element("dd", {}, element("button", { type: "button", className: "quiet", onclick: dropCoupon }, "Remove")),
        ),
      );
    }
    $("coupon-form").hidden ||= Boolean(offer);
    $("pay").disabled = !payable();
    $("pay").textContent = offer?.to_pay_minor
      ? `Pay ${money(offer.to_pay_minor, currency)}`
      : offer
        ? "Order, nothing to pay"
        : code
          ? "This coupon can't be used"
          : `Pay ${money(sums?.to_pay_minor ?? 0, currency)} without a coupon`;
    const count = [...basket.values()].reduce((sum, quantity) => sum + quantity, 0);
    $("to-basket").hidden = empty;
    $("to-basket").lastChild.textContent = sums ? `Basket (${count}) · ${money(sums.to_pay_minor, currency)}` : "";
  }

  // With a coupon that is good for the basket, or with none; never past one that was meant and refused.
  const payable = () => Boolean(offer) || !code;

  function say(words) {
    $("coupon-refusal").hidden = !words;
    $("coupon-refusal").textContent = words;
    $("coupon").setAttribute("aria-invalid", String(Boolean(words)));
  }

  function dropCoupon() {
    code = "";
    offer = null;
    $("coupon").value = "";
    say("");
    showBasket();
    $("coupon").focus();
  }

  async function look(wanted) {
    const turn = (asked += 1);
    code = wanted;
    let [found, words] = [null, ""];
    if (basket.size) {
      try {
        found = await server.offer(lines(), wanted, shopper);
      } catch (error) {
        words = refusal(error);
      }
    }
    if (turn !== asked) return; // the basket changed meanwhile
    offer = found;
    say(words);
    showBasket();
  }

  async function use(wanted) {
    $("coupon").value = wanted;
    if (!basket.size) return toast("Put a new phone into the basket first.");
    await look(wanted);
    if (offer) $("pay").focus();
  }

  // --- account -------------------------------------------------------------------------------------------------------
  function showShopper() {
    const people = customers();
    const options = people.map((chat) => new Option(chat.first_name, chat.id, false, chat.id === shopper));
    if (people.length === 0) options.push(new Option("Guest", ""));
    const [now, before] = [options, [...$("shopper").options]].map((list) => list.map((one) => [one.value, one.text].join()));
    if (now.join("|") !== before.join("|")) $("shopper").replaceChildren(...options);
    $("shopper").value = shopper ?? "";
  }

  function coupon(one) {
    const usable = one.state === USABLE && new Date(one.expires_at) > new Date();
    const button = element("button", { type: "button", className: "primary small", onclick: () => use(one.code) }, "Use");
    button.ariaLabel = `Use my coupon ending in ${one.ending}`;
    return element(
      "li",
      { className: usable ? "ticket" : "ticket spent" },
      element("b", {}, money(one.value_minor, currency)),
      element("span", { className: "soft" }, `…${one.ending}, ${usable ? `until ${dayOf(one.expires_at)}` : one.state}`),
      usable ? button : null,
    );
  }

  function showAccount() {
    const node = $("account");
    if (shopper === null) {
      node.replaceChildren(element("p", { className: "soft" }, "Start a chat as a customer, then your exchange credit can appear here."));
    } else if (!account) node.replaceChildren();
    else if (!account.linked) {
      const button = element("button", { type: "button", className: "quiet boxed", onclick: link }, "Link with the chat");
      node.replaceChildren(element("p", { className: "soft" }, "See your exchange credit and coupons here."), button);
    } else {
      const list = element("ul", { className: "tickets" }, ...account.coupons.map(coupon));
      if (!account.coupons.length) list.append(element("li", { className: "soft" }, "No coupons yet: ask in the chat what your old phone is worth."));
      node.replaceChildren(
        element("p", { className: "credit" }, "Exchange credit ", element("b", {}, money(account.balance_minor, currency))),
        list,
      );
    }
  }

  async function link() {
    const made = await attempt(() => server.link(shopper));
    if (made) await talk(shopper, `/start ${made.start}`);
  }

  // --- paying --------------------------------------------------------------------------------------------------------
  function askPayment(order) {
    paying = order;
    const held = order.reservation;
    const due = held.to_pay_minor;
    $("payment-title").textContent = due ? `Pay ${money(due, held.currency)}` : "Nothing to pay";
    $("payment-totals").replaceChildren(...amounts(held));
    const coupon = held.coupon ? ` Coupon …${held.coupon.ending} is held for you until ${timeOf(held.reserved_until)}.` : "";
    $("payment-note").textContent = `Order ${order.number}.${coupon} No real money moves.`;
    $("payment-pay").textContent = due ? `Pay ${money(due, held.currency)}` : "Place the order";
    $("payment-fail").hidden = !due;
    $("payment-refusal").hidden = true;
    busy(false);
    if (!$("payment").open) $("payment").showModal();
    $("payment-pay").focus();
  }

  function busy(on) {
    for (const id of ["payment-pay", "payment-fail", "payment-back"]) $(id).disabled = on;
  }

  async function pay(outcome) {
    const order = paying;
    busy(true);
    try {
      finish(await server.pay(order.number, outcome));
    } catch (error) {
      $("payment-refusal").textContent = refusal(error);
      $("payment-refusal").hidden = false;
    }
    busy(false);
    load();
  }

  function finish(order) {
    paying = null;
    $("payment").close();
    if (order.state !== "placed" && order.state !== "bought") return toast(refusal({ code: order.problem?.code, told: order.problem ?? {}, message: "The order was refused; your money is on its way back." }));
    basket.clear();
    remember();
    dropCoupon();
    showWares();
    toast(`Order ${order.number} is ${order.state === "placed" ? "placed" : "paid"}.`);
    $("orders-title").scrollIntoView({ block: "nearest" });
  }

  async function turnBack() {
    const order = paying;
    paying = null;
    $("payment").close();
    if (order) await attempt(() => server.release(order.number));
    if (code) look(code);
    load();
  }

  // --- orders --------------------------------------------------------------------------------------------------------
  const act = {
    pay: askPayment,
    release: async (order) => {
      await attempt(() => server.release(order.number));
      load();
    },
    retry: async (order) => {
      const done = await attempt(() => server.pay(order.number, "captured"));
      if (done?.state === "placed") toast(`Order ${order.number} is placed.`);
      load();
    },
    difference: async (order) => {
      if (await attempt(() => server.payDifference(order.number))) toast("The difference is paid.");
      load();
    },
    cancel: async (order) => {
      if (await attempt(() => server.cancel(order.number))) toast(`Order ${order.number} is cancelled.`);
      load();
    },
  };

  let shown = "";
  function showOrders() {
    const state = JSON.stringify([shopper, orders]);
    if (state === shown) return; // a card someone reads or points at must not jump
    shown = state;
    const opened = new Set([...document.querySelectorAll("#orders details[open]")].map((node) => node.dataset.number));
    $("orders").replaceChildren(...orders.map((order) => orderCard(order, act)));
    for (const node of document.querySelectorAll("#orders details")) node.open = opened.has(node.dataset.number);
    if (!orders.length) $("orders").append(element("li", { className: "soft" }, "No orders yet."));
  }

  async function load(withAccount = true) {
    const whose = shopper;
    const [found, theirs] = await Promise.all([
      server.orders(whose).catch(() => null),
      withAccount && whose !== null ? server.account(whose).catch(() => null) : null,
    ]);
    if (whose !== shopper) return;
    if (found) orders = found.orders.filter((order) => order.state !== "released");
    if (theirs && JSON.stringify(theirs) !== JSON.stringify(account)) {
      account = theirs;
      showAccount();
    }
    showOrders();
  }

  async function open() {
    const about = await server.about().catch(() => ({ open: false }));
    if (about.open && !range) {
      try {
        const answer = await server.products();
        [range, currency] = [answer.products, answer.currency];
      } catch (error) {
        $("shop-closed-why").textContent = `${error.message} Try again in a moment.`;
      }
    }
    $("shop-closed").hidden = Boolean(range);
    $("shop-open").hidden = !range;
    return Boolean(range);
  }

  function enter(wanted) {
    const people = customers();
    const chat = people.find((one) => one.id === wanted)?.id ?? people[0]?.id ?? null;
    if (chat !== shopper) [account, orders, offer, code] = [null, [], null, ""];
    shopper = chat;
    $("coupon").value = code;
    say("");
    recall();
    showShopper();
    showAccount();
    showWares();
    showBasket();
    showOrders();
    load();
  }

  async function show(chat) {
    visible = true;
    clearInterval(timer);
    timer = setInterval(refresh, REFRESH_MS);
    if ((await open()) && visible) enter(chat);
  }

  async function refresh() {
    if (document.hidden) return;
    turns += 1;
    if (range) await load(turns % ACCOUNT_EVERY === 0);
    else if (visible && (await open())) enter(shopper);
  }

  $("shop-search").addEventListener("input", showWares);
  $("shopper").onchange = () => enter(Number($("shopper").value) || null);
  $("coupon-form").onsubmit = (event) => {
    event.preventDefault();
    const wanted = $("coupon").value.trim();
    if (wanted) look(wanted);
    else say("Type or paste the code from the chat.");
  };
  $("coupon").addEventListener("input", () => {
    if ($("coupon").value.trim() || !code) return;
    code = "";
    say("");
    showBasket();
  });
  $("pay").onclick = async () => {
    $("pay").disabled = true;
    try {
      askPayment(await server.reserve(lines(), code, shopper, Number($("delivery").value)));
    } catch (error) {
      say(refusal(error));
    }
    $("pay").disabled = !payable();
  };
  $("payment-pay").onclick = () => pay("captured");
  $("payment-fail").onclick = () => pay("failed");
  $("payment-back").onclick = turnBack;
  $("payment").addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!$("payment-pay").disabled) turnBack();
  });
  $("payment-form").onsubmit = (event) => event.preventDefault();
  $("to-basket").append(drawing(["M6 9l6 6 6-6"]), element("span"));
  new IntersectionObserver(([seen]) => $("to-basket").classList.toggle("away", seen.isIntersecting)).observe($("basket-panel"));
  $("to-basket").onclick = () => $("basket-panel").scrollIntoView({ behavior: "smooth" });

  return {
    show,
    hide() {
      visible = false;
      clearInterval(timer);
    },
    // Something happened to an order; a customer came or changed.
    onEvent: () => visible && range && load(),
    onPeople() {
      if (!visible || !range) return;
      if (shopper === null && customers().length) enter(null);
      else showShopper();
    },
    get shopper() {
      return shopper;
    },
  };
}
