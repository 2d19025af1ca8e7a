/** What stands on the disk at this moment, and that the words just typed do not. */

import { element } from "./dom.js";
import { get, search } from "./server.js";
import { number, say, tongue } from "./words.js";

const OPEN = new Set(["cases", "entries", "chats"]);
const SOON = 250;
const SHORTEST = 5;
const MOST = 3;

export function makeDisk() {
  const found = element("ul", { class: "found" });
  const files = element("ul", { class: "files" });
  const tables = element("div", { class: "tables" });
  const none = element("p", { class: "none" });
  const field = element("input", { type: "search", id: "sought", autocomplete: "off" });
  const answer = element("p", { class: "answer", role: "status" });
  const form = element(
    "form",
    { class: "search", role: "search" },
    element("label", { for: "sought", words: "search_label" }),
    element("div", {}, field, element("button", { type: "submit", words: "search" })),
    answer,
  );
  const node = element(
    "section",
    { class: "column disk", id: "disk", "aria-labelledby": "disk-title" },
    element("h2", { id: "disk-title", words: "disk" }),
    element("p", { class: "about", words: "disk_is" }),
    element(
      "div",
      { class: "shelf", tabindex: "0", role: "group", "aria-labelledby": "disk-title" },
      element("h3", { words: "typed" }),
      found,
      form,
      element("h3", { words: "files" }),
      files,
      element("h3", { words: "tables" }),
      element("p", { class: "about", words: "tables_are" }),
      tables,
      none,
    ),
  );
  const typed = new Map();
  const drawn = new Map();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field.value.trim()) answer.replaceChildren(...(await verdict(field.value.trim())));
  });

  function told(account, words) {
    if (!words.startsWith("/")) typed.set(account.id, { name: account.name, words: words.trim() });
  }

  let due = false;
  let reading = false;

  /** Reads the disk a moment from now, once for all that changes until then, and only while it is looked at. */
  async function arrive() {
    due = true;
    if (reading) return;
    reading = true;
    while (due) {
      await new Promise((resume) => setTimeout(resume, SOON));
      due = false;
      if (node.offsetParent !== null) await read().catch(() => {});
    }
    reading = false;
  }

  async function read() {
    const disk = await get("disk");
    files.replaceChildren(...disk.files.map(file));
    showTables(disk.tables);
    const lines = await Promise.all([...typed.values()].map(async (one) => line(one, await verdict(one.words))));
    if (lines.length) found.replaceChildren(...lines);
    else found.replaceChildren(element("li", { words: "nothing_typed" }));
  }

  function showTables(all) {
    const filled = all.filter((one) => one.rows > 0);
    const names = all.filter((one) => one.rows === 0).map((one) => one.name);
    none.textContent = say("empty_tables", { names: names.join(", ") });
    none.hidden = filled.length === all.length;
    for (const one of all) {
      const old = drawn.get(one.name);
      const state = JSON.stringify([one, say("rows")]);
      if (old?.state === state) continue;
      const details = old?.details ?? element("details", { open: OPEN.has(one.name) });
      draw(details, one, old?.rows ?? new Set());
      drawn.set(one.name, { details, state, rows: new Set(one.shown.map(String)) });
    }
    const first = (one) => (OPEN.has(one.name) ? 0 : 1);
    const wanted = filled.sort((one, other) => first(one) - first(other)).map((one) => drawn.get(one.name).details);
    if (wanted.length !== tables.children.length || wanted.some((one, at) => tables.children[at] !== one)) {
      tables.replaceChildren(...wanted);
    }
  }

  return { node, told, arrive };
}

function file({ name, bytes }) {
  return element("li", {}, element("code", {}, name), ` ${number(bytes)} ${say("bytes")}`);
}

function draw(details, table, known) {
  const summary = details.querySelector("summary") ?? element("summary");
  const about = say(`table_${table.name}`);
  summary.replaceChildren(
    element("code", {}, table.name),
    ` ${say("rows", { count: number(table.rows) })}`,
    about ? element("span", { class: "what" }, about) : "",
  );
  const rows = table.shown.slice(0, MOST).map((row) => record(table.columns, row, known.size && !known.has(String(row))));
  details.replaceChildren(summary, ...rows);
}

function record(columns, row, fresh) {
  const pairs = columns.flatMap((name, at) => [element("dt", {}, name), element("dd", {}, String(row[at] ?? "–"))]);
  return element("dl", { class: fresh ? "fresh" : undefined, lang: "en" }, ...pairs);
}

function line({ name, words }, said) {
  return element("li", {}, `${name}: `, element("q", { lang: tongue(words) }, words), " ", ...said);
}

async function verdict(words) {
  if (new TextEncoder().encode(words).length < SHORTEST) return [element("span", {}, say("too_short"))];
  const { found, bytes, files } = await search(words);
  return [
    element("strong", { class: found ? "bad" : "good" }, say("found", { count: number(found) })),
    ` ${say("searched", { bytes: number(bytes), files: number(files) })}`,
  ];
}
