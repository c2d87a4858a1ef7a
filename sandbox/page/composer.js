// What somebody writes: text, commands with completion, photos and files, several as an album; replies and edits.
import { summary } from "./messages.js";
import { element } from "./text.js";

const MOST = 10;

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

const PICTURE = /^image\/(jpeg|png|webp|gif)$/;

// What kind of message a file becomes.
function kindOf(file, plain) {
  if (plain) return "document";
  if (PICTURE.test(file.type)) return "photo";
  return /^(video|audio)\//.exec(file.type)?.[1] ?? "document";
}

async function content(file, plain) {
  const named = { file_name: file.name || "file", mime_type: file.type || "application/octet-stream" };
  return { [kindOf(file, plain)]: await base64(file), ...named };
}

// `prefix` is that of the ids of its elements; `chat()` says where it writes to; `send(chat, message)` and
// `edit(chat, messageId, text)` return promises; `lastOwn()` is the message ArrowUp takes up.
export function makeComposer({ prefix = "", chat, send, edit, lastOwn, listCommands, complain }) {
  const $ = (id) => document.getElementById(prefix + id);
  const [text, menu, commands, context, asFile] = [$("text"), $("menu"), $("commands"), $("context"), $("as-file")];
  let attached = null; // { files, url } of what is to be sent
  let editing = null;
  let replying = null;
  let chosen = 0;

  function grow() {
    text.style.height = "auto";
    if (text.scrollHeight) text.style.height = `${text.scrollHeight}px`;
    $("send").disabled = !attached && !text.value.trim();
  }

  function showContext(title, detail, image, offerFile) {
    $("context-title").textContent = title;
    $("context-detail").textContent = detail;
    $("context-image").hidden = !image;
    if (image) $("context-image").src = image;
    asFile.hidden = !offerFile;
    asFile.firstElementChild.checked = false;
    context.hidden = false;
    text.focus();
    grow();
  }

  function reset() {
    if (attached) URL.revokeObjectURL(attached.url);
    if (editing) text.value = "";
    attached = editing = replying = null;
    context.hidden = true;
    grow();
  }

  function attach(list) {
    const files = [...list].slice(0, MOST);
    if (!files.length) return;
    const answered = replying;
    reset();
    replying = answered;
    const pictures = files.every((file) => PICTURE.test(file.type));
    attached = { files, url: URL.createObjectURL(files[0]) };
    const what = pictures ? "Photo" : "File";
    const title = files.length > 1 ? `${files.length} ${what.toLowerCase()}s as an album` : what;
    showContext(title, files.map((file) => file.name || "pasted picture").join(", "), pictures ? attached.url : null, pictures);
  }

  function startEdit(message) {
    reset();
    editing = message;
    text.value = message.text ?? message.caption;
    showContext("Edit message", text.value, null, false);
    text.setSelectionRange(text.value.length, text.value.length);
  }

  function startReply(message) {
    reset();
    replying = message;
    showContext("Reply", summary(message), null, false);
  }

  async function submit() {
    const words = text.value.trim();
    if (!attached && !words) return;
    const to = chat(); // whose chat is open now: another may be by the time a file is read
    const [files, old, plain] = [attached?.files, editing, asFile.firstElementChild.checked];
    const reply = replying ? { reply_to_message_id: replying.message_id } : {};
    text.value = "";
    reset();
    hideCommands();
    try {
      if (old) await edit(to, old.message_id, words);
      else if (!files) await send(to, { text: words, ...reply });
      else {
        const parts = await Promise.all(files.map((file) => content(file, plain)));
        const [first, ...rest] = parts.map((part, index) => (index ? part : { ...part, caption: words }));
        await send(to, rest.length ? { album: [first, ...rest], ...reply } : { ...first, ...reply });
      }
    } catch (error) {
      if (!text.value && !files) text.value = words;
      complain(error.message);
    }
    grow();
  }

  function hideCommands() {
    commands.hidden = true;
    menu?.setAttribute("aria-expanded", "false");
  }

  async function showCommands(prefix) {
    const known = await listCommands();
    const fitting = known.filter((entry) => entry.command.startsWith(prefix));
    if (prefix && fitting.length === 0) return hideCommands();
    chosen = 0;
    commands.replaceChildren(
      ...fitting.map((entry, index) => {
        const node = element(
          "li",
          { role: "option", ariaSelected: `${index === 0}`, onclick: () => pick(entry.command) },
          element("b", {}, `/${entry.command}`),
          element("span", {}, entry.description),
        );
        return node;
      }),
    );
    if (fitting.length === 0) {
      commands.append(element("li", { className: "none" }, "The bot has set no commands here."));
    }
    commands.hidden = false;
    menu?.setAttribute("aria-expanded", "true");
  }

  function pick(command) {
    text.value = `/${command}`;
    submit();
    text.focus();
  }

  function moveChoice(step) {
    const options = [...commands.querySelectorAll("[role=option]")];
    if (!options.length) return;
    chosen = (chosen + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", `${index === chosen}`));
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  text.addEventListener("input", () => {
    grow();
    const typed = /^\/(\w*)$/.exec(text.value);
    if (typed) showCommands(typed[1].toLowerCase());
    else hideCommands();
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const listed = !commands.hidden && commands.querySelector("[role=option]");
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const option = listed && commands.querySelector("[aria-selected=true]");
      if (option) option.click();
      else submit();
    } else if (listed && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      moveChoice(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Tab" && listed && !event.shiftKey) {
      event.preventDefault();
      text.value = commands.querySelector("[aria-selected=true] b").textContent;
      hideCommands();
      grow();
    } else if (event.key === "Escape") {
      if (!commands.hidden) hideCommands();
      else reset();
    } else if (event.key === "ArrowUp" && !text.value && lastOwn()) {
      event.preventDefault();
      startEdit(lastOwn());
    }
  });
  text.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  $("chat").addEventListener("dragover", (event) => event.preventDefault());
  $("chat").addEventListener("drop", (event) => {
    event.preventDefault();
    attach(event.dataTransfer.files);
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("attach").onclick = () => $("file").click();
  $("file").onchange = () => {
    attach($("file").files);
    $("file").value = "";
  };
  $("context-close").onclick = () => {
    reset();
    text.focus();
  };
  if (menu) menu.onclick = () => (commands.hidden ? showCommands("") : hideCommands());
  document.addEventListener("click", (event) => {
    if (!commands.contains(event.target) && !menu?.contains(event.target) && event.target !== text) hideCommands();
  });
  grow();
  return { startEdit, startReply, reset: () => { text.value = ""; reset(); hideCommands(); }, focus: () => text.focus(), grow };
}
