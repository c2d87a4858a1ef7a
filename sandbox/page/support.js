// The support group: its topics, the conversation in each, and the agents who play here.
import * as api from "./api.js";
import { makeComposer } from "./composer.js";
import { clock, day, service, summary } from "./messages.js";
import { makePane } from "./pane.js";
import { avatar } from "./people.js";
import { element } from "./text.js";

const GENERAL = 0;
const COLOURS = { 7322096: 210, 16766590: 45, 13338331: 280, 9367192: 110, 16749490: 330, 16478047: 10 };
const $ = (id) => document.getElementById(`support-${id}`);
const place = (message) => (message.is_topic_message ? message.message_thread_id : GENERAL);

// `people` maps a user's id to their private chat; the rest is what the page does for all its panes.
export function makeSupport({ attempt, toast, copy, view, tapKey, onUnread, people }) {
  let group = null; // the one that was not upgraded to another
  let messages = new Map();
  let topic = null; // the thread that is open, GENERAL, or null
  let agent = null; // the id of who plays
  let shown = false;
  const known = new Map(); // every group by id, those left behind too
  const unread = new Map(); // thread → messages not seen

  const here = () => [...messages.values()].filter((message) => message.change !== "deleted");
  const within = (thread) => here().filter((message) => place(message) === thread).sort((a, b) => a.message_id - b.message_id);
  const as = (deed, body = {}) => attempt(() => api.inGroup(group.id, deed, agent, body));
  const found = (thread) => group?.topics.find((one) => one.id === thread);

  const pane = makePane({
    scroll: $("scroll"),
    log: $("log"),
    toBottom: $("to-bottom"),
    missed: $("missed"),
    act: {
      own: (message) => message.from.id === agent,
      author: (message) => (message.from.id === agent ? null : message.from.first_name),
      tap: (message, data, node) =>
        tapKey(() => api.inGroup(group.id, "callbacks", agent, { message_id: message.message_id, data }), node),
      say: toast,
      copy,
      command: (text) => as("messages", { text, thread: topic }),
      edit: (message) => composer.startEdit(message),
      reply: (message) => composer.startReply(message),
      view,
    },
  });

  const composer = makeComposer({
    prefix: "support-",
    chat: () => ({ group: group.id, thread: topic, agent }),
    send: (to, message) => api.inGroup(to.group, "messages", to.agent, { ...message, thread: to.thread }),
    edit: (to, messageId, text) => api.inGroup(to.group, "edits", to.agent, { message_id: messageId, text }),
    lastOwn: () => within(topic).findLast((message) => message.from.id === agent && message.text),
    listCommands: () => api.commandsInGroup(group.id).catch(() => []),
    complain: toast,
  });

  function icon(one) {
    const node = element("span", { className: "avatar topic", ariaHidden: "true" });
    dress(node, one);
    return node;
  }

  function dress(node, one) {
    node.textContent = one ? (one.emoji ?? [...one.name][0].toUpperCase()) : "#";
    node.style.setProperty("--hue", COLOURS[one?.icon_color] ?? 210);
    node.classList.toggle("emoji", Boolean(one?.emoji));
  }

  function row(thread, one) {
    const last = within(thread).findLast((message) => !service(message));
    const count = unread.get(thread) ?? 0;
    const when = !last ? "" : day(last.date) === "Today" ? clock(last.date) : day(last.date);
    const who = last && !last.from.is_bot ? `${last.from.first_name}: ` : "";
    const node = element(
      "button",
      { type: "button", className: "person", onclick: () => choose(thread) },
      icon(one),
      element("span", { className: "name" }, one ? one.name : "General", one?.closed ? element("i", {}, "closed") : null),
      element("time", { className: "soft" }, when),
      element("span", { className: "last soft" }, last ? who + summary(last).replaceAll("\n", " ").slice(0, 120) : "nothing yet"),
      count ? element("span", { className: "count", ariaLabel: `${count} unread` }, `${count}`) : null,
    );
    if (thread === topic) node.setAttribute("aria-current", "true");
    return element("li", {}, node);
  }

  function showTopics() {
    const list = $("topics");
    const focused = list.contains(document.activeElement);
    const newest = (one) => within(one.id).at(-1)?.message_id ?? one.id;
    const sorted = [...group.topics].sort((a, b) => newest(b) - newest(a));
    list.replaceChildren(row(GENERAL, null), ...sorted.map((one) => row(one.id, one)));
    if (!sorted.length) list.append(element("li", { className: "people-empty" }, "No customer has asked for a person yet."));
    if (focused) list.querySelector("[aria-current]")?.focus();
  }

  function showTeam() {
    if (!group.members.some((member) => member.id === agent)) agent = group.members[0]?.id ?? null;
    const options = group.members.map((member) => element("option", { value: member.id }, member.first_name));
    $("as").replaceChildren(...options);
    $("as").value = agent;
    const standing = group.bot.status === "administrator" ? "bot, admin" : `bot, ${group.bot.status}`;
    $("team").replaceChildren(
      ...group.members.map((member) =>
        element(
          "li",
          {},
          avatar(member),
          element("span", {}, member.first_name, element("small", { className: "soft" }, member.status === "creator" ? "owner" : "")),
          element("button", { type: "button", className: "quiet", ariaLabel: `Let ${member.first_name} leave`, onclick: () => dismiss(member) }, "Leave"),
        ),
      ),
      element("li", {}, element("span", { className: "avatar bot" }, element("img", { src: "icon.svg", alt: "" })), element("span", {}, "Exchange assistant", element("small", { className: "soft" }, standing))),
    );
    $("demote").hidden = $("expel").hidden = group.bot.status !== "administrator";
    $("promote").hidden = group.bot.status === "administrator";
  }

  function dismiss(member) {
    return attempt(() => api.inGroup(group.id, "leavers", member.id));
  }

  function showChat() {
    const one = found(topic);
    const open = topic === GENERAL || Boolean(one);
    $("welcome").hidden = open;
    $("chat").hidden = !open;
    document.getElementById("support").dataset.view = open ? "chat" : "list";
    if (!open) return;
    dress($("icon"), one);
    $("name").textContent = one ? one.name : "General";
    $("status").textContent = one ? (one.closed ? "topic, closed" : "topic") : "for the team, no customer’s words here";
    $("topic-menu").hidden = !one;
    $("close").hidden = !one || one.closed;
    $("reopen").hidden = !one?.closed;
    const pinned = within(topic).findLast((message) => group.pinned.includes(message.message_id));
    $("pinned").hidden = !pinned;
    if (pinned) {
      $("pinned-text").textContent = summary(pinned).split("\n").filter(Boolean).slice(0, 2).join(" · ");
      $("pinned").onclick = () => $("log").querySelector(`[data-id="${pinned.message_id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
    }
    composer.grow();
  }

  function redraw() {
    if (!group) return;
    $("title").textContent = group.title;
    showTeam();
    showTopics();
    showChat();
  }

  function fill() {
    showChat();
    if (topic !== null && !$("chat").hidden) pane.show(within(topic), 0, { title: "Nothing here yet", text: "What the team should know stands here." });
  }

  function choose(thread) {
    if (topic !== thread) composer.reset();
    topic = thread;
    if (thread !== null) unread.delete(thread);
    history.replaceState(null, "", thread === null ? "#support" : `#support/${thread}`);
    redraw();
    fill();
    onUnread();
    if (thread !== null && matchMedia("(hover: hover)").matches) composer.focus();
  }

  function closeMenus() {
    for (const menu of [$("group-menu"), $("topic-menu")]) menu.open = false;
  }

  async function hire() {
    const made = await attempt(() => api.addCustomer("Stranger", "en"));
    if (made) await attempt(() => api.inGroup(group.id, "members", made.id));
  }

  const deeds = {
    hire,
    demote: () => attempt(() => api.setBot(group.id, "member")),
    promote: () => attempt(() => api.setBot(group.id, "administrator")),
    expel: () => attempt(() => api.setBot(group.id, "kicked")),
    migrate: () => as("migration"),
    close: () => as(`topics/${topic}/closing`),
    reopen: () => as(`topics/${topic}/reopening`),
    delete: () => as(`topics/${topic}/deletion`),
  };
  for (const [id, deed] of Object.entries(deeds)) {
    $(id).onclick = () => {
      closeMenus();
      return deed();
    };
  }
  $("back").onclick = () => choose(null);
  $("as").onchange = () => {
    agent = Number($("as").value);
    fill();
    composer.focus();
  };
  document.addEventListener("click", (event) => {
    for (const menu of [$("group-menu"), $("topic-menu")]) if (!menu.contains(event.target)) menu.open = false;
  });

  async function load() {
    const all = await attempt(api.listGroups);
    if (!all) return;
    for (const one of all.groups) known.set(one.id, one);
    await enter([...known.values()].findLast((one) => one.migrated_to === null) ?? null);
  }

  async function enter(one) {
    if (!one) {
      group = null;
      return;
    }
    const whole = await attempt(() => api.groupHistory(one.id));
    if (!whole) return;
    const { messages: kept, seq, ...about } = whole;
    const before = group?.id === one.id ? messages : new Map();
    messages = new Map(kept.map((message) => [message.message_id, message]));
    for (const message of before.values()) if (message.seq > seq) messages.set(message.message_id, message);
    group = about;
    known.set(group.id, group);
    if (topic !== null && topic !== GENERAL && !found(topic)) topic = null;
    if (shown) {
      redraw();
      fill();
    }
  }

  return {
    load,
    isMember: (id) => [...known.values()].some((one) => one.members.some((member) => member.id === id)),
    unread: () => [...unread.values()].reduce((sum, count) => sum + count, 0),
    show(wanted) {
      shown = true;
      document.getElementById("support").hidden = false;
      document.getElementById("support").classList.toggle("closed", !group);
      $("closed").hidden = Boolean(group);
      if (!group) return;
      const thread = wanted === undefined ? topic : Number(wanted);
      choose(thread === GENERAL || found(thread) ? thread : null);
    },
    hide() {
      shown = false;
      document.getElementById("support").hidden = true;
    },
    onGroup(one) {
      known.set(one.id, one);
      if (one.id !== group?.id) {
        if (!group || group.id === one.migrated_to || known.get(group.id)?.migrated_to === one.id) enter(one);
        return;
      }
      if (one.migrated_to !== null) {
        group = one;
        const successor = known.get(one.migrated_to);
        if (successor) enter(successor);
        return;
      }
      const stood = topic;
      group = one;
      if (topic !== null && topic !== GENERAL && !found(topic)) topic = null;
      if (!shown) return;
      redraw();
      if (stood !== topic) choose(topic);
    },
    onMessage(id, message) {
      if (id !== group?.id) return;
      messages.set(message.message_id, message);
      const thread = place(message);
      const seen = shown && !document.hidden && thread === topic;
      if (message.change === "new" && message.from.is_bot && !seen) unread.set(thread, (unread.get(thread) ?? 0) + 1);
      if (message.change === "deleted") messages.delete(message.message_id);
      onUnread();
      if (!shown) return;
      showTopics();
      const stands = message.change === "deleted" ? $("log").querySelector(`[data-id="${message.message_id}"]`) : true;
      if (message.change === "deleted" ? stands : thread === topic) pane.put(message);
      showChat();
    },
  };
}
