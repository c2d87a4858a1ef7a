// The demo shop's server.

export class Refusal extends Error {
  constructor(told) {
    super(told.detail ?? told.error ?? "The shop doesn't answer.");
    this.code = told.code ?? "unexpected";
    this.told = told;
  }
}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/shop${path}`, {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new Refusal({ code: "unreachable" });
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told);
  return told;
}

const of = (chat) => (chat === null ? {} : { chat_id: chat });

export const about = () => call("GET", "");
export const products = () => call("GET", "/products");
export const account = (chat) => call("GET", `/accounts/${chat}`);
export const link = (chat) => call("POST", `/accounts/${chat}/links`, {});
export const offer = (lines, code, chat) => call("POST", "/offers", { lines, code, ...of(chat) });
export const reserve = (lines, code, chat, days) => call("POST", "/orders", { lines, code, days, ...of(chat) });
export const orders = (chat) => call("GET", `/orders${chat === null ? "" : `?chat_id=${chat}`}`);
export const pay = (number, outcome) => call("POST", `/orders/${number}/pay`, { outcome });
export const payDifference = (number) => call("POST", `/orders/${number}/difference`, {});
export const release = (number) => call("POST", `/orders/${number}/release`, {});
export const cancel = (number) => call("POST", `/orders/${number}/cancel`, {});
