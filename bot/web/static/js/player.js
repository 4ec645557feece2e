import { h } from "./dom.js";

const EARS = [
  ["both", "оба"],
  ["patient", "пациент"],
  ["bot", "бот"],
];

/** Plays a two-channel recording. Both sides are heard in both ears: a headset with one voice in each ear tires. */
export class Player {
  #audio;
  #gains = null;
  #context = null;
  #heard = "both";

  /** tick(seconds) is called while it plays. */
  constructor(call, tick) {
    this.#audio = h("audio", { controls: true, preload: "none", src: `/api/calls/${encodeURIComponent(call.id)}/recording` });
    this.#audio.addEventListener("timeupdate", () => tick(this.#audio.currentTime));
    this.#audio.addEventListener("play", () => this.#route());
    const trouble = h("p", { class: "problem", role: "alert", hidden: true }, "Запись не воспроизводится: файл удалён или повреждён.");
    this.#audio.addEventListener("error", () => (trouble.hidden = false));
    this.box = h("div", { class: "player" }, this.#audio, this.#ears(), trouble);
  }

  play() {
    this.#audio.play().catch(() => this.#audio.focus());
  }

  seek(seconds) {
    this.#audio.currentTime = seconds;
    this.play();
  }

  stop() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#context?.close();
    this.#context = null;
  }

  #ears() {
    const choose = (event) => {
      this.#heard = event.target.value;
      this.#balance();
    };
    const options = EARS.map(([value, word]) =>
      h("label", {}, h("input", { type: "radio", name: "ears", value, checked: value === "both", onchange: choose }), word),
    );
    return h("fieldset", { class: "ears" }, h("legend", {}, "Слышно:"), options);
  }

  /** left (patient) and right (bot) -> own gains -> one sound in both ears. */
  #route() {
    if (this.#context) return;
    this.#context = new AudioContext();
    const source = this.#context.createMediaElementSource(this.#audio);
    const splitter = this.#context.createChannelSplitter(2);
    const merger = this.#context.createGain();
    merger.channelCount = 1;
    merger.channelCountMode = "explicit";
    this.#gains = { patient: this.#context.createGain(), bot: this.#context.createGain() };
    source.connect(splitter);
    splitter.connect(this.#gains.patient, 0).connect(merger);
    splitter.connect(this.#gains.bot, 1).connect(merger);
    merger.connect(this.#context.destination);
    this.#balance();
  }

  #balance() {
    if (!this.#gains) return;
    for (const [side, node] of Object.entries(this.#gains)) node.gain.value = this.#heard === "both" || this.#heard === side ? 1 : 0;
  }
}
