/** The bar: time to move on, and what goes wrong in the world. */

import * as clock from "./clock.js";
import { element, icon } from "./dom.js";
import { act } from "./server.js";
import { moment, say } from "./words.js";

const HOUR = 3600;
const STEPS = { minutes_10: 600, hours_1: HOUR, hours_12: 12 * HOUR, days_1: 24 * HOUR, days_3: 72 * HOUR };

export function fillControls(bar) {
  const time = element("time", { class: "now" });
  const moved = element("span", { class: "moved" });
  const steps = Object.entries(STEPS).map(([words, seconds]) =>
    element("button", { type: "button", words, click: () => act("clock", { seconds }) }),
  );
  const telegram = element("button", {
    type: "button",
    role: "switch",
    class: "switch",
    "aria-checked": "false",
    words: "telegram_down",
  });
  telegram.addEventListener("click", () => act("telegram", { up: telegram.getAttribute("aria-checked") === "true" }));
  const kill = element("button", { type: "button", class: "kill", words: "kill", click: () => act("kill") });
  const status = element("p", { class: "state", role: "status" });
  bar.append(
    element("div", { class: "time" }, icon("clock"), element("span", { class: "unseen", words: "clock" }), time, moved),
    element("div", { class: "steps", role: "group", label: "forward" }, ...steps),
    element("div", { class: "trouble", role: "group", label: "trouble" }, telegram, kill),
    status,
  );

  function tick() {
    const now = moment(clock.now());
    if (time.textContent !== now) time.textContent = now;
  }

  function show(state) {
    moved.textContent = state.moved ? say("moved", { moved: span(state.moved) }) : "";
    telegram.setAttribute("aria-checked", String(!state.telegram));
    kill.disabled = state.bot !== "running";
    const counts = [say("kills", { count: state.kills }), say("waiting", { count: state.waiting })];
    const said = [say(`bot_${state.bot}`), ...counts].join(" · ");
    if (status.textContent !== said) status.textContent = said;
    Object.assign(status.dataset, { bot: state.bot, kills: state.kills });
    tick();
  }

  return { show, tick };
}

function span(seconds) {
  const days = Math.floor(seconds / (24 * HOUR));
  const hours = Math.floor(seconds / HOUR) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const parts = [[days, "d"], [hours, "h"], [minutes, "min"]].filter(([count]) => count);
  return parts.map(([count, unit]) => `${count} ${say(unit)}`).join(" ");
}
