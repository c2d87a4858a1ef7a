// The page: who is chosen, what the server tells, what the buttons do.
import * as api from "./api.js";
import { makeComposer } from "./composer.js";
import { makePane } from "./pane.js";
import { showPeople, suggestName } from "./people.js";
import { makeShop } from "./shop.js";
import { makeSupport } from "./support.js";
import { element } from "./text.js";

const TYPING_MS = 5000;
const ANSWER_MS = 12000;
const DEFAULT_INTRO = "It buys old phones for a new one. Say hello, or press Start.";
const introduction = () => ({ title: "What can this bot do?", text: bot.description || DEFAULT_INTRO });
const $ = (id) => document.getElementById(id);

const chats = new Map();
const taps = new Map(); // callback id → the key that waits for its answer
const answers = new Map(); // answers that came before we knew the id of the tap
let bot = { first_name: "Exchange assistant", description: "" };
let current = null;
let role = "customer";
let courier = null; // the courier's chat, once there is one
let lastCustomer = null;

const people = () => new Map([...chats].filter(([id]) => id !== courier && !support.isMember(id)));
const onScreen = () => (role === "shop" || role === "support" || document.hidden ? null : current);

function toast(text) {
  const node = element("div", { className: "toast" }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), 2500 + text.length * 40);
}

function alertDialog(text) {
  $("alert-text").textContent = text;
  if ($("alert").open) $("alert").close();
  $("alert").showModal();
}

function view(address) {
  $("viewer-image").src = address;
  $("viewer").showModal();
}

const copy = (text) => navigator.clipboard?.writeText(text).then(() => toast("Copied"));

const attempt = async (work) => {
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return null;
  }
};

const pane = makePane({
  scroll: $("scroll"),
  log: $("log"),
  toBottom: $("to-bottom"),
  missed: $("missed"),
  act: {
    own: (message) => !message.from.is_bot,
    tap: (message, data, node) => tapKey(() => api.tap(current, message.message_id, data), node),
    say: toast,
    copy,
    command: (text) => attempt(() => api.send(current, { text })),
    edit: (message) => composer.startEdit(message),
    reply: (message) => composer.startReply(message),
    view,
  },
});

const composer = makeComposer({
  chat: () => current,
  send: api.send,
  edit: api.edit,
  lastOwn: () => visible(current).findLast((message) => !message.from.is_bot && message.text),
  listCommands: () => api.commands(chats.get(current)?.language_code ?? "en", current).catch(() => []),
  complain: toast,
});

const shop = makeShop({ customers: () => [...people().values()], talk, toast });

const support = makeSupport({ attempt, toast, copy, view, tapKey, onUnread: () => showList(), people: chats });

// Lets a key wait for the answer to the tap that `send` makes.
async function tapKey(send, node) {
  if (node.ariaBusy === "true") return;
  node.ariaBusy = "true";
  const tapped = await attempt(send);
  if (!tapped) {
    node.ariaBusy = null;
    return;
  }
  taps.set(tapped.callback_id, node);
  setTimeout(() => settle(tapped.callback_id), ANSWER_MS);
  const early = answers.get(tapped.callback_id);
  if (early) onAnswer(early);
}

function settle(callbackId) {
  const node = taps.get(callbackId);
  if (node) node.ariaBusy = null;
  taps.delete(callbackId);
}

function onAnswer(answer) {
  if (!taps.has(answer.callback_id)) {
    answers.set(answer.callback_id, answer);
    setTimeout(() => answers.delete(answer.callback_id), ANSWER_MS);
    return;
  }
  settle(answer.callback_id);
  answers.delete(answer.callback_id);
  if (answer.text) (answer.show_alert ? alertDialog : toast)(answer.text);
}

function showList() {
  const customers = people();
  showPeople($("people"), customers, current, select);
  $("layout").classList.toggle("empty", customers.size === 0);
  const theirs = [...customers.values()].reduce((sum, chat) => sum + (chat.unread ?? 0), 0);
  const mine = chats.get(courier)?.unread ?? 0;
  showCount("customer", role === "customer" ? 0 : theirs);
  showCount("courier", mine);
  showCount("support", role === "support" ? 0 : support.unread());
  const all = theirs + mine + support.unread();
  document.title = `${all ? `(${all}) ` : ""}Exchange assistant — sandbox`;
  shop.onPeople();
}

