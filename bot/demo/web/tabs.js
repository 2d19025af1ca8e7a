/** On a narrow screen one chat at a time, chosen below; elsewhere all stand side by side and these are hidden. */

import { element } from "./dom.js";

export function makeTabs(nav, columns) {
  const seen = new Map();
  const buttons = new Map();
  let chosen = Object.keys(columns)[0];
  for (const name of Object.keys(columns)) {
    const title = element("span", { words: `tab_${name}` });
    const button = element("button", { type: "button", click: () => choose(name) }, title);
    buttons.set(name, button);
    nav.append(button);
  }
  choose(chosen);

  function choose(name) {
    chosen = name;
    for (const [one, button] of buttons) {
      if (one === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      columns[one].node.classList.toggle("chosen", one === name);
    }
    show();
    columns[name].arrive();
  }

  /** Marks the chats in which something new stands. */
  function show() {
    for (const [name, button] of buttons) {
      const latest = columns[name].latest?.() ?? "";
      if (name === chosen || !seen.get(name)) seen.set(name, latest);
      const fresh = latest !== "" && seen.get(name) !== latest;
      if (fresh && !button.querySelector(".news")) button.append(element("span", { class: "news", words: "new" }));
      if (!fresh) button.querySelector(".news")?.remove();
    }
  }

  return { show };
}
