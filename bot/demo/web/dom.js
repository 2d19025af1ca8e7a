/** Elements without markup: whatever is shown enters as text. */

import { say } from "./words.js";

/**
 * `words`, `label` and `hint` name a wording of the page's: for the content, for who can't see it, for an empty field.
 * Children are nodes or strings; a string is text, whatever stands in it.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "words") made.dataset.text = value;
    else if (key === "label" || key === "hint") made.dataset[key] = value;
    else if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  wordings(made);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Says everything under `root` anew, in the language of now. */
export function sayAll(root) {
  for (const one of root.querySelectorAll("[data-text], [data-label], [data-hint]")) wordings(one);
}

function wordings(one) {
  const { text, label, hint } = one.dataset;
  if (text) one.textContent = say(text);
  if (label) one.setAttribute("aria-label", say(label));
  if (hint) one.setAttribute("placeholder", say(hint));
}

const DRAWN = {
  lock: "M7 11V8a5 5 0 0 1 10 0v3h1v10H6V11zm2 0h6V8a3 3 0 0 0-6 0z",
  quiet: "M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6zm-2 16a2 2 0 0 0 4 0z",
  send: "M3 20v-6l8-2-8-2V4l19 8z",
  clip: "M8 18a4 4 0 0 1-4-4V6a5 5 0 0 1 10 0v8a3 3 0 0 1-6 0V7h2v7a1 1 0 0 0 2 0V6a3 3 0 0 0-6 0v8a2 2 0 0 0 4 0h4a4 4 0 0 1-6 4z",
  menu: "M4 6h16v2H4zm0 5h16v2H4zm0 5h16v2H4z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm-1 3v5l4 3 1-2-3-2V8z",
};

/** A drawing beside words, never in their place. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    drawing.setAttribute(key, value);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", DRAWN[name]);
  drawing.append(path);
  return drawing;
}

/** A button that unfolds a panel and folds it again; Escape folds it, too. */
export function unfolding(button, panel) {
  const set = (open) => {
    button.setAttribute("aria-expanded", String(open));
    panel.classList.toggle("open", open);
  };
  set(false);
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  for (const one of [button, panel]) {
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      set(false);
      button.focus();
    });
  }
  return () => set(false);
}
