/** The service's words in Russian, with the colour and the mark that go with each. */

const label = (tone, mark, word) => ({ tone, mark, word });

export const OUTCOMES = {
  booked: label("good", "ok", "Записан"),
  rescheduled: label("good", "move", "Перенесён"),
  confirmed: label("good", "ok", "Подтвердил"),
  cancelled: label("bad", "cross", "Приём отменён"),
  home_visit_created: label("wait", "home", "Вызов врача на дом"),
  sick_leave_request: label("wait", "sheet", "Больничный: заявка"),
  transferred: label("info", "person", "Передан человеку"),
  emergency: label("bad", "alert", "Экстренный: назван 103"),
  info_given: label("info", "info", "Справка дана"),
  no_slot_handled: label("wait", "clock", "Нет свободных окон"),
  not_found_handled: label("wait", "clock", "Запись не найдена"),
  wrong_person_handled: label("calm", "absent", "Не тот человек"),
  spam_ended: label("calm", "absent", "Спам, завершён"),
  ended_no_input: label("calm", "dots", "Молчание"),
  ended_by_caller: label("calm", "hang", "Пациент положил трубку"),
  busy: label("wait", "clock", "Занято"),
  no_answer: label("wait", "clock", "Не ответил"),
  talked: label("good", "ok", "Поговорили"),
  invitation_refused: label("info", "cross", "Отказался от приёма"),
  invitation_postponed: label("wait", "bell", "Просит перезвонить позже"),
  offer_declined: label("info", "cross", "Это время не подошло"),
  offer_later: label("wait", "clock", "Не сейчас, ждёт дальше"),
  visit_kept: label("good", "ok", "Запись остаётся"),
  denied: label("calm", "absent", "Звонить нельзя"),
  invalid_number: label("bad", "cross", "Неверный номер"),
  line_failed: label("bad", "alert", "Сбой линии"),
  failed: label("bad", "alert", "Сбой"),
};

export const REASONS = {
  caller_request: "по просьбе",
  complaint: "жалоба",
  not_understood: "бот не понял",
  no_input: "молчание",
  home_visit_status: "о вызове на дом",
  technical: "неполадка",
  emergency: "экстренный",
  not_found: "запись не найдена",
  reminder_later: "просили позже",
  results: "о результатах",
  sick_leave: "о больничном",
  waitlist: "лист ожидания",
  leave_waitlist: "больше не ждёт",
  offer_agreed: "согласен на время",
  reschedule: "просит перенести",
  cancel: "просит отменить",
  foreign_write: "не передано в другую систему",
  foreign_news: "сообщение другой системы",
  foreign_task: "звонок по просьбе другой системы",
  call_later: "просил позвонить позже",
  not_needed: "больше не нужно",
  recovered: "выздоровел",
  undo: "просит вернуть как было",
  other_doctor: "хочет к другому врачу",
  deceased: "пациент умер",
};

export const VISITS = {
  requested: label("wait", "clock", "заявка"),
  awaiting_approval: label("wait", "clock", "согласование"),
  awaiting_payment: label("pay", "ruble", "ждёт оплаты"),
  booked: label("wait", "clock", "ждёт"),
  confirmed: label("good", "ok", "подтверждён"),
  completed: label("calm", "ok", "завершён"),
  cancelled: label("bad", "cross", "отмена"),
  no_show: label("absent", "absent", "неявка"),
};

export const REQUESTS = {
  home_visit: label("wait", "home", "Врач на дом"),
  sick_leave: label("wait", "sheet", "Больничный"),
  callback: label("info", "call", "Перезвонить"),
};

export const REQUEST_STATUS = {
  new: label("wait", "clock", "новая"),
  in_work: label("info", "person", "в работе"),
  sent: label("good", "ok", "отправлена в Госуслуги"),
};

export const TASKS = {
  reminder: label("info", "bell", "Напоминание"),
  invitation: label("info", "bell", "Приглашение на приём"),
  waitlist_offer: label("info", "clock", "Освободилось время"),
  callback: label("wait", "call", "Перезвонить"),
};

export const TASK_STATUS = {
  pending: label("wait", "clock", "ждёт"),
  queued: label("info", "clock", "в очереди"),
  in_call: label("good", "call", "звоним"),
};

