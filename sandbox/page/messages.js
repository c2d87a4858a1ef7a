// Messages as DOM nodes: bubbles, photos, files and the keyboards under them.
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

export function summary(message) {
  if (!message) return "";
  if (message.text) return spoken(message);
  const kind = message.photo ? "Photo" : (message.document?.file_name ?? "File");
  return message.caption ? `${kind}, ${message.caption}` : kind;
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

function file(message) {
  const { file_id: id, file_name: name, file_size: bytes } = message.document;
  return element(
    "a",
    { className: "document", href: fileUrl(id), download: name ?? "file" },
    element("i", {}, drawing(["M7 3h7l4 4v14H7zM14 3v4h4"])),
    element("span", {}, element("b", {}, name ?? "File"), element("small", {}, size(bytes ?? 0))),
  );
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

// `act` holds what a reader can do: tap, copy, say, view, command, edit.
export function bubble(message, act) {
  const own = !message.from.is_bot;
  const words = spoken(message) ?? message.caption;
  const media = Boolean(message.photo);
  const parts = [];
  if (message.reply_to_message) {
    parts.push(element("span", { className: "quote" }, summary(message.reply_to_message)));
  }
  if (message.photo) parts.push(photo(message, act.view));
  if (message.document) parts.push(file(message));
  const date = meta(message, own);
  if (words !== undefined) {
    const body = formatted(words, message.entities ?? message.caption_entities, act.command);
    body.append(date);
    parts.push(body);
  } else parts.push(date);
  if (own && words !== undefined) {
    parts.push(
      element(
        "button",
        { type: "button", className: "icon edit", ariaLabel: "Edit this message", onclick: () => act.edit(message) },
        drawing(["M4 20l1-4L16 5l3 3L8 19z"]),
      ),
    );
  }
  const kind = media ? (words === undefined ? "bubble media bare" : "bubble media") : "bubble";
  const keys = message.reply_markup?.inline_keyboard ? keyboard(message, act) : null;
  const node = element(
    "article",
    { className: `message ${own ? "out" : "in"}${keys ? " keyed" : ""}`, ariaLabel: own ? "You" : "Assistant" },
    element("div", { className: kind }, ...parts),
    keys,
  );
  node.dataset.id = message.message_id;
  return node;
}
