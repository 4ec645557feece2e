import { get } from "./api.js";
import { badge, empty, h, icon } from "./dom.js";
import { date, duration, maskedPhone, moment, now, phone, plain, time, weekday } from "./format.js";
import { outcomeLabel } from "./labels.js";

const PAGE = 30;

/** Past calls, newest first; a row opens the transcript, its button plays the recording. */
export class PastCalls {
  #box;
  #count;
  #open;
  #revealed = new Map();
  #calls = [];
  #more = false;
  #current = null;

  /** open(call, {play}) shows a call's record. */
  constructor(box, count, open) {
    this.#box = box;
    this.#count = count;
    this.#open = open;
    box.addEventListener("keydown", (event) => this.#keys(event));
  }

  async load() {
    const limit = Math.min(200, Math.max(PAGE, this.#calls.length));
    const { calls, more } = await get(`/api/calls?limit=${limit}`);
    this.#calls = calls;
    this.#more = more;
    this.#draw();
  }

  focus() {
    this.#box.querySelector(".open")?.focus();
  }

  /** Mark the call whose record is open; null when none is. */
  mark(callId) {
    this.#current = callId;
    for (const row of this.#box.querySelectorAll("tr[data-call]"))
      row.classList.toggle("current", row.dataset.call === callId);
  }

  focusCall(callId) {
    this.#box.querySelector(`tr[data-call="${CSS.escape(callId)}"] .open`)?.focus();
  }

  async #older() {
    const before = encodeURIComponent(this.#calls.at(-1).started_at);
    const { calls, more } = await get(`/api/calls?limit=${PAGE}&before=${before}`);
    const focusAt = this.#calls.length;
    this.#calls = [...this.#calls, ...calls];
    this.#more = more;
    this.#draw();
    if (calls.length) this.focusCall(this.#calls[focusAt].id);
  }

  #draw() {
    const focused = document.activeElement?.closest?.("tr[data-call]")?.dataset.call;
    this.#count.textContent = this.#calls.length ? `последние ${this.#calls.length}` : "";
    if (!this.#calls.length) {
      this.#box.replaceChildren(empty("Звонков ещё не было", "Позвоните боту: разговор, запись и итог появятся здесь."));
      return;
    }
    const head = ["", "Время", "Номер", "Итог", "Длился", "Запись"].map((text) => h("th", { scope: "col" }, text));
    const body = h("tbody", {}, this.#calls.flatMap((call, index) => [this.#day(call, this.#calls[index - 1]), this.#row(call)]).filter(Boolean));
    const older = this.#more ? h("button", { type: "button", class: "older", onclick: () => this.#older() }, "Показать раньше") : null;
    const kept = this.#box.scrollTop;
    this.#box.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, head)), body), ...(older ? [older] : []));
    this.#box.scrollTop = kept;
    this.mark(this.#current);
    if (focused) this.focusCall(focused);
  }

  /** A line with the date before the first call of each earlier day. */
  #day(call, previous) {
    const day = date(call.started_at);
    if (day === date(previous?.started_at ?? now())) return null;
    return h("tr", { class: "day" }, h("td", { colspan: "6" }, `${weekday(call.started_at)} ${day}`));
  }

  #row(call) {
    const [mark, word] = call.direction === "outbound" ? ["out", "исходящий"] : ["in", "входящий"];
    const outcome = outcomeLabel(call.outcome, plain);
    const play = (event) => {
      event.stopPropagation();
      this.#open(call, { play: true });
    };
    return h(
      "tr",
      { "data-call": call.id, onclick: () => this.#open(call, { play: false }) },
      h("td", { class: "direction" }, h("span", { title: word, role: "img", "aria-label": word }, icon(mark))),
      h("td", { title: `${date(call.started_at)} ${time(call.started_at)}` }, time(call.started_at)),
      h("td", {}, this.#number(call)),
      h("td", { class: "outcome" },
        h("button", { type: "button", class: "open", title: outcome.detail, "aria-label": `Расшифровка: ${outcome.word} ${outcome.detail}` },
          badge(outcome), h("span", { class: "detail" }, outcome.detail))),
      h("td", { class: "figure" }, call.duration_s === null ? "" : duration(call.duration_s)),
      h("td", {}, call.recorded
        ? h("button", { type: "button", class: "play", onclick: play, title: "Слушать запись", "aria-label": `Слушать запись звонка ${moment(call.started_at)}` }, icon("play"))
        : h("span", { class: "muted" }, "нет")),
    );
  }

  #number(call) {
    const shown = this.#revealed.get(call.id);
    if (!call.phone_masked) return h("span", { class: "muted" }, "номер скрыт");
    if (shown) return h("span", { class: "number" }, phone(shown));
    const reveal = async (event) => {
      event.stopPropagation();
      const cell = event.currentTarget.parentNode;
      this.#revealed.set(call.id, (await get(`/api/calls/${encodeURIComponent(call.id)}/phone`)).phone);
      cell.replaceChildren(this.#number(call));
      this.focusCall(call.id);
    };
    return h("button", { type: "button", class: "reveal number", onclick: reveal, title: "Показать номер полностью", "aria-label": `Показать номер, оканчивается на ${call.phone_masked.slice(-4)}` },
      maskedPhone(call.phone_masked), icon("eye"));
  }

  #keys(event) {
    const row = event.target.closest?.("tr[data-call]");
    if (!row) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (step) {
      event.preventDefault();
      const rows = [...this.#box.querySelectorAll("tr[data-call]")];
      rows[rows.indexOf(row) + step]?.querySelector(".open").focus();
    } else if (event.code === "Space" && event.target.classList.contains("open")) {
      event.preventDefault();
      row.querySelector(".play")?.click();
    }
  }
}
