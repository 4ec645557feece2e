const PIECE = 1024;

/** Microphone sound as PCM16 pieces, at the rate of the audio context; the server makes telephone sound of it. */
class Microphone extends AudioWorkletProcessor {
  #piece = new Int16Array(PIECE);
  #filled = 0;

  process([input]) {
    const samples = input[0];
    if (!samples) return true;
    for (const sample of samples) {
      this.#piece[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.#filled === PIECE) this.#pass();
    }
    return true;
  }

  #pass() {
    this.port.postMessage(this.#piece.buffer, [this.#piece.buffer]);
    this.#piece = new Int16Array(PIECE);
    this.#filled = 0;
  }
}

registerProcessor("microphone", Microphone);
