/** The page's own wordings, in the language of now. */

let wordings = {};
let code = "en";

export async function speak(language) {
  const answer = await fetch(`texts/${language}`);
  wordings = await answer.json();
  code = language;
}

export function language() {
  return code;
}

/** The wording, its {gaps} filled. */
export function say(name, values = {}) {
  return (wordings[name] ?? "").replace(/\{(\w+)\}/g, (gap, key) => String(values[key] ?? gap));
}

/** Which of our languages a text is in, for whoever has it read aloud. */
export function tongue(text) {
  if (/[әғқңөұүһі]/i.test(text)) return "kk";
  if (/[\u0400-\u04ff]/.test(text)) return "ru";
  return /[a-z]/i.test(text) ? "en" : undefined;
}

export function number(value) {
  return value.toLocaleString(code === "en" ? "en" : "ru");
}

const FORM = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Almaty",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** Day and time there; figures alone, as not every browser can write a date in Kazakh. */
export function moment(iso) {
  const parts = Object.fromEntries(FORM.formatToParts(new Date(iso)).map((one) => [one.type, one.value]));
  return `${parts.day}.${parts.month}.${parts.year}, ${parts.hour}:${parts.minute}`;
}

export function hour(iso) {
  return moment(iso).slice(-5);
}
