// The list of customers, newest conversation first.
import { clock, day, summary } from "./messages.js";
import { element } from "./text.js";

const NAMES = ["Asha", "Rohan", "Priya", "Arjun", "Meera", "Vikram", "Ananya", "Kabir", "Neha", "Imran", "Divya", "Sanjay"];

export function suggestName(chats) {
  const taken = new Set([...chats.values()].map((chat) => chat.first_name));
  return NAMES.find((name) => !taken.has(name)) ?? `${NAMES[chats.size % NAMES.length]} ${chats.size + 1}`;
}

export function avatar(chat) {
  const node = element("span", { className: "avatar", ariaHidden: "true" }, [...chat.first_name][0].toUpperCase());
  node.style.setProperty("--hue", (chat.id * 47) % 360);
  return node;
}

function when(message) {
  if (!message) return "";
  const text = day(message.date);
  return text === "Today" ? clock(message.date) : text;
}

function last(chat) {
  if (chat.typing) return "typing…";
  if (!chat.last_message) return chat.blocked ? "blocked the bot" : "no messages yet";
  const own = chat.last_message.from.is_bot ? "" : "You: ";
  return own + summary(chat.last_message).replaceAll("\n", " ").slice(0, 120);
}

function row(chat, current, select) {
  const node = element(
    "button",
    { type: "button", className: "person", onclick: () => select(chat.id) },
    avatar(chat),
    element("span", { className: "name" }, chat.first_name),
    element("time", { className: "soft" }, when(chat.last_message)),
    element("span", { className: "last soft" }, last(chat)),
    chat.unread ? element("span", { className: "count", ariaLabel: `${chat.unread} unread` }, `${chat.unread}`) : null,
  );
  if (chat.id === current) node.setAttribute("aria-current", "true");
  return element("li", {}, node);
}

export function showPeople(list, chats, current, select) {
  const focused = list.contains(document.activeElement);
  const sorted = [...chats.values()].sort(
    (a, b) => (b.last_message?.date ?? Infinity) - (a.last_message?.date ?? Infinity) || b.id - a.id,
  );
  list.replaceChildren(...sorted.map((chat) => row(chat, current, select)));
  if (sorted.length === 0) list.append(element("li", { className: "people-empty" }, "Nobody has written yet."));
  if (focused) list.querySelector("[aria-current]")?.focus();
}
