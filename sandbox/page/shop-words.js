// How the shop says it: amounts, days, where an order stands, and why a coupon is refused.

const formats = new Map();

export function money(minor, currency) {
  if (!formats.has(currency)) {
    const whole = { style: "currency", currency, minimumFractionDigits: 0, maximumFractionDigits: 2 };
    formats.set(currency, new Intl.NumberFormat("en-IN", whole));
  }
  return formats.get(currency).format(minor / 100);
}

const DAY = { weekday: "short", day: "numeric", month: "short" };
export const dayOf = (moment) => new Date(moment).toLocaleDateString("en-GB", DAY);
export const timeOf = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
export const momentOf = (moment) => `${dayOf(moment)}, ${timeOf(moment)}`;

// Why not, by the checkout API's codes. What has no words here is said as the API says it.
const REFUSALS = {
  coupon_not_usable: () => "This code can't be used for this basket. Is every letter right?",
  unknown_coupon: () => "There is no coupon with this code. Is every letter right?",
  coupon_of_another_account: () => "This coupon belongs to somebody else's account.",
  coupon_expired: ({ expires_at: at }) => (at ? `This coupon ran out on ${momentOf(at)}.` : "This coupon has run out."),
  coupon_not_yet_usable: ({ usable_from: from }) =>
    from ? `This coupon can be used from ${momentOf(from)} on.` : "This coupon can't be used yet.",
  coupon_reserved: ({ until }) =>
    `This coupon is held for an order that is being paid${until ? `, until ${timeOf(until)} at the latest` : ""}.`,
  coupon_used: () => "This coupon was used already.",
  coupon_closed: () => "This coupon was taken back and can't be used any more.",
  empty_basket: () => "The basket is empty.",
  unknown_product: () => "Something in the basket isn't sold any more.",
  no_smartphone: () => "A coupon buys a smartphone. Put one into the basket; accessories may join it at their full price.",
  several_smartphones: () => "One old phone for one new phone: leave only one smartphone in the basket.",
  invalid_request: () => "That doesn't look like a coupon code.",
  payment_failed: () => "The payment failed, nothing was taken. You can try again.",
  reservation_over: () => "That took too long: the coupon is free again. What you paid is on its way back.",
  offer_over: () => "There is no difference to pay: no lower value stands, or it is not agreed to yet.",
  order_being_checked: () => "The courier is checking the old phone right now: from here on the check decides.",
};

export const refusal = (error) => REFUSALS[error.code]?.(error.told) ?? error.message;

// A track of four steps, or of fewer where the order came to nothing.
export function track(order) {
  const { state, visit } = order;
  if (visit?.state === "refused") return { steps: ["Ordered", "Out for delivery", "Phone refused"], at: 2, over: "bad" };
  if (state === "cancelled") return { steps: ["Ordered", "Cancelled"], at: 1, over: "bad" };
  const steps = ["Ordered", "Out for delivery", "Phone check", "Complete"];
  if (state === "completed") return { steps, at: 3, over: "good" };
  const at = { out: 1, checking: 2, offered: 2, accepted: 3 }[visit?.state] ?? 0;
  return { steps, at, over: null };
}

export const REFUND = {
  requested: "requested",
  sent: "on its way to you",
  settled: "back with you",
  failed: "failed; the shop is looking into it",
};

export const COUPON = {
  issued: "usable again",
  reserved: "held",
  redeemed: "used for this order",
  settled: "settled",
  expired: "expired",
  cancelled: "taken back",
  void: "void",
};

// What became of an order of the shop's own that never was, or is not yet, one of the programme.
export const OWN = {
  reserved: "waiting for the payment",
  paid: "paid, not placed yet",
  lapsed: "not paid in time",
  refused: "refused; the money goes back",
  bought: "paid in full, without a coupon",
  returned: "cancelled; the money is back",
};

export const EVENTS = {
  "coupon.redeemed": "The coupon was redeemed",
  "order.cancelled": "The order was cancelled",
  "exchange.settled": "The old phone was accepted",
  "exchange.refused": "The old phone was refused",
  "refund.settled": "The money is back",
  "refund.failed": "The refund failed",
};
