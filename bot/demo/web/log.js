/** The messages of a chat, each drawn when it is new or changed, fading when it is gone. */

import { element } from "./dom.js";
import { draw, expire } from "./message.js";

const FADING = 1100;
const NEAR = 90;
const MARGIN = 10;

export function makeLog(label, doing) {
  const live = { role: "log", "aria-live": "polite", "aria-relevant": "additions" };
  const list = element("div", { class: "log", ...live, tabindex: "0", label });
  const typing = element("p", { class: "typing", hidden: true, "aria-hidden": "true" });
  typing.append(element("i"), element("i"), element("i"));
  const end = element("div", { class: "end" }, typing);
  list.append(end);
  let whose = 0;
  let parked = 0;
  let shown = new Map();

  function show(account, page) {
    const fresh = account.id !== whose;
    const low = fresh || list.scrollTop === parked || list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    if (fresh) {
      for (const { node } of shown.values()) node.remove();
      for (const node of list.querySelectorAll(".gone")) node.remove();
      shown = new Map();
      whose = account.id;
    }
    let changed = null;
    const left = new Set(account.messages.map((message) => message.id));
    for (const [id, { node }] of shown) {
      if (left.has(id)) continue;
      shown.delete(id);
      vanish(node, list);
      changed = end;
    }
    for (const message of account.messages) {
      const version = [message.version, account.name, page].join("|");
      const old = shown.get(message.id);
      if (old?.version === version) {
        expire(old.node, message.goes);
        continue;
      }
      const node = old?.node ?? element("article", { class: message.mine ? "message mine" : "message", tabindex: "-1" });
      const held = node.contains(document.activeElement);
      node.replaceChildren(...draw(account, message, doing));
      expire(node, message.goes);
      if (held) node.focus({ preventScroll: true });
      if (!old) list.insertBefore(node, end);
      shown.set(message.id, { node, version });
      changed = node;
    }
    typing.hidden = !account.busy;
    if (low && (changed || account.busy)) park(changed ?? newest());
  }

  /** Down to the end, but not past the beginning of the newest. */
  function park(node) {
    list.scrollTop = list.scrollHeight;
    if (node) list.scrollTop = Math.min(list.scrollTop, node.offsetTop - MARGIN);
    parked = list.scrollTop;
  }

  /** It comes into sight: a hidden list could not be scrolled. */
  function arrive() {
    park(newest());
  }

  function newest() {
    return [...shown.values()].at(-1)?.node;
  }

  return { node: list, show, arrive };
}

/** Words that are taken away are seen to go; what held the keyboard's place gives it to the chat. */
function vanish(node, list) {
  if (node.contains(document.activeElement)) list.focus({ preventScroll: true });
  node.classList.add("gone");
  node.setAttribute("aria-hidden", "true");
  node.inert = true;
  node.querySelector(".meta")?.replaceChildren(element("span", { words: "deleted" }));
  setTimeout(() => node.remove(), FADING);
}
