import { Problem, get } from "./api.js";
import { setClock, now, time } from "./format.js";
import { runClock, watchHealth } from "./header.js";
import { LiveCalls } from "./live.js";
import { Todo, Visits } from "./desk.js";
import { PastCalls } from "./past.js";
import { Patient } from "./patient.js";
import { Record } from "./record.js";
import { EventStream } from "./stream.js";

const NOTICE_MS = 8000;
// what becomes overdue, a new day, and what was changed past the service
const DESK_EVERY_MS = 60_000;

const at = (id) => document.getElementById(id);

const live = new LiveCalls(at("live"), at("live-count"));
const visits = new Visits(at("visits"), at("visits-count"));
const todo = new Todo(at("todo"), at("todo-count"));
const patient = new Patient(at("patient"), live);
const past = new PastCalls(at("past"), at("past-count"), (call, how) => show(call.id, how));
const record = new Record(at("record"), (callId) => {
  past.mark(null);
  past.focusCall(callId);
});

const LISTS = {
  visits: () => visits.load(),
  requests: () => todo.loadRequests(),
  tasks: () => todo.loadTasks(),
  past: () => past.load(),
  live: () => live.load(async () => (await get("/api/live")).calls),
};

/** A list that could not be read keeps what it shows; the banner tells of the connection. */
const reload = (...names) => Promise.all(names.map((name) => LISTS[name]().catch((problem) => console.warn(name, problem.message))));

function show(callId, how) {
  past.mark(callId);
  return record.open(callId, how);
}

async function start() {
  const facts = await get("/api/page");
  setClock(facts.zone, facts.now);
  drawClock();
  at("clinic").textContent = facts.clinic;
  document.title = `${facts.clinic}: регистратура`;
  at("phone").textContent = facts.phone ? `Позвонить боту: ${facts.phone}` : "";
  live.setPhone(facts.phone);
  patient.allowMicrophone(facts.microphone && Boolean(navigator.mediaDevices));
}

function offline(lost) {
  const banner = at("offline");
  if (lost && banner.hidden) banner.textContent = `Нет связи со службой. На экране данные на ${time(now())}, соединяемся снова…`;
  banner.hidden = !lost;
  document.body.classList.toggle("stale", lost);
}

function keys(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.code === "F2") patient.focus();
  else if (event.code === "F4") past.focus();
  else if (event.code === "Escape") record.close();
  else return;
  event.preventDefault();
}

/** What a click could not do is told for a while. */
let noticeTimer;
function notice(problem) {
  at("notice").textContent = [problem.message, problem.detail].filter(Boolean).join(". ");
  at("notice").hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => (at("notice").hidden = true), NOTICE_MS);
}
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Problem)) return;
  event.preventDefault(); // told to the person: no fault of the page's
  notice(event.reason);
});

const drawClock = runClock(at("clock"));
const checkHealth = watchHealth(at("health"));

const stream = new EventStream({
  state: (connected) => {
    offline(!connected);
    checkHealth();
  },
  anew: () => start().then(() => reload("live", "visits", "requests", "tasks", "past")),
  event: (event) => {
    if (event.type === "desk_changed") return reload(event.what);
    live.event(event);
    if (event.type === "call_ended") reload("past");
  },
});

document.addEventListener("keydown", keys);
setInterval(() => at("offline").hidden && reload("visits", "requests", "tasks"), DESK_EVERY_MS);
stream.connect();
const asked = /^#call=(.+)$/.exec(location.hash);
if (asked) show(decodeURIComponent(asked[1]), {});
