import { socketUrl } from "./api.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** The event stream: goes on after a break where it stopped, or says that the lists must be read anew. */
export class EventStream {
  #seen = null;
  #pause = FIRST_PAUSE_MS;
  #handlers;

  /** handlers: event(event), anew() when lists are stale, state(connected). */
  constructor(handlers) {
    this.#handlers = handlers;
    window.addEventListener("online", () => this.#hurry?.());
  }

  #hurry = null;

  connect() {
    const query = this.#seen === null ? "" : `?after=${this.#seen}`;
    const socket = new WebSocket(socketUrl(`/api/events${query}`));
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#again();
  }

  #receive(message) {
    if (message.type === "hello") {
      this.#pause = FIRST_PAUSE_MS;
      this.#seen = message.after;
      this.#handlers.state(true);
      if (!message.resumed) this.#handlers.anew();
      return;
    }
    this.#seen = message.number;
    this.#handlers.event(message.event);
  }

  #again() {
    this.#handlers.state(false);
    const timer = setTimeout(() => this.#hurry(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#hurry = () => {
      clearTimeout(timer);
      this.#hurry = null;
      this.connect();
    };
  }
}
