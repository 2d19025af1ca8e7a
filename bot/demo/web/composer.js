/** Where one writes: the field, what can be attached, the menu of commands. */

import { element, icon, unfolding } from "./dom.js";
import { KINDS } from "./message.js";

/** `doing` holds write, command, send (an attachment) and clear. */
export function makeComposer(doing) {
  const field = element("textarea", { rows: "1", hint: "message", label: "message", autocomplete: "off" });
  const attaching = element("button", { type: "button", class: "round", label: "attach" }, icon("clip"));
  const attachments = element("div", { class: "panel", role: "group", label: "attach" });
  const menu = element("button", { type: "button", class: "round", label: "menu" }, icon("menu"));
  const commands = element("div", { class: "panel", role: "group", label: "menu" });
  const form = element("form", { class: "composer" });
  const send = element("button", { type: "submit", class: "round send", label: "send" }, icon("send"));
  const folds = [unfolding(attaching, attachments), unfolding(menu, commands)];
  const fold = () => folds.forEach((one) => one());
  let listed = "";

  for (const kind of KINDS) {
    attachments.append(choice({ words: kind }, () => doing.send(kind), fold));
  }
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  field.addEventListener("input", grow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    doing.write(field.value);
    field.value = "";
    grow();
  });
  form.append(commands, attachments, menu, attaching, field, send);

  function grow() {
    field.rows = Math.min(5, field.value.split("\n").length);
  }

  function show(account) {
    const now = JSON.stringify(account.commands);
    if (now === listed) return;
    listed = now;
    const choices = account.commands.map(([name, what]) =>
      choice({}, () => doing.command(`/${name}`), fold, element("b", {}, `/${name}`), ` ${what}`),
    );
    commands.replaceChildren(...choices, choice({ words: "clear", class: "choice last" }, () => doing.clear(), fold));
  }

  return { node: form, show };
}

function choice(attributes, act, fold, ...inside) {
  const click = () => {
    fold();
    act();
  };
  return element("button", { type: "button", class: "choice", ...attributes, click }, ...inside);
}
