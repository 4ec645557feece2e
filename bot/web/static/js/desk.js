import { get, post } from "./api.js";
import { badge, empty, h, icon } from "./dom.js";
import { age, moment, now, phone, plain, plural, time } from "./format.js";
import * as labels from "./labels.js";

const UNKNOWN = { tone: "calm", mark: "dots", word: "неизвестно" };

/** Today's visits; those that are over are paler, the next one is scrolled to. */
export class Visits {
  #box;
  #count;

  constructor(box, count) {
    this.#box = box;
    this.#count = count;
  }

  async load() {
    const { visits } = await get("/api/visits");
    this.#count.textContent = visits.length ? plural(visits.length, "приём", "приёма", "приёмов") : "";
    if (!visits.length) {
      this.#box.replaceChildren(empty("На сегодня приёмов нет", "Записанные ботом приёмы появятся здесь сами."));
      return;
    }
    const kept = this.#box.scrollTop;
    const first = !this.#box.querySelector(".visit");
    const rows = visits.map((visit) => this.#row(visit));
    this.#box.replaceChildren(h("ul", { class: "rows" }, rows));
    const next = rows.find((row) => !row.classList.contains("over"));
    this.#box.scrollTop = first && next ? next.offsetTop - rows[0].offsetTop : kept;
  }

  #row(visit) {
    const over = Date.parse(visit.ends_at) < now() ? " over" : "";
    const what = visit.service ?? [visit.specialty, visit.doctor && withInitials(visit.doctor)].filter(Boolean).join(", ");
    return h(
      "li",
      { class: `visit ${visit.status}${over}` },
      h("time", {}, time(visit.starts_at)),
      h("p", { class: "name" }, visit.patient.name, h("span", { class: "muted" }, `, ${age(visit.patient.birth_date)}`)),
      h("p", { class: "muted about" }, what),
      badge(labels.VISITS[visit.status] ?? UNKNOWN),
    );
  }
}

/** Requests and calls to be made, the overdue ones first. */
export class Todo {
  #box;
  #count;
  #requests = [];
  #tasks = [];

  constructor(box, count) {
    this.#box = box;
    this.#count = count;
  }

  async loadRequests() {
    this.#requests = (await get("/api/requests")).requests;
    this.#draw();
  }

  async loadTasks() {
    this.#tasks = (await get("/api/tasks")).tasks;
    this.#draw();
  }

  #draw() {
    const total = this.#requests.length + this.#tasks.length;
    this.#count.textContent = total ? plural(total, "дело", "дела", "дел") : "";
    if (!total) {
      this.#box.replaceChildren(
        empty("Всё сделано", "Вызов врача, больничный или перезвон появятся здесь, как только пациент попросит бота."),
      );
      return;
    }
    // people who wait for a call first, then what else the desk does, then what the bot does by itself
    const first = ({ kind }) => kind === "callback";
    const rows = [
      ...this.#tasks.filter(first).map((task) => this.#task(task)),
      ...this.#requests.filter(first).map((request) => this.#request(request)),
      ...this.#requests.filter((request) => !first(request)).map((request) => this.#request(request)),
      ...this.#tasks.filter((task) => !first(task)).map((task) => this.#task(task)),
    ];
    const kept = this.#box.scrollTop;
    this.#box.replaceChildren(h("ul", { class: "rows" }, rows));
    this.#box.scrollTop = kept;
  }

  #request(request) {
    const shown = [request.phone, request.patient?.name, request.patient?.birth_date];
    const told = Object.entries(request.fields).filter(([, value]) => !shown.includes(value));
    const fields = told.map(([name, value]) =>
      h("p", { class: "field" }, h("span", { class: "muted" }, `${labels.slotName(name)}: `), plain(labels.slotValue(value))),
    );
    return this.#row(labels.REQUESTS[request.kind] ?? UNKNOWN, labels.REQUEST_STATUS[request.status], request.created_at, [
      request.patient && h("p", { class: "name" }, request.patient.name, h("span", { class: "muted" }, `, ${age(request.patient.birth_date)}`)),
      request.phone && h("p", { class: "number" }, phone(request.phone)),
      ...fields,
      this.#done(request),
    ]);
  }

  /** Nothing opens a request again, so the first press only asks. */
  #done(request) {
    const button = h("button", { type: "button", onclick: () => act() }, "Сделано");
    const act = async () => {
      if (button.textContent === "Сделано") return (button.textContent = "Точно сделано?");
      button.disabled = true;
      try {
        await post(`/api/requests/${encodeURIComponent(request.id)}/done`, {});
      } finally {
        await this.loadRequests();
      }
    };
    return button;
  }

  #task(task) {
    const tried = task.attempts ? plural(task.attempts, "попытка", "попытки", "попыток") : "";
    const result = task.result ? (labels.RESULTS[task.result]?.word ?? task.result).toLowerCase() : "";
    const status = labels.TASK_STATUS[task.status];
    const late = task.status === "pending" && Date.parse(task.due_at) < now();
    return this.#row(labels.TASKS[task.kind] ?? UNKNOWN, late ? { tone: "bad", mark: "alert", word: "пора" } : status, task.due_at, [
      h("p", { class: "number" }, phone(task.phone)),
      task.note && h("p", { class: "muted" }, task.note),
      (tried || result) && h("p", { class: "muted" }, [tried, result].filter(Boolean).join(", ")),
    ]);
  }

  #row(kind, status, at, lines) {
    return h(
      "li",
      { class: "do" },
      h("span", { class: `mark ${kind.tone}` }, icon(kind.mark)),
      h("div", { class: "main" },
        h("p", { class: "kind" }, kind.word, h("time", { class: "muted" }, moment(at)), status ? badge(status) : null),
        lines),
    );
  }
}

function withInitials(fullName) {
  const [family, ...names] = fullName.split(" ");
  return [family, names.map((name) => `${name[0]}.`).join("\u00a0")].join(" ").trim();
}
