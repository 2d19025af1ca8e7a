/** One message as a chat shows it. */

import * as clock from "./clock.js";
import { element, icon } from "./dom.js";
import { link, markup } from "./markup.js";
import { hour, moment, number, say, tongue } from "./words.js";

const SOON = 3_600_000;

/** `doing` holds what a reader can do with it: press, copy, command, remove. */
export function draw(account, message, doing) {
  const author = message.mine ? account.name : "Qorgan";
  const spoken = tongue(message.text);
  const content = message.mine ? [message.text] : [markup(message.html, doing.command)];
  const bubble = element(
    "div",
    { class: "bubble" },
    element("span", { class: "unseen" }, `${author}: `),
    message.text ? element("div", { class: "words", lang: spoken }, ...content) : null,
    message.kind === "text" ? null : attachment(account, message),
    element("p", { class: "meta" }, ...marks(message), remover(message, doing)),
  );
  return [bubble, message.buttons.length ? keys(message, doing) : null].filter(Boolean);
}

function marks(message) {
  const at = message.edited ?? message.at;
  return [
    message.protected ? element("span", { class: "mark" }, icon("lock"), element("span", { words: "protected" })) : null,
    message.silent ? element("span", { class: "mark" }, icon("quiet"), element("span", { words: "silent" })) : null,
    message.edited ? element("span", { words: "edited" }) : null,
    element("time", { datetime: at, title: moment(at) }, hour(at)),
  ].filter(Boolean);
}

function remover(message, doing) {
  return element("button", { type: "button", class: "remove", words: "delete", click: () => doing.remove(message) });
}

function attachment(account, message) {
  if (message.file && !message.mine) {
    const { name, bytes } = message.file;
    const saved = element("a", { href: `file/${account.id}/${message.id}`, download: name }, name);
    return element("p", { class: "file" }, saved, ` · ${number(bytes)} ${say("bytes")}`);
  }
  const kind = KINDS.has(message.kind) ? message.kind : "other";
  return element("p", { class: "file" }, icon("clip"), element("span", { words: kind }));
}

export const KINDS = new Set(["photo", "voice", "contact", "location", "document"]);

/** When it goes may be known later than what it says, which is not to be read aloud again for it. */
export function expire(node, goes) {
  const old = node.querySelector("[data-goes]");
  if (old?.dataset.goes === (goes ?? undefined)) return;
  old?.remove();
  if (goes) node.querySelector(".meta").before(countdown(goes));
}

/** Seen to run; read aloud once, as the time at which it ends. */
function countdown(goes) {
  const made = element(
    "p",
    { class: "goes", "data-goes": goes },
    icon("clock"),
    element("span", { class: "left", "aria-hidden": "true" }),
    element("span", { class: "unseen" }, say("goes_at", { time: moment(goes) })),
  );
  count(made);
  return made;
}

function count(shown) {
  const { goes } = shown.dataset;
  shown.querySelector(".left").textContent = say("goes_in", { left: clock.left(goes) });
  shown.classList.toggle("soon", Date.parse(goes) - clock.now() < SOON);
}

export function tick(root) {
  root.querySelectorAll("[data-goes]").forEach(count);
}

function keys(message, doing) {
  const line = (row) => element("div", { class: "row" }, ...row.map((one) => key(one, message, doing)));
  const rows = message.buttons.map(line);
  return element("div", { class: "keys", role: "group", label: "keys" }, ...rows);
}

function key(button, message, doing) {
  const common = { class: "key", lang: tongue(button.label) };
  if (button.kind === "link") return link(button.value, common, [button.label]);
  const act = button.kind === "copy" ? () => doing.copy(button.value) : () => doing.press(message, button.value);
  return element("button", { ...common, type: "button", value: button.value, click: act }, button.label);
}
