/** What the page asks of the demo behind it, always at its own address. */

export async function act(what, details = {}) {
  const answer = await post("do", { what, ...details });
  return answer.ok;
}

export async function search(words) {
  return (await post("search", { words })).json();
}

export async function get(path) {
  return (await fetch(path)).json();
}

/** Calls `changed` with every new state and `lost` when there is none to be had, until there is one again. */
export function watch(changed, lost) {
  const events = new EventSource("events");
  events.addEventListener("state", (event) => {
    lost(false);
    changed(JSON.parse(event.data));
  });
  events.addEventListener("error", () => lost(true));
}

function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
