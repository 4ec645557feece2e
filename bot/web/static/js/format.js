/** Russian forms of dates, phones and counts; times are the clinic's, wherever the browser is. */

const clinic = { zone: "Europe/Moscow", ahead: 0 };

/** Takes the clinic's time zone and the server's clock, so that a wrong clock on the desk changes nothing. */
export function setClock(zone, serverNow) {
  clinic.zone = zone;
  clinic.ahead = Date.parse(serverNow) - Date.now();
}

export const now = () => new Date(Date.now() + clinic.ahead);

const part = (moment, options) =>
  new Intl.DateTimeFormat("ru-RU", { timeZone: clinic.zone, ...options }).format(new Date(moment));

export const date = (moment) => part(moment, { day: "2-digit", month: "2-digit", year: "numeric" });
export const time = (moment) => part(moment, { hour: "2-digit", minute: "2-digit" });
export const weekday = (moment) => part(moment, { weekday: "short" });

/** The time alone today, with the date before it on other days. */
export const moment = (at) => (date(at) === date(now()) ? time(at) : `${date(at)} ${time(at)}`);

/** 2026-11-24T10:20 or 2026-11-24 without a zone, as the bot writes visits, into 24.11.2026 10:20. */
export function plain(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d))?/.exec(text);
  if (!found) return text;
  const [, year, month, day, hour] = found;
  return `${day}.${month}.${year}${hour ? ` ${hour}` : ""}`;
}

export function phone(number) {
  const digits = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number ?? "");
  if (!digits) return number || "номер скрыт";
  return `+7 (${digits[1]}) ${digits[2]}-${digits[3]}-${digits[4]}`;
}

/** …6789 from the server into the shape of a phone with only its end shown. */
export function maskedPhone(mask) {
  const digits = /(\d\d)(\d\d)$/.exec(mask ?? "");
  return digits ? `+7 (•••) •••-${digits[1]}-${digits[2]}` : "номер скрыт";
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** plural(5, "запись", "записи", "записей") is "5 записей". */
export function plural(count, one, few, many) {
  const [last, lastTwo] = [count % 10, count % 100];
  if (last === 1 && lastTwo !== 11) return `${count} ${one}`;
  const isFew = last >= 2 && last <= 4 && (lastTwo < 12 || lastTwo > 14);
  return `${count} ${isFew ? few : many}`;
}

export function age(birthDate) {
  const [year, month, day] = birthDate.split("-").map(Number);
  const [today, thisMonth, thisYear] = date(now()).split(".").map(Number);
  const years = thisYear - year - (thisMonth < month || (thisMonth === month && today < day) ? 1 : 0);
  return plural(years, "год", "года", "лет");
}

export function milliseconds(value) {
  return value < 1000 ? `${Math.round(value)} мс` : `${(value / 1000).toFixed(1).replace(".", ",")} с`;
}