function showCount(of, unread) {
  const node = document.querySelector(`.roles [data-role=${of}] .count`);
  node.hidden = unread === 0;
  node.textContent = unread;
  node.ariaLabel = `${unread} unread`;
}

function showChat() {
  const chat = chats.get(current);
  $("welcome").hidden = Boolean(chat);
  $("chat").hidden = !chat;
  $("layout").dataset.view = chat ? "chat" : "list";
  if (!chat) return;
  $("bot-name").textContent = bot.first_name;
  const whom = chat.id === courier ? `${chat.first_name}, the courier` : chat.first_name;
  $("status").textContent = chat.typing ? "typing…" : `bot, chatting with ${whom}`;
  $("status").classList.toggle("typing", Boolean(chat.typing));
  const fresh = !chat.last_message;
  $("unblock").hidden = !chat.blocked;
  $("start").hidden = chat.blocked || !fresh;
  $("composer").hidden = chat.blocked || fresh;
  $("block").hidden = chat.blocked || fresh;
  composer.grow();
}

const told = (id) => [...(chats.get(id)?.messages?.values() ?? [])];

function visible(id) {
  const present = told(id).filter((message) => message.change !== "deleted");
  return present.sort((a, b) => a.message_id - b.message_id);
}

async function open(id) {
  const whole = await attempt(() => api.history(id));
  if (!whole || id !== current) return;
  const { messages: kept, seq, ...chat } = whole;
  // What the stream told while the history was on its way is newer than the history.
  const messages = new Map(kept.map((message) => [message.message_id, message]));
  for (const message of told(id)) if (message.seq > seq) messages.set(message.message_id, message);
  chats.set(id, { ...chats.get(id), ...chat, unread: 0, messages });
  const present = visible(id);
  chats.get(id).last_message = present.at(-1) ?? null;
  showChat();
  showList();
  pane.show(present, chat.read_message_id, introduction());
  pane.typing(Boolean(chats.get(id).typing));
}

function select(id) {
  if (current !== id) composer.reset();
  current = id;
  if (id && id !== courier) lastCustomer = id;
  history.replaceState(null, "", id === courier && id ? "#courier" : id ? `#${id}` : "#customers");
  showChat();
  showList();
  if (id) open(id).then(() => matchMedia("(hover: hover)").matches && ($("start").hidden ? composer : $("start")).focus());
}

async function load() {
  const all = await attempt(api.listChats);
  if (!all) return;
  bot = all.bot;
  const known = new Set(all.chats.map((chat) => chat.id));
  for (const id of chats.keys()) if (!known.has(id)) chats.delete(id);
  for (const chat of all.chats) chats.set(chat.id, { ...chats.get(chat.id), ...chat });
  courier = (await attempt(api.aboutCourier))?.chat_id ?? null;
  $("operator").hidden = !(await attempt(api.aboutOperator))?.open;
  await support.load();
  await route();
}

