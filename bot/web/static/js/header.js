import { health } from "./api.js";
import { h, icon } from "./dom.js";
import { date, now, time, weekday } from "./format.js";
import { HEALTH, PARTS } from "./labels.js";

const HEALTH_EVERY_MS = 15_000;

/** The clinic's clock, by the server. */
export function runClock(box) {
  const draw = () => (box.textContent = `${weekday(now())} ${date(now())} ${time(now())}`);
  draw();
  setInterval(draw, 1000);
  return draw;
}

/** How each part of the service is; what is in order is short, what is not says why. */
export function watchHealth(list) {
  const draw = async () => {
    const body = await health();
    list.hidden = body === null;
    list.replaceChildren(...Object.entries(body?.parts ?? {}).map(([name, part]) => item(name, part)));
  };
  draw();
  setInterval(draw, HEALTH_EVERY_MS);
  return draw;
}

function item(name, part) {
  const { tone, mark, word } = HEALTH[part.state] ?? HEALTH.down;
  const text = part.state === "ok" ? PARTS[name] ?? name : `${PARTS[name] ?? name}: ${word}`;
  return h("li", { class: `badge ${tone}`, title: [word, part.detail].filter(Boolean).join(". "), tabindex: "0" }, icon(mark), text);
}
