// A text and its entities as DOM nodes. Nothing is ever parsed as HTML: what a bot sent stays text.
// Telegram counts offsets in UTF-16 units, as JavaScript's strings do.

const SAFE = /^(https?|mailto|tel|tg):/i;
const PLAIN = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", pre: "pre" };

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function link(address, children) {
  if (!SAFE.test(address)) return element("span", {}, ...children);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function wrap(entity, inside, children, onCommand) {
  switch (entity.type) {
    case "url":
      return link(SAFE.test(inside) ? inside : `https://${inside}`, children);
    case "email":
      return link(`mailto:${inside}`, children);
    case "text_link":
      return link(entity.url, children);
    case "bot_command":
      return element("button", { type: "button", className: "command", onclick: () => onCommand(inside) }, ...children);
    case "code":
      return element(
        "code",
        { title: "Copy", onclick: () => navigator.clipboard?.writeText(inside) },
        ...children,
      );
    case "blockquote":
    case "expandable_blockquote":
      return element("blockquote", {}, ...children);
    case "spoiler": {
      const node = element("span", { className: "spoiler", role: "button", tabIndex: 0, title: "Show" }, ...children);
      node.onclick = () => node.classList.add("open");
      node.onkeydown = (event) => event.key === "Enter" && node.classList.add("open");
      return node;
    }
    default:
      return element(PLAIN[entity.type] ?? "span", {}, ...children);
  }
}

// Children of [from, to), where `entities` are sorted and each lies inside or crosses the end (then it is cut).
function build(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    const inner = [];
    for (index += 1; index < entities.length && entities[index].offset < end; index += 1) inner.push(entities[index]);
    if (start >= end) continue;
    if (start > at) nodes.push(text.slice(at, start));
    nodes.push(wrap(entity, text.slice(start, end), build(text, start, end, inner, onCommand), onCommand));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

export function formatted(text, entities = [], onCommand = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return element("div", { className: "text", dir: "auto" }, ...build(text, 0, text.length, sorted, onCommand));
}
