import { post } from "./api.js";
import { badge, empty, h, icon } from "./dom.js";
import { plain } from "./format.js";
import { outcomeLabel, slotName, slotValue } from "./labels.js";
import { bubble, chips, showTurns, timings } from "./turns.js";
import { VoiceCall } from "./voice.js";

const KEYS = [..."123456789*0#"];

/** Talking to the bot as a patient would: typed, or through the microphone. */
export class Patient {
  #live;
  #chat = null;
  #voice = null;
  #busy = false;
  #microphone = false;
  #slots = {};
  #talk = h("ol", { class: "talk", tabindex: "0", "aria-label": "Разговор с ботом", "aria-live": "polite" });
  #known = h("p", { class: "known", hidden: true });
  #caller = h("input", { type: "tel", id: "caller", placeholder: "+7 (912) 345-67-89", autocomplete: "off", maxlength: "20" });
  #text = h("input", { type: "text", id: "say", placeholder: "Например: к лору на завтра", autocomplete: "off", maxlength: "500", "aria-label": "Что сказать боту" });
  #send = h("button", { type: "submit", class: "primary", title: "Сказать (Enter)", "aria-label": "Сказать" }, icon("send"));
  #mic = h("button", { type: "button", class: "mic", onclick: () => this.#speak() }, icon("mic"), "Говорить голосом");
  #hang = h("button", { type: "button", class: "hang", hidden: true, onclick: () => this.#act({ hangup: true }) }, icon("hang"), "Положить трубку");
  #silent = h("button", { type: "button", hidden: true, onclick: () => this.#act({ silence: true }) }, "Промолчать");
  #keypad = h("div", { class: "keypad", hidden: true, role: "group", "aria-label": "Клавиши телефона" },
    KEYS.map((key) => h("button", { type: "button", onclick: () => this.#act({ dtmf: key }) }, key)));
  #state = h("p", { class: "voice-state", role: "status", hidden: true });

  /** live: the store of live calls, whose words a spoken call shows here too. */
  constructor(box, live) {
    this.#live = live;
    live.listeners.add((call, event) => this.#spoken(call, event));
    const form = h("form", { class: "say", onsubmit: (event) => this.#submit(event) }, this.#text, this.#send);
    const number = h("div", { class: "caller" }, h("label", { for: "caller" }, "Звоню с номера"), this.#caller);
    box.append(number, this.#talk, this.#known, this.#state, form, h("div", { class: "acts" }, this.#mic, this.#silent, this.#hang), this.#keypad);
    this.#welcome();
  }

  focus() {
    this.#text.focus();
  }

  allowMicrophone(allowed) {
    this.#microphone = allowed;
    this.#buttons();
  }

  #welcome() {
    this.#talk.replaceChildren(h("li", {}, empty("Проверьте бота сами", "Напишите первую фразу и нажмите Enter. Номер нужен, чтобы бот узнал пациента; можно оставить пустым.")));
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || this.#busy || this.#voice) return;
    this.#text.value = "";
    await this.#act({ say: text });
  }

  /** One turn of the typed conversation; the first one opens it. */
  async #act(body) {
    if (this.#voice) return this.#voice.act(body);
    if (this.#busy) return;
    await this.#trying(async () => {
      if (!this.#chat) await this.#open();
      const said = body.say ?? (body.dtmf ? `клавиша ${body.dtmf}` : body.silence ? "(молчит)" : "(кладёт трубку)");
      const mine = bubble({ speaker: "caller", text: said });
      this.#add(mine);
      const reply = await post(`/api/chats/${this.#chat}/turns`, body);
      if (reply.intent) mine.append(h("p", { class: "chips" }, chips({ speaker: "caller", intent: reply.intent, confidence: reply.confidence })));
      this.#show(reply);
    });
  }

  async #open() {
    const reply = await post("/api/chats", { caller: this.#caller.value.trim() });
    this.#chat = reply.id;
    this.#slots = {};
    this.#talk.replaceChildren();
    this.#known.hidden = true;
    this.#show({ ...reply, intent: null });
  }

  #show(reply) {
    const turn = { speaker: "bot", text: reply.bot.join(" "), state: reply.state };
    if (turn.text) {
      const row = bubble(turn);
      const spent = timings(reply.timings);
      if (spent) row.append(spent);
      this.#add(row);
    }
    this.#slots = { ...this.#slots, ...reply.slots };
    const known = Object.entries(this.#slots);
    this.#known.hidden = !known.length;
    this.#known.replaceChildren("Понято: ", ...known.map(([name, value]) => h("span", { class: "chip" }, `${slotName(name)}: ${plain(slotValue(value))}`)));
    if (reply.outcome) this.#finish(reply.outcome);
  }

  #finish(outcome) {
    const label = outcomeLabel(outcome, plain);
    this.#add(h("li", { class: "finish" }, "Итог: ", badge(label), h("span", { class: "detail" }, label.detail),
      h("p", { class: "muted" }, "Напишите фразу, чтобы начать новый разговор.")));
    this.#chat = null;
  }

  async #speak() {
    await this.#trying(async () => {
      this.#talk.replaceChildren();
      this.#known.hidden = true;
      this.#voice = new VoiceCall(this.#caller.value.trim(), {
        state: (text) => this.#say(text),
        ended: (problem) => this.#hungUp(problem),
      });
      await this.#voice.start();
    });
  }

  #spoken(call, event) {
    if (!this.#voice || call.id !== this.#voice.callId) return;
    showTurns(this.#talk, call.turns, call.words, { withTimings: true });
    if (event.type === "call_ended") this.#finish(event.outcome);
    this.#talk.scrollTop = this.#talk.scrollHeight;
  }

  #say(text) {
    this.#state.textContent = text;
    this.#state.hidden = !text;
    this.#buttons();
  }

  #hungUp(problem) {
    this.#say("");
    this.#voice = null;
    this.#buttons();
    if (problem) this.#problem(problem);
  }

  async #trying(action) {
    this.#busy = true;
    this.#buttons();
    try {
      await action();
    } catch (problem) {
      this.#chat = problem.message === "Беседа закончена" ? null : this.#chat;
      this.#voice = null;
      this.#say("");
      this.#problem(problem);
    } finally {
      this.#busy = false;
      this.#buttons();
    }
  }

  #problem(problem) {
    this.#add(h("li", { class: "problem", role: "alert" }, h("p", {}, problem.message), h("p", {}, problem.detail ?? "")));
  }

  #add(row) {
    if (this.#talk.querySelector(".empty")) this.#talk.replaceChildren();
    this.#talk.append(row);
    this.#talk.scrollTop = this.#talk.scrollHeight;
  }

  #buttons() {
    const talking = this.#chat !== null || this.#voice !== null;
    this.#mic.hidden = talking || !this.#microphone;
    this.#hang.hidden = this.#keypad.hidden = !talking;
    this.#silent.hidden = this.#chat === null;
    this.#text.disabled = this.#voice !== null;
    this.#send.disabled = this.#busy || this.#voice !== null;
    this.#caller.disabled = talking;
    this.#text.placeholder = this.#voice ? "Говорите в микрофон" : "Например: к лору на завтра";
  }
}
