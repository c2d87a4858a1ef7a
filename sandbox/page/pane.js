// The log of one chat: bubbles in order, day chips, typing dots, and where the reader has scrolled to.
import { bubble, day } from "./messages.js";
import { element } from "./text.js";

const NEAR = 80;
const GROUP_SECONDS = 300;

export function makePane({ scroll, log, toBottom, missed, act }) {
  const nodes = new Map();
  let unseen = 0;
  const dots = element("div", { className: "dots", ariaLabel: "The assistant is typing" }, ...[1, 2, 3].map(() => element("i")));

  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;

  function toEnd(smooth) {
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  function showMissed() {
    toBottom.hidden = atEnd();
    if (atEnd()) unseen = 0;
    missed.hidden = unseen === 0;
    missed.textContent = unseen;
    // A day that floats over the newest messages hides words of theirs, and says nothing that isn't plain there.
    for (const chip of log.querySelectorAll(".day")) chip.classList.toggle("over", atEnd() && floats(chip));
  }

  function floats(chip) {
    const below = chip.nextElementSibling;
    return below !== null && chip.getBoundingClientRect().bottom > below.getBoundingClientRect().top;
  }

  // Keep the end in sight when something grows: a photo that loads, a keyboard on a phone that opens.
  // Only a reader who scrolls up lets go of it: something that grew below must not.
  let pinned = true;
  let top = 0;
  function notice() {
    if (scroll.scrollTop < top) pinned = atEnd();
    else pinned ||= atEnd();
    top = scroll.scrollTop;
  }
  scroll.addEventListener("scroll", () => {
    notice();
    showMissed();
  });
  new ResizeObserver(() => pinned && toEnd(false)).observe(log);
  new ResizeObserver(() => pinned && toEnd(false)).observe(scroll);
  toBottom.onclick = () => toEnd(true);

  function place(message, node) {
    node.message = message;
    let before = log.lastElementChild;
    while (before && !(before.message && before.message.message_id < message.message_id)) before = before.previousElementSibling;
    if (!before || day(before.message.date) !== day(message.date)) {
      const chip = element("div", { className: "day" }, day(message.date));
      if (before) before.after(chip);
      else log.prepend(chip);
      before = chip;
    }
    before.after(node);
    const earlier = before.message;
    const follows = earlier?.from.id === message.from.id && message.date - earlier.date < GROUP_SECONDS;
    node.classList.toggle("follows", Boolean(follows));
    node.classList.toggle("joined", Boolean(follows && message.media_group_id && earlier.media_group_id === message.media_group_id));
  }

  function put(message, fresh) {
    const old = nodes.get(message.message_id);
    if (message.change === "deleted") {
      old?.remove();
      nodes.delete(message.message_id);
      return;
    }
    const node = bubble(message, act);
    nodes.set(message.message_id, node);
    if (old) {
      for (const name of ["follows", "joined"]) node.classList.toggle(name, old.classList.contains(name));
      node.classList.toggle("read", old.classList.contains("read"));
      node.message = message;
      const held = old.contains(document.activeElement);
      old.replaceWith(node);
      if (held) node.querySelector(".key")?.focus({ preventScroll: true });
      return;
    }
    log.querySelector(".intro")?.remove();
    if (fresh) node.classList.add("fresh");
    place(message, node);
  }

  function typing(on) {
    if (!on) dots.remove();
    else if (!dots.isConnected) log.append(dots);
    if (pinned) toEnd(false);
  }

  return {
    // Shows a whole chat anew; `intro` is what stands there while nobody has said anything.
    show(messages, read, intro) {
      nodes.clear();
      log.replaceChildren();
      unseen = 0;
      if (messages.length === 0) {
        log.append(element("div", { className: "intro" }, element("b", {}, intro.title), intro.text));
      }
      for (const message of messages) put(message, false);
      this.read(read);
      pinned = true;
      top = 0;
      toEnd(false);
      showMissed();
    },
    put(message) {
      notice();
      const mine = message.change !== "deleted" && act.own(message);
      const isNew = !nodes.has(message.message_id) && message.change !== "deleted";
      const follow = pinned || (isNew && mine);
      if (isNew && !mine) typing(false);
      put(message, true);
      if (dots.isConnected) log.append(dots);
      if (follow) toEnd(false);
      else if (isNew) unseen += 1;
      showMissed();
    },
    read(upTo) {
      for (const [id, node] of nodes) node.classList.toggle("read", id <= upTo);
    },
    typing,
  };
}
