import { h } from "./dom.js";
import { milliseconds, time } from "./format.js";
import { INTENTS, STAGES, STATES } from "./labels.js";

export const WHO = { bot: "Бот", caller: "Пациент", registrar: "Регистратор" };

export function chips(turn) {
  const found = [];
  if (turn.speaker === "bot" && turn.state) found.push(chip("state", STATES[turn.state] ?? turn.state, "Состояние"));
  if (turn.intent) {
    const sure = turn.confidence === null ? "" : ` ${Math.round(turn.confidence * 100)} %`;
    const doubtful = turn.confidence !== null && turn.confidence < 0.6;
    const name = INTENTS[turn.intent] ?? turn.intent;
    found.push(chip(doubtful ? "intent doubtful" : "intent", `${doubtful ? "? " : ""}${name}${sure}`, "Намерение"));
  }
  return found;
}

const chip = (kind, text, title) => h("span", { class: `chip ${kind}`, title }, text);

export function timings(values) {
  const stages = Object.entries(values ?? {});
  if (!stages.length) return null;
  const words = stages.map(([stage, ms]) => `${STAGES[stage] ?? stage} ${milliseconds(ms)}`);
  return h("p", { class: "timings" }, words.join(" · "));
}

/** One turn as a bubble: bot left, patient right. `extra` goes before the time (a button that seeks, for example). */
export function bubble(turn, { withTimings = false, extra = null } = {}) {
  const head = h("p", { class: "who" }, WHO[turn.speaker] ?? turn.speaker, turn.at ? ` ${time(turn.at)}` : "", extra);
  const text = h("p", { class: "words" }, turn.text || "…");
  const marks = chips(turn);
  return h(
    "li",
    { class: `turn ${turn.speaker}`, "data-number": turn.number },
    head,
    text,
    marks.length ? h("p", { class: "chips" }, marks) : null,
    withTimings ? timings(turn.timings) : null,
  );
}

/** Words that are still being spoken: grey, replaced as more is heard. */
function partial(text) {
  return h("li", { class: "turn caller partial" }, h("p", { class: "who" }, "Пациент говорит"), h("p", { class: "words" }, text));
}

/** Shows turns in a list, touching only what has changed: what is being read or selected stays. */
export function showTurns(list, turns, words, options) {
  const last = list.lastElementChild?.classList.contains("partial") ? list.lastElementChild : null;
  turns.forEach((turn, index) => {
    const shown = list.children[index];
    const mark = `${turn.number} ${turn.text} ${Object.keys(turn.timings ?? {})}`;
    if (shown?.dataset.mark === mark) return;
    const row = bubble(turn, options);
    row.dataset.mark = mark;
    if (shown && shown !== last) shown.replaceWith(row);
    else list.insertBefore(row, last);
  });
  while (list.children.length > turns.length + (last ? 1 : 0)) list.children[turns.length].remove();
  if (words && last) last.querySelector(".words").textContent = words;
  else if (words) list.append(partial(words));
  else last?.remove();
}

/** Puts a turn in its place by number; the same number again replaces the older one. */
export function addTurn(turns, turn) {
  const rest = turns.filter((item) => item.number !== turn.number);
  return [...rest, turn].sort((first, second) => first.number - second.number);
}
