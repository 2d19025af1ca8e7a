/** Puts the page together and passes each new state on. */

import * as clock from "./clock.js";
import { makeColumn } from "./column.js";
import { fillControls } from "./controls.js";
import { makeDisk } from "./disk.js";
import { element, sayAll, unfolding } from "./dom.js";
import { tick } from "./message.js";
import { act, get, watch } from "./server.js";
import { makeTabs } from "./tabs.js";
import { speak } from "./words.js";

const languages = await get("languages");
const at = (id) => document.getElementById(id);

/** Asked for in the address, else the browser's first that is ours. */
function wanted() {
  const asked = [location.hash.slice(1), ...navigator.languages.map((one) => one.slice(0, 2))];
  return asked.find((code) => languages.some((one) => one.code === code)) ?? "en";
}

let page = wanted();
await speak(page);
const tongue = at("tongue");
tongue.append(...languages.map((one) => element("option", { value: one.code, lang: one.code }, one.name)));

const disk = makeDisk();
const column = (role) => makeColumn(role, languages, disk.told);
const columns = { person: column("person"), coordinator: column("coordinator"), admin: column("admin"), disk };
at("chats").append(...Object.values(columns).map((one) => one.node));
const chats = [columns.person, columns.coordinator, columns.admin];
const tabs = makeTabs(at("tabs"), columns);
const controls = fillControls(at("controls"));
unfolding(at("unfold"), at("controls"));

let state = null;
const met = new Set();
function show() {
  if (state === null) return;
  for (const one of state.accounts) meet(one);
  for (const one of chats) one.show(state, page);
  document.body.classList.toggle("begun", state.accounts.some((one) => one.role === "person" && one.started));
  controls.show(state);
  tabs.show();
}
for (const one of chats) one.redrawn(show);

/** Whoever has not begun has a Telegram in the page's language, until told otherwise. */
function meet(account) {
  if (met.has(account.id)) return;
  met.add(account.id);
  if (!account.started && account.language !== page) act("speak", { account: account.id, language: page });
}

async function turn() {
  page = wanted();
  await speak(page);
  document.documentElement.lang = page;
  tongue.value = page;
  sayAll(document);
  show();
  disk.arrive();
}

tongue.addEventListener("change", () => (location.hash = tongue.value));
addEventListener("hashchange", turn);
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("chats").focus();
});
setInterval(() => {
  tick(document);
  controls.tick();
}, 1000);
await turn();
watch(
  (changed) => {
    state = changed;
    clock.set(state.now);
    show();
    disk.arrive();
  },
  (gone) => (at("lost").hidden = !gone),
);
