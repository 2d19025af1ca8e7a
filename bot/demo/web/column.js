/** The chats of one role: whose it is, what stands in it, what can be done. */

import { makeComposer } from "./composer.js";
import { element, icon } from "./dom.js";
import { makeLog } from "./log.js";
import { act } from "./server.js";
import { say, tongue } from "./words.js";

const TOAST = 5000;
const MOST = { person: 6, coordinator: 4, admin: 1 };

/** A link to the bot, written by itself: whoever follows it in Telegram sends what it carries. */
const FOLLOWED = /^https:\/\/t\.me\/\w+\?start=([\w-]+)$/;

/** `told` hears what was written. */
export function makeColumn(role, languages, told) {
  let accounts = [];
  let chosen = 0;
  const seen = new Map();
  const toasts = new Map();
  const account = () => accounts.find((one) => one.id === chosen) ?? accounts[0];
  const doing = {
    press: (message, data) => act("press", { account: chosen, message: message.id, data }),
    remove: (message) => act("delete", { account: chosen, message: message.id }),
    send: (kind) => act("send", { account: chosen, kind }),
    clear: () => act("clear", { account: chosen }),
    command: (words) => act("write", { account: chosen, text: words }),
    write(words) {
      told(account(), words);
      return act("write", { account: chosen, text: words.trim().replace(FOLLOWED, "/start $1") });
    },
    async copy(words) {
      await navigator.clipboard.writeText(words);
      toast({ text: say("copied"), alert: false });
    },
  };

  const people = element("div", { class: "people", role: "group", label: `${role}_accounts` });
  const speaks = element("select", { label: "telegram_language" });
  speaks.append(...languages.map((one) => element("option", { value: one.code, lang: one.code }, one.name)));
  speaks.addEventListener("change", () => act("speak", { account: chosen, language: speaks.value }));
  const language = element("label", {}, element("span", { "aria-hidden": "true" }, "Telegram: "), speaks);
  const portrait = element("img", { src: "web/icon.svg", alt: "", width: "30", height: "30" });
  const status = element("span", { class: "status" });
  const log = makeLog(`${role}_chat`, doing);
  const composer = makeComposer(doing);
  const start = element("button", { type: "button", class: "start", words: "start", click: () => doing.command("/start") });
  const empty = element("p", { class: "empty" });
  const bread = element("div", { class: "toasts", role: "status" });
  const node = element(
    "section",
    { class: `column ${role}`, id: role, "aria-labelledby": `${role}-title` },
    element("h2", { id: `${role}-title`, words: role }),
    element("p", { class: "about", words: `${role}_is` }),
    element("div", { class: "who" }, people, language),
    element(
      "div",
      { class: "phone" },
      element("div", { class: "bar" }, portrait, element("b", {}, "Qorgan"), status),
      bread,
      log.node,
      empty,
      start,
      composer.node,
    ),
  );

  function show(state, page) {
    accounts = state.accounts.filter((one) => one.role === role);
    chosen = account().id;
    const now = account();
    showPeople(page);
    if (speaks !== document.activeElement) speaks.value = now.language;
    status.textContent = say(now.busy ? "typing" : "bot");
    log.show(now, page);
    composer.show(now);
    empty.hidden = now.messages.length > 0;
    empty.textContent = say(now.started ? "empty" : "begin");
    start.hidden = now.messages.length > 0;
    composer.node.hidden = !now.started && now.messages.length === 0;
    for (const one of accounts) newToast(one);
  }

  function showPeople(page) {
    const key = JSON.stringify([page, chosen, accounts.map((one) => [one.id, one.name, news(one)])]);
    if (people.dataset.key === key) return;
    people.dataset.key = key;
    const held = people.contains(document.activeElement);
    const buttons = accounts.map((one) => {
      const pressed = one.id === chosen;
      const mark = news(one) ? element("span", { class: "news", words: "new" }) : null;
      const click = () => choose(one.id);
      return element("button", { type: "button", "aria-pressed": String(pressed), click }, one.name, mark);
    });
    if (accounts.length < MOST[role]) buttons.push(adder());
    people.replaceChildren(...buttons);
    if (held) people.querySelector("[aria-pressed=true]").focus();
  }

  function adder() {
    const click = () => act("add", { role });
    return element("button", { type: "button", class: "add", label: `add_${role}`, click }, icon("plus"));
  }

  let redraw = () => {};
  function choose(id) {
    chosen = id;
    redraw();
  }

  /** Whether a chat that is not looked at holds something of the bot's that nobody has seen. */
  function news(one) {
    const mark = versions(one).at(-1) ?? "";
    if (one.id === chosen || !seen.has(one.id)) seen.set(one.id, mark);
    return mark !== "" && seen.get(one.id) !== mark;
  }

  function newToast(one) {
    const last = one.toasts.at(-1);
    const known = toasts.get(one.id);
    toasts.set(one.id, last?.number ?? 0);
    if (last && known !== undefined && last.number !== known && last.text && one.id === chosen) toast(last);
  }

  /** Words in passing; an alert stays until it is read, and gives the keyboard's place back. */
  function toast({ text, alert }) {
    const before = document.activeElement;
    const made = element("div", { class: alert ? "toast alert" : "toast", lang: tongue(text) }, element("span", {}, text));
    bread.replaceChildren(made);
    if (!alert) {
      setTimeout(() => made.remove(), TOAST);
      return;
    }
    const close = () => {
      made.remove();
      if (before.isConnected) before.focus();
    };
    const button = element("button", { type: "button", words: "ok", click: close });
    made.append(button);
    button.focus();
  }

  return {
    node,
    show,
    arrive: log.arrive,
    redrawn: (again) => (redraw = again),
    latest: () => accounts.flatMap(versions).join(),
  };
}

/** Every message of the bot's, as it stands. */
function versions(account) {
  return account.messages.filter((message) => !message.mine).map((message) => `${message.id}.${message.version}`);
}
