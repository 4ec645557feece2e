import { empty, follow, h, icon } from "./dom.js";
import { duration, maskedPhone, now, plural } from "./format.js";
import { STATES } from "./labels.js";
import { addTurn, showTurns } from "./turns.js";

/** Live calls: what the server told at first, then event by event. */
export class LiveCalls {
  #calls = new Map();
  #ended = new Set();
  #chosen = null;
  #box;
  #count;
  #phone = "";
  #list = h("ul", { class: "lines", "aria-label": "Идущие звонки" });
  #talk = h("ol", { class: "talk", tabindex: "0", "aria-label": "Разговор", "aria-live": "off" });
  listeners = new Set();

  constructor(box, count) {
    this.#box = box;
    this.#count = count;
    setInterval(() => this.#tick(), 1000);
  }

  setPhone(address) {
    this.#phone = address;
    this.#draw();
  }

  /** Take the server's list; what events tell while it is on its way is newer and stays. */
  async load(fetchCalls) {
    const known = new Set(this.#calls.keys());
    const calls = await fetchCalls();
    const told = this.#calls;
    this.#calls = new Map();
    for (const call of calls.filter(({ id }) => !this.#ended.has(id))) {
      const { turns = [], words = "" } = told.get(call.id) ?? {};
      this.#calls.set(call.id, { ...call, words, turns: turns.reduce(addTurn, call.turns) });
    }
    for (const [id, call] of told) if (!known.has(id) && !this.#calls.has(id)) this.#calls.set(id, call);
    this.#draw();
  }

  get(callId) {
    return this.#calls.get(callId);
  }

  event(event) {
    if (event.type === "call_started") this.#start(event);
    const call = this.#calls.get(event.call_id);
    if (!call) return;
    if (event.type === "words_heard") call.words = event.text;
    if (event.type === "turn_taken") {
      call.turns = addTurn(call.turns, event);
      if (event.speaker === "caller") call.words = "";
    }
    if (event.type === "call_ended") this.#end(call);
    for (const listener of this.listeners) listener(call, event);
    this.#draw();
  }

  #start(event) {
    if (this.#calls.has(event.call_id)) return;
    const { call_id: id, direction, caller, at } = event;
    this.#calls.set(id, { id, direction, phone_masked: caller, started_at: at, turns: [], words: "" });
  }

  #end(call) {
    this.#ended.add(call.id);
    this.#calls.delete(call.id);
    if (this.#chosen === call.id) this.#chosen = null;
  }

  #current() {
    return this.#calls.get(this.#chosen) ?? [...this.#calls.values()].at(-1);
  }

  #draw() {
    this.#count.textContent = this.#calls.size ? plural(this.#calls.size, "звонок", "звонка", "звонков") : "";
    const current = this.#current();
    if (!current) {
      const how = this.#phone ? `Позвоните на ${this.#phone} или ` : "Позвоните боту или ";
      this.#box.replaceChildren(empty("Сейчас никто не звонит", `${how}попробуйте сами: «Говорить как пациент» справа.`));
      return;
    }
    if (!this.#list.isConnected) this.#box.replaceChildren(this.#list, this.#talk);
    this.#drawLines(current);
    if (this.#talk.dataset.call !== current.id) {
      this.#talk.dataset.call = current.id;
      this.#talk.replaceChildren();
    }
    follow(this.#talk, () => showTurns(this.#talk, current.turns, current.words));
  }

  /** The list is made anew only when it tells something new, so that nothing moves under a pointer or loses focus. */
  #drawLines(current) {
    const calls = [...this.#calls.values()];
    const told = JSON.stringify(calls.map((call) => [call.id, call === current, askedState(call)]));
    if (this.#list.dataset.told === told) return;
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.dataset.call : null;
    this.#list.dataset.told = told;
    this.#list.replaceChildren(...calls.map((call) => this.#line(call, call === current)));
    if (focused) this.#list.querySelector(`[data-call="${CSS.escape(focused)}"]`)?.focus();
  }

  #line(call, chosen) {
    const state = askedState(call);
    const choose = () => {
      this.#chosen = call.id;
      this.#draw();
    };
    const direction = call.direction === "outbound" ? ["out", "исходящий"] : ["in", "входящий"];
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "line", "data-call": call.id, "aria-pressed": String(chosen), onclick: choose },
        icon(direction[0]),
        h("span", {}, direction[1]),
        h("span", { class: "number" }, maskedPhone(call.phone_masked)),
        state ? h("span", { class: "chip state" }, STATES[state] ?? state) : null,
        h("time", { class: "since", "data-since": call.started_at }, this.#since(call.started_at)),
      ),
    );
  }

  #since(start) {
    return duration((now() - Date.parse(start)) / 1000);
  }

  #tick() {
    for (const clock of this.#list.querySelectorAll("[data-since]")) clock.textContent = this.#since(clock.dataset.since);
  }
}

const askedState = (call) => call.turns.findLast((turn) => turn.speaker === "bot")?.state;
