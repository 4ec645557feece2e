import { Problem, get, socketUrl } from "./api.js";

const PHONE_RATE = 8000;
const DENIED = new Problem("Микрофон не разрешён", "Нажмите на значок микрофона в адресной строке и разрешите его этой странице.");
const ABSENT = new Problem("Микрофон не найден", "Подключите гарнитуру или напишите фразу текстом.");

/** A call to the bot through the page: microphone out, the bot's voice in. */
export class VoiceCall {
  callId = null;
  #caller;
  #handlers;
  #socket = null;
  #stream = null;
  #microphone = null;
  #speaker = null;
  #player = null;
  #over = false;

  /** handlers: state(text), ended(problem or null). */
  constructor(caller, handlers) {
    this.#caller = caller;
    this.#handlers = handlers;
  }

  async start() {
    this.#handlers.state("Включаем микрофон…");
    try {
      await this.#listen();
      await this.#connect();
    } catch (problem) {
      this.#release();
      throw problem;
    }
  }

  /** The same acts as in a typed conversation: a key, or hanging up. */
  act({ dtmf, hangup }) {
    if (dtmf) this.#tell({ type: "dtmf", digit: dtmf });
    if (hangup) this.#tell({ type: "hangup" });
  }

  async #listen() {
    const wishes = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: wishes });
    } catch (error) {
      throw error.name === "NotFoundError" ? ABSENT : DENIED;
    }
    this.#microphone = new AudioContext();
    this.#speaker = new AudioContext({ sampleRate: PHONE_RATE });
    await this.#microphone.audioWorklet.addModule("/static/js/worklet-microphone.js");
    await this.#speaker.audioWorklet.addModule("/static/js/worklet-speaker.js");
    this.#player = new AudioWorkletNode(this.#speaker, "speaker", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#player.connect(this.#speaker.destination);
  }

  async #connect() {
    this.#handlers.state("Соединяем…");
    const query = this.#caller ? `?caller=${encodeURIComponent(this.#caller)}` : "";
    this.#socket = new WebSocket(socketUrl(`/api/voice${query}`));
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => (typeof data === "string" ? this.#command(JSON.parse(data)) : this.#play(data));
    await new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      // a refused WebSocket has no body to read: the same address asked plainly says why
      this.#socket.onclose = () => get(`/api/voice${query}`).then(() => reject(DENIED), reject);
    });
    this.#socket.onclose = () => this.#end(null);
    this.#tell({ type: "start", rate: this.#microphone.sampleRate });
    this.#send();
  }

  #send() {
    const source = this.#microphone.createMediaStreamSource(this.#stream);
    const taker = new AudioWorkletNode(this.#microphone, "microphone", { numberOfOutputs: 0 });
    taker.port.onmessage = ({ data }) => {
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
    };
    source.connect(taker);
  }

  #command(message) {
    if (message.type === "call") this.callId = message.call_id;
    if (message.type === "answered") this.#handlers.state("Говорите: бот слушает");
    if (message.type === "hold") this.#handlers.state(message.on ? "Вас соединяют с регистратором, подождите" : "Говорите: бот слушает");
    if (message.type === "flush") this.#player.port.postMessage("flush");
  }

  #play(sound) {
    this.#player.port.postMessage(sound, [sound]);
  }

  #tell(values) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(values));
  }

  #end(problem) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#handlers.ended(problem);
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#microphone?.close();
    // the last words may still be playing
    if (this.#speaker) setTimeout(() => this.#speaker.close(), 1000);
  }
}
