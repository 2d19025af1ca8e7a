/** Telegram's markup as nodes: what is on the list is made anew, of everything else only the words are kept. */

import { element } from "./dom.js";
import { language } from "./words.js";

const KEPT = {
  B: "b", STRONG: "b", I: "i", EM: "i", U: "u", INS: "u", S: "s", DEL: "s", STRIKE: "s",
  CODE: "code", PRE: "pre", BLOCKQUOTE: "blockquote",
};
const SCHEMES = new Set(["https:", "http:", "mailto:", "tel:"]);
const COMMAND = /(?<![\p{L}\p{N}/.])(\/[a-z_]{2,32})(?![\p{L}\p{N}_/])/u;

/** `command` is told which command of the text was pressed. */
export function markup(html, command) {
  const read = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  fragment.append(...copies(read.body, command));
  return fragment;
}

function copies(parent, command) {
  return [...parent.childNodes].flatMap((node) => copy(node, command));
}

function copy(node, command) {
  if (node.nodeType === Node.TEXT_NODE) return words(node.data, command);
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const inside = copies(node, command);
  if (node.tagName in KEPT) return [element(KEPT[node.tagName], {}, ...inside)];
  if (node.tagName === "A") return [link(node.getAttribute("href") ?? "", {}, inside)];
  if (node.tagName === "TG-SPOILER") return [spoiler(inside)];
  return inside;
}

/** A way out of the page, only ever taken by a press; what leads nowhere safe is words. */
export function link(address, attributes, inside) {
  const scheme = URL.canParse(address) ? new URL(address).protocol : "";
  if (!SCHEMES.has(scheme)) return element("span", attributes, ...inside);
  return element("a", { ...attributes, href: address, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

function words(text, command) {
  return text.split(COMMAND).map((piece, at) => (at % 2 === 0 ? piece : pressable(piece, command)));
}

function pressable(name, command) {
  return element("button", { type: "button", class: "command", click: () => command(name) }, name);
}

function spoiler(inside) {
  const show = () => {
    cover.replaceWith(...inside);
  };
  const cover = element("button", { type: "button", class: "spoiler", words: "spoiler", lang: language(), click: show });
  return cover;
}
