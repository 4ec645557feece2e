/** What went wrong, in words for the person at the page. */
export class Problem extends Error {
  constructor(title, detail) {
    super(title);
    this.detail = detail;
  }
}

const NO_CONNECTION = new Problem("Нет связи со службой", "Проверьте, что служба запущена, и повторите.");

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw NO_CONNECTION;
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(body.title ?? "Ошибка", body.detail ?? "Обновите страницу и повторите.");
  return body;
}

export const get = (path) => ask(path, { headers: { Accept: "application/json" } });

export const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Health answers 503 when a part is down, with the same body. */
export async function health() {
  try {
    return await (await fetch("/health")).json();
  } catch {
    return null;
  }
}

export function socketUrl(path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}
