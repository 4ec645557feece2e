import { get } from "./api.js";
import { badge, h, icon } from "./dom.js";
import { date, duration, maskedPhone, plain, time } from "./format.js";
import { outcomeLabel } from "./labels.js";
import { Player } from "./player.js";
import { bubble } from "./turns.js";

/** The record of one call: recording, words, the time of each stage. Has an address: #call=ID. */
export class Record {
  #box;
  #closed;
  #player = null;
  #callId = null;

  /** closed(callId) is called when the record is put away. */
  constructor(box, closed) {
    this.#box = box;
    this.#closed = closed;
  }

  get callId() {
    return this.#callId;
  }

  async open(callId, { play = false } = {}) {
    if (this.#callId === callId) {
      if (play) this.#player?.play();
      return;
    }
    this.#player?.stop();
    this.#callId = callId;
    history.replaceState(null, "", `#call=${encodeURIComponent(callId)}`);
    let call;
    try {
      call = await get(`/api/calls/${encodeURIComponent(callId)}`);
    } catch (problem) {
      return this.#sorry(problem);
    }
    if (this.#callId !== callId) return;
    this.#draw(call);
    if (play) this.#player?.play();
  }

  close() {
    if (this.#callId === null) return;
    const callId = this.#callId;
    this.#player?.stop();
    this.#callId = this.#player = null;
    this.#box.hidden = true;
    this.#box.replaceChildren();
    history.replaceState(null, "", location.pathname);
    this.#closed(callId);
  }

  #draw(call) {
    const talk = h("ol", { class: "talk", tabindex: "0", "aria-label": "Расшифровка" });
    this.#player = call.recorded ? new Player(call, (seconds) => this.#follow(talk, call.turns, seconds)) : null;
    const rows = call.turns.map((turn) => bubble(turn, { withTimings: true, extra: this.#seek(turn) }));
    talk.append(...(rows.length ? rows : [h("li", { class: "empty" }, "Никто не сказал ни слова.")]));
    const sound = this.#player?.box ?? h("p", { class: "muted none" }, "Разговор не записан. Прочтите расшифровку ниже.");
    this.#box.replaceChildren(this.#head(call), sound, talk);
    this.#box.hidden = false;
    this.#box.querySelector(".close").focus();
  }

  #sorry(problem) {
    const text = h("div", { class: "problem", role: "alert" }, h("p", {}, problem.message), h("p", {}, problem.detail));
    this.#box.replaceChildren(h("header", {}, h("h2", { id: "record-title" }, "Звонок"), this.#cross()), text);
    this.#box.hidden = false;
    this.#box.querySelector(".close").focus();
  }

  #cross() {
    const act = { onclick: () => this.close(), "aria-label": "Закрыть, Esc", title: "Закрыть (Esc)" };
    return h("button", { type: "button", class: "close", ...act }, icon("cross"));
  }

  #head(call) {
    const outcome = outcomeLabel(call.outcome, plain);
    const way = call.direction === "outbound" ? "Исходящий" : "Входящий";
    const about = [`${date(call.started_at)} ${time(call.started_at)}`, maskedPhone(call.phone_masked)];
    if (call.duration_s !== null) about.push(duration(call.duration_s));
    if (call.script_version !== null) about.push(`сценарий ${call.script}:${call.script_version}`);
    return h(
      "header",
      {},
      h("div", {},
        h("h2", { id: "record-title" }, `${way} звонок`),
        h("p", { class: "muted" }, about.join(" · ")),
        h("p", {}, badge(outcome), h("span", { class: "detail" }, [call.outcome?.patient, outcome.detail].filter(Boolean).join(", ")))),
      this.#cross(),
    );
  }

  #seek(turn) {
    if (!this.#player) return null;
    const player = this.#player;
    return h("button", { type: "button", class: "seek", onclick: () => player.seek(turn.offset_s), title: "Слушать отсюда" },
      icon("play"), duration(turn.offset_s));
  }

  /** Mark the words that are being heard. */
  #follow(talk, turns, seconds) {
    const heard = turns.findLast((turn) => turn.offset_s <= seconds + 0.05);
    for (const row of talk.children) {
      const now = heard !== undefined && row.dataset.number === String(heard.number);
      if (now && !row.classList.contains("now")) row.scrollIntoView({ block: "nearest" });
      row.classList.toggle("now", now);
    }
  }
}
