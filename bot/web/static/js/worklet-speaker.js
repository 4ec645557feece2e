const AHEAD = 480; // 60 ms at 8 kHz: what a busy browser may be late by
const LONGEST = 8000 * 30;

/** Plays PCM16 pieces in order; "flush" silences it at once. */
class Speaker extends AudioWorkletProcessor {
  #queue = [];
  #offset = 0;
  #waiting = 0;
  #playing = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => (data === "flush" ? this.#flush() : this.#add(new Int16Array(data)));
  }

  process(inputs, [[output]]) {
    if (!this.#playing) return true;
    for (let index = 0; index < output.length; index++) output[index] = this.#next();
    return true;
  }

  #add(piece) {
    if (this.#waiting > LONGEST) return;
    this.#queue.push(piece);
    this.#waiting += piece.length;
    if (this.#waiting >= AHEAD) this.#playing = true;
  }

  #next() {
    const piece = this.#queue[0];
    if (!piece) {
      this.#playing = false;
      return 0;
    }
    const sample = piece[this.#offset++] / 32768;
    this.#waiting--;
    if (this.#offset === piece.length) {
      this.#queue.shift();
      this.#offset = 0;
    }
    return sample;
  }

  #flush() {
    this.#queue = [];
    this.#offset = this.#waiting = 0;
    this.#playing = false;
  }
}

registerProcessor("speaker", Speaker);
