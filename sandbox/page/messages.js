// Messages as DOM nodes: bubbles, media, reactions, service lines and the keyboards under them.
import { fileUrl } from "./api.js";
import { element, formatted } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

export function drawing(...paths) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", paths.length > 1 ? "0 0 24 17" : "0 0 24 24");
  node.setAttribute("aria-hidden", "true");
  for (const [shape, name] of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    if (name) path.setAttribute("class", name);
    node.append(path);
  }
  return node;
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export function day(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date();
  const days = Math.round((new Date(today.toDateString()) - new Date(date.toDateString())) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === today.getFullYear() ? {} : { year: "numeric" };
  return date.toLocaleDateString([], { day: "numeric", month: "long", ...year });
}

// What a deep link adds to /start is sent, but a messenger doesn't show it: it may be a secret.
const spoken = (message) => (message.from.is_bot ? message.text : message.text?.replace(/^(\/start) \S+$/, "$1"));

const KINDS = {
  photo: "Photo",
  video: "Video",
  animation: "GIF",
  audio: "Audio",
  voice: "Voice message",
  video_note: "Video message",
  sticker: "Sticker",
  contact: "Contact",
  venue: "Place",
  location: "Location",
  poll: "Poll",
  dice: "Die",
};

export function summary(message) {
  if (!message) return "";
  if (message.text) return spoken(message);
  const kind = Object.keys(KINDS).find((name) => message[name]);
  const what = kind ? KINDS[kind] : message.document ? (message.document.file_name ?? "File") : service(message);
  return message.caption ? `${what}, ${message.caption}` : what;
}

// What a message without content says happened; "" for any other.
export function service(message) {
  const who = message.from?.first_name ?? "Somebody";
  if (message.forum_topic_created) return `${who} created the topic “${message.forum_topic_created.name}”`;
  if (message.forum_topic_edited) {
    const name = message.forum_topic_edited.name;
    return name ? `${who} renamed the topic to “${name}”` : `${who} changed the topic’s icon`;
  }
  if (message.forum_topic_closed) return `${who} closed the topic`;
  if (message.forum_topic_reopened) return `${who} reopened the topic`;
  if (message.pinned_message) return `${who} pinned a message`;
  if (message.new_chat_members) return `${message.new_chat_members.map((user) => user.first_name).join(", ")} joined`;
  if (message.left_chat_member) return `${message.left_chat_member.first_name} left`;
  if (message.migrate_to_chat_id) return "The group was upgraded";
  if (message.migrate_from_chat_id) return "The group was upgraded: topics begin anew here";
  return "";
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function photo(message, view) {
  const best = message.photo.at(-1);
  const address = fileUrl(best.file_id);
  const image = element("img", { src: address, width: best.width, height: best.height, alt: message.caption ?? "Photo" });
  return element(
    "button",
    { type: "button", className: "photo", onclick: () => view(address), ariaLabel: "Open the photo" },
    image,
  );
}

const SHEET = "M7 3h7l4 4v14H7zM14 3v4h4";
const DRAWINGS = {
  video: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
  animation: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
  video_note: "M12 4a8 8 0 100 16 8 8 0 000-16zM10 9l5 3-5 3z",
  voice: "M12 3a3 3 0 013 3v5a3 3 0 01-6 0V6a3 3 0 013-3zM6 11a6 6 0 0012 0M12 17v4",
  audio: "M9 18V6l10-2v12M9 18a3 3 0 11-3-3 3 3 0 013 3zM19 16a3 3 0 11-3-3 3 3 0 013 3z",
  contact: "M12 4a4 4 0 110 8 4 4 0 010-8zM4 21c0-5 4-7 8-7s8 2 8 7",
  place: "M12 21c-4-5-7-8-7-11a7 7 0 0114 0c0 3-3 6-7 11zM12 8a2 2 0 110 4 2 2 0 010-4z",
};

function row(drawn, title, detail, download) {
  const parts = [
    element("i", {}, drawing([drawn])),
    element("span", {}, element("b", {}, title), element("small", {}, detail)),
  ];
  if (!download) return element("div", { className: "document" }, ...parts);
  return element("a", { className: "document", href: fileUrl(download.file_id), download: title }, ...parts);
}

// Nobody votes in the sandbox: a poll is shown as it was sent.
function poll({ question, options, type, is_anonymous: anonymous }) {
  const kind = `${anonymous ? "Anonymous " : ""}${type === "quiz" ? "quiz" : "poll"}`;
  return element(
    "div",
    { className: "poll" },
    element("b", {}, question),
    element("small", {}, kind[0].toUpperCase() + kind.slice(1)),
    element("ul", {}, ...options.map((option) => element("li", {}, option.text))),
  );
}

const length = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

// What a message holds besides words and photos, as one row; null where it holds nothing such.
function attachment(message) {
  if (message.contact) {
    const { first_name: first, last_name: last, phone_number: number } = message.contact;
    return row(DRAWINGS.contact, [first, last].filter(Boolean).join(" "), number);
  }
  if (message.venue) return row(DRAWINGS.place, message.venue.title, message.venue.address);
  if (message.location) return row(DRAWINGS.place, "Location", `${message.location.latitude}, ${message.location.longitude}`);
  if (message.poll) return poll(message.poll);
  if (message.dice) return element("span", { className: "dice", ariaLabel: `Shows ${message.dice.value}` }, message.dice.emoji, element("b", {}, message.dice.value));
  for (const kind of ["animation", "video", "video_note", "voice", "audio"]) {
    const media = message[kind];
    if (media) return row(DRAWINGS[kind], media.file_name ?? KINDS[kind], `${length(media.duration)}, ${size(media.file_size ?? 0)}`, media);
  }
  const sheet = message.document;
  return sheet ? row(SHEET, sheet.file_name ?? "File", size(sheet.file_size ?? 0), sheet) : null;
}

function sticker(message) {
  return element("img", { className: "sticker", src: fileUrl(message.sticker.file_id), alt: message.sticker.emoji ?? "Sticker" });
}

// The emoji put to a message, each once with how often.
function reactions(message) {
  const counts = new Map();
  for (const emoji of Object.values(message.reactions ?? {})) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  if (!counts.size) return null;
  const chips = [...counts].map(([emoji, count]) => element("span", {}, count > 1 ? `${emoji} ${count}` : emoji));
  return element("div", { className: "reactions", role: "group", ariaLabel: "Reactions" }, ...chips);
}

function quote(message) {
  const answered = message.reply_to_message;
  // Everything in a topic replies to the message that opened it: that is no reply of anybody's.
  if (!answered || answered.forum_topic_created) return null;
  return element("span", { className: "quote" }, message.quote?.text ?? summary(answered));
}

function meta(message, own) {
  const node = element("span", { className: "meta" });
  if (message.edit_date) node.append(element("span", {}, "edited"));
  const full = new Date(message.date * 1000).toLocaleString();
  node.append(element("time", { title: full, dateTime: new Date(message.date * 1000).toISOString() }, clock(message.date)));
  if (own) node.append(drawing(["M1.500 9l5 5L16 3", "first"], ["M11 13l1 1L22 3", "second"]));
  return node;
}

function key(button, message, act) {
  if (button.url) {
    return element(
      "a",
      { className: "key", href: button.url, target: "_blank", rel: "noopener noreferrer" },
      button.text,
      element("span", { className: "mark", ariaHidden: "true" }, "↗"),
    );
  }
  const node = element("button", { type: "button", className: "key" }, button.text);
  if (button.callback_data) node.onclick = () => act.tap(message, button.callback_data, node);
  else if (button.copy_text) node.onclick = () => act.copy(button.copy_text.text);
  else node.onclick = () => act.say("This kind of button does nothing in the sandbox.");
  return node;
}

function keyboard(message, act) {
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    element("div", {}, ...row.map((button) => key(button, message, act))),
  );
  return element("div", { className: "keys", role: "group", ariaLabel: "Buttons" }, ...rows);
}

// `act` holds whose messages are one's own, whose name is shown, and what a reader can do: tap, copy, say, view,
// command, edit, reply.
export function bubble(message, act) {
  const happened = service(message);
  if (happened) {
    const line = element("article", { className: "service", ariaLabel: "Note" }, happened);
    line.dataset.id = message.message_id;
    return line;
  }
  const own = act.own(message);
  const author = act.author?.(message);
  const words = spoken(message) ?? message.caption;
  const media = Boolean(message.photo || message.sticker);
  const parts = [];
  if (author) {
    const name = element("b", { className: "author" }, author);
    name.style.setProperty("--hue", (message.from.id * 47) % 360);
    parts.push(name);
  }
  parts.push(quote(message));
  if (message.photo) parts.push(photo(message, act.view));
  if (message.sticker) parts.push(sticker(message));
  parts.push(attachment(message));
  const date = meta(message, own);
  if (words !== undefined) {
    const body = formatted(words, message.entities ?? message.caption_entities, act.command);
    body.append(date);
    parts.push(body);
  } else parts.push(date);
  const deeds = element("span", { className: "deeds" });
  if (act.reply) deeds.append(deed("Reply to this message", "M9 7L4 12l5 5M4 12h10a6 6 0 016 6v1", () => act.reply(message)));
  if (own && words !== undefined) deeds.append(deed("Edit this message", "M4 20l1-4L16 5l3 3L8 19z", () => act.edit(message)));
  if (deeds.childElementCount) parts.push(deeds);
  const kind = media ? (words === undefined && !author ? "bubble media bare" : "bubble media") : "bubble";
  const keys = message.reply_markup?.inline_keyboard ? keyboard(message, act) : null;
  const album = message.media_group_id ? " album" : "";
  const node = element(
    "article",
    { className: `message ${own ? "out" : "in"}${keys ? " keyed" : ""}${album}`, ariaLabel: own ? "You" : (author ?? "Assistant") },
    element("div", { className: kind }, ...parts.filter(Boolean)),
    reactions(message),
    keys,
  );
  node.dataset.id = message.message_id;
  return node;
}

function deed(label, shape, onclick) {
  return element("button", { type: "button", className: "icon edit", ariaLabel: label, onclick }, drawing([shape]));
}