export const HEALTH = { ok: label("good", "ok", "в порядке"), degraded: label("wait", "alert", "с ограничением"), down: label("bad", "cross", "не работает") };
export const PARTS = { line: "Линия", database: "База", redis: "Очередь", recogniser: "Слух", voice: "Голос", understanding: "Понимание", foreign: "Другие системы" };

export const STATES = {
  open: "слушает просьбу", confirm: "подтверждение", reminder: "напоминание", ask_more: "что-то ещё",
  ask_specialty: "к какому врачу", ask_date: "дата", ask_time: "время", ask_name: "ФИО", ask_birth: "дата рождения",
  ask_phone: "телефон", ask_address: "адрес", ask_sick_number: "номер больничного", ask_symptoms: "симптомы",
  ask_details: "подробности", ask_entrance: "подъезд", ask_first_visit: "впервые ли", ask_policy: "полис",
  ask_red_flags: "опасные признаки", ask_slot_ok: "предложено время", ask_visit_kind: "дома или в клинике",
  ask_waitlist: "лист ожидания", ask_move: "перенос", ask_reason: "причина", ask_identity: "кто на линии",
  ask_who: "для кого", ask_choice: "уточнение", ask_branch: "филиал", ask_prepay: "предоплата", consent: "согласие",
};

export const INTENTS = {
  book_appointment: "запись", reschedule_appointment: "перенос", cancel_appointment: "отмена",
  confirm_visit: "подтверждение приёма", vaccination: "прививка", home_visit: "врач на дом", sick_leave: "больничный",
  prep_info: "подготовка", lab_hours: "часы лаборатории", clinic_hours: "часы клиники", clinic_address: "адрес клиники",
  price_insurance: "цены и полис", test_results: "результаты", documents: "документы", operator: "позвать человека",
  complaint: "жалоба", spam: "спам", emergency: "экстренный", affirm: "да", deny: "нет", repeat: "повторить",
  goodbye: "прощание", smalltalk: "вежливость", inform: "ответ на вопрос", out_of_scope: "не по теме",
  nlu_fallback: "не понято",
};

export const STAGES = {
  silence: "тишина", decode: "распознавание", wait: "ожидание", nlu: "понимание", dialog: "сценарий",
  crm: "картотека", tts: "озвучка", voice: "голос", pause: "пауза", total: "всего",
};

export const SLOTS = {
  specialty: "врач", doctor: "фамилия врача", service: "услуга", date: "дата", time: "время", date_from: "с даты",
  time_from: "со времени", policy_kind: "оплата", person_name: "ФИО", birth_date: "дата рождения", phone: "телефон",
  address: "адрес", entrance: "подъезд", symptoms: "жалобы", details: "подробно", reason: "причина", visit: "приём", at: "приём", sick_leave: "больничный",
  sick_leave_number: "номер больничного", sick_leave_action: "что нужно", first_visit: "впервые", number: "номер больничного", action: "что нужно", patient: "пациент", note: "заметка",
  doctor_name: "врач", to_doctor: "просит врача", temperature: "температура", urgent: "срочно", ends_on: "по дату", starts_on: "с даты", words: "сказал(а)",
};

const VALUES = {
  open: "открыть", close: "закрыть", extend: "продлить", status: "узнать состояние", other: "исправить",
  oms: "ОМС", dms: "ДМС", paid: "платно", yes: "да", no: "нет", true: "да", false: "нет",
};

export const RESULTS = { ...OUTCOMES, moved: OUTCOMES.rescheduled, wrong_person: OUTCOMES.wrong_person_handled,
  refused: OUTCOMES.invitation_refused, postponed: OUTCOMES.invitation_postponed };

export const slotName = (name) => SLOTS[name] ?? name;
export const slotValue = (value) => VALUES[value] ?? REASONS[value] ?? value;

/** The label of an outcome and, beside it, the detail that a registrar asks for first. */
export function outcomeLabel(outcome, plain) {
  if (!outcome) return { ...label("calm", "dots", "Без итога"), detail: "" };
  const known = RESULTS[outcome.outcome] ?? label("calm", "dots", `Итог: ${outcome.outcome}`);
  const about = outcome.specialty ?? outcome.service ?? "";
  const when = outcome.at ? plain(outcome.at) : "";
  const reason = outcome.reason ? REASONS[outcome.reason] ?? outcome.reason : "";
  const topics = (outcome.topics ?? []).map((topic) => INTENTS[topic] ?? topic).join(", ");
  return { ...known, detail: [about, when, reason, topics].filter(Boolean).join(", ") };
}
