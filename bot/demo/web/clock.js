/** The demo's clock, going on between two states. */

let there = Date.now();
let here = performance.now();

export function set(iso) {
  there = Date.parse(iso);
  here = performance.now();
}

export function now() {
  return new Date(there + performance.now() - here);
}

/** How long until then, as minutes and seconds or hours and minutes and seconds. */
export function left(iso) {
  const seconds = Math.max(0, Math.round((Date.parse(iso) - now()) / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((one) => String(one).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return (hours ? [hours, ...parts] : parts).join(":");
}
