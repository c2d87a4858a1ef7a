// What the customer writes: text, commands with completion, photos and files, edits.
import { element } from "./text.js";

const $ = (id) => document.getElementById(id);

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// `chat()` is the open chat's id; `send(chat, message)` and `edit(chat, messageId, text)` return promises; `lastOwn()` is the message ArrowUp takes up.
export function makeComposer({ chat, send, edit, lastOwn, listCommands, complain }) {
  const [text, menu, commands, context, asFile] = [$("text"), $("menu"), $("commands"), $("context"), $("as-file")];
  let attached = null;
  let editing = null;
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
    attached = editing = null;
    context.hidden = true;
    grow();
  }

  function attach(file) {
    reset();
    const picture = /^image\/(jpeg|png|webp|gif)$/.test(file.type);
    attached = { file, url: URL.createObjectURL(file), picture };
    showContext(picture ? "Photo" : "File", file.name || "pasted picture", picture ? attached.url : null, picture);
  }

  function startEdit(message) {
    reset();
    editing = message;
    text.value = message.text ?? message.caption;
    showContext("Edit message", text.value, null, false);
    text.setSelectionRange(text.value.length, text.value.length);
  }

  async function submit() {
    const words = text.value.trim();
    if (!attached && !words) return;
    const to = chat(); // whose chat is open now: another may be by the time a file is read
    const [file, old, plain] = [attached, editing, asFile.firstElementChild.checked];
    text.value = "";
    reset();
    hideCommands();
    try {
      if (old) await edit(to, old.message_id, words);
      else if (!file) await send(to, { text: words });
      else {
        const data = await base64(file.file);
        const named = { file_name: file.file.name || "file", mime_type: file.file.type || "application/octet-stream" };
        await send(to, { caption: words, ...(file.picture && !plain ? { photo: data } : { document: data, ...named }) });
      }
    } catch (error) {
      if (!text.value && !file) text.value = words;
      complain(error.message);
    }
    grow();
  }

  function hideCommands() {
    commands.hidden = true;
    menu.setAttribute("aria-expanded", "false");
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
      commands.append(element("li", { className: "none" }, "The bot has set no commands yet: is it running?"));
    }
    commands.hidden = false;
    menu.setAttribute("aria-expanded", "true");
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
    const file = event.clipboardData.files[0];
    if (!file) return;
    event.preventDefault();
    attach(file);
  });
  $("chat").addEventListener("dragover", (event) => event.preventDefault());
  $("chat").addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) attach(event.dataTransfer.files[0]);
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("attach").onclick = () => $("file").click();
  $("file").onchange = () => {
    if ($("file").files[0]) attach($("file").files[0]);
    $("file").value = "";
  };
  $("context-close").onclick = () => {
    reset();
    text.focus();
  };
  menu.onclick = () => (commands.hidden ? showCommands("") : hideCommands());
  document.addEventListener("click", (event) => {
    if (!commands.contains(event.target) && !menu.contains(event.target) && event.target !== text) hideCommands();
  });
  grow();
  return { startEdit, reset: () => { text.value = ""; reset(); hideCommands(); }, focus: () => text.focus(), grow };
}