// The address says which role plays: #shop, #courier, #support and perhaps a topic, else the customers, perhaps one.
async function route() {
  const [place, topic] = location.hash.slice(1).split("/");
  const was = role;
  role = ["shop", "courier", "support"].includes(place) ? place : "customer";
  if (role !== was) $("toasts").replaceChildren(); // said of another tab, over the words of this one
  for (const link of document.querySelectorAll(".roles a")) {
    if (link.dataset.role === role) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  $("layout").hidden = role === "shop" || role === "support";
  $("layout").dataset.role = role;
  $("shop").hidden = role !== "shop";
  if (role === "shop") {
    support.hide();
    showList();
    return shop.show(lastCustomer ?? shop.shopper);
  }
  shop.hide();
  if (role === "support") {
    showList();
    return support.show(topic);
  }
  support.hide();
  if (role === "courier") return openCourier();
  const wanted = Number(place) || (current === courier ? lastCustomer : current);
  select(chats.has(wanted) && wanted !== courier ? wanted : null);
}

async function openCourier() {
  if (chats.has(courier)) return select(courier);
  // Until the courier's chat is there nobody's is open: what is typed meanwhile must not go to the customer.
  select(null);
  const made = await attempt(api.openCourier);
  if (!made || role !== "courier") return;
  courier = made.id;
  chats.set(courier, { ...made, ...chats.get(courier) });
  select(courier);
}

// Says something as a customer and shows that chat: a deep link that was tapped elsewhere.
async function talk(id, text) {
  location.hash = `#${id}`;
  await attempt(() => api.send(id, { text }));
}

function setTyping(chat, on) {
  clearTimeout(chat.timer);
  chat.typing = on;
  if (on) chat.timer = setTimeout(() => setTyping(chats.get(chat.id) ?? chat, false), TYPING_MS);
  showList();
  if (chat.id !== current) return;
  showChat();
  pane.typing(on);
}

function onMessage({ chat_id: id, message }) {
  if (id < 0) return support.onMessage(id, message);
  const chat = chats.get(id);
  if (!chat) return;
  const fromBot = message.from?.is_bot && message.change === "new";
  (chat.messages ??= new Map()).set(message.message_id, message);
  if (message.change === "deleted") {
    if (chat.last_message?.message_id === message.message_id) chat.last_message = visible(id).at(-1) ?? null;
  } else if (message.message_id >= (chat.last_message?.message_id ?? 0)) chat.last_message = message;
  if (fromBot && chat.typing) setTyping(chat, false);
  if (fromBot && id !== onScreen()) chat.unread = (chat.unread ?? 0) + 1;
  if (id === current) {
    pane.put(message);
    showChat();
  }
  showList();
}

function onRead({ chat_id: id, message_id: upTo }) {
  const chat = chats.get(id);
  if (!chat) return;
  chat.read_message_id = upTo;
  if (id === current) pane.read(upTo);
}

async function makeCustomer(name, language) {
  const made = await attempt(() => api.addCustomer(name, language));
  if (!made) return null;
  chats.set(made.id, made);
  select(made.id);
  return made;
}

const start = () => attempt(() => api.send(current, { text: "/start" })).then(() => composer.focus());

$("quick-start").onclick = async () => {
  const made = await makeCustomer(suggestName(chats), "en");
  if (made) await start();
};
$("start").onclick = start;
$("block").onclick = () => attempt(() => api.block(current, true));
$("unblock").onclick = () => attempt(() => api.block(current, false));
$("back").onclick = () => select(null);
$("new-customer").onclick = () => {
  $("first-name").value = suggestName(chats);
  $("customer").showModal();
  $("first-name").select();
};
$("customer-cancel").onclick = () => $("customer").close();
$("customer-form").onsubmit = () => makeCustomer($("first-name").value.trim(), $("language").value);
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => {
  const chat = chats.get(current);
  if (!chat?.unread || onScreen() !== current) return;
  chat.unread = 0;
  showList();
});

let lost = null;
api.watch(
  {
    hello: load,
    message: onMessage,
    read: onRead,
    answer: onAnswer,
    chat: (chat) => {
      chats.set(chat.id, { ...chats.get(chat.id), ...chat });
      showList();
      if (chat.id === current) showChat();
    },
    group: (group) => support.onGroup(group),
    action: ({ chat_id: id, action }) => chats.has(id) && setTyping(chats.get(id), action === "typing"),
    shop: () => shop.onEvent(),
    profile: ({ key }) =>
      key === "courier"
        ? api.aboutCourier().then((about) => ((courier = about.chat_id), showList())).catch(() => {})
        : api.listChats().then((all) => ((bot = all.bot), showChat())).catch(() => {}),
  },
  (connected) => {
    clearTimeout(lost);
    if (connected) $("connection").hidden = true;
    else lost = setTimeout(() => ($("connection").hidden = false), 400);
  },
);
