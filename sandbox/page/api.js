// The sandbox's control API, and its live stream of events.

async function call(method, path, body) {
  const answer = await fetch(`/sandbox${path}`, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const result = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(result.error ?? answer.statusText);
  return result;
}

export const listChats = () => call("GET", "/chats");
export const history = (chat) => call("GET", `/chats/${chat}`);
export const commands = (language, chat) =>
  call("GET", `/commands?language=${encodeURIComponent(language)}&chat_id=${chat ?? ""}`);
export const addCustomer = (firstName, language) =>
  call("POST", "/customers", { first_name: firstName, language_code: language });
export const send = (chat, message) => call("POST", `/chats/${chat}/messages`, message);
export const edit = (chat, messageId, text) => call("POST", `/chats/${chat}/edits`, { message_id: messageId, text });
export const tap = (chat, messageId, data) => call("POST", `/chats/${chat}/callbacks`, { message_id: messageId, data });
export const block = (chat, blocked) => call("POST", `/chats/${chat}/${blocked ? "block" : "unblock"}`);
export const aboutCourier = () => call("GET", "/courier");
export const openCourier = () => call("POST", "/courier");
export const aboutOperator = () => call("GET", "/operator");
export const commandsInGroup = (group) => call("GET", `/commands?group=${group}`);
export const listGroups = () => call("GET", "/groups");
export const groupHistory = (group) => call("GET", `/groups/${group}`);
// What a member does in a group: messages, edits, deletions, reactions, callbacks, members, leavers, migration, topics/…
export const inGroup = (group, deed, userId, body) => call("POST", `/groups/${group}/${deed}`, { ...body, user_id: userId });
export const setBot = (group, status) => call("POST", `/groups/${group}/bot`, { status });
export const fileUrl = (fileId) => `/sandbox/files/${encodeURIComponent(fileId)}`;

// Calls handlers[kind](data) for every event, and onState(true | false) as the stream comes and goes.
// The browser reconnects by itself after a lost connection; only a stream it gave up on is opened anew here.
export function watch(handlers, onState) {
  const stream = new EventSource("/sandbox/events");
  for (const [kind, handler] of Object.entries(handlers)) {
    stream.addEventListener(kind, (event) => handler(JSON.parse(event.data)));
  }
  stream.onopen = () => onState(true);
  stream.onerror = () => {
    onState(false);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => watch(handlers, onState), 1000);
  };
}
