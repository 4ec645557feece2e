"""Vosk inside its process: several live recognisers, fed in pieces, with partials and a final text."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, Final

import vosk

from speech import pcm
from speech.port import RATE
from speech.wire import Header
from speech.worker import Emit, run

UNKNOWN: Final = "[unk]"


@dataclass(slots=True, kw_only=True)
class _Live:
    """One utterance: its recogniser, and its sound if a grammar may have to be undone."""

    recognizer: Any
    grammar: bool
    sound: bytearray = field(default_factory=bytearray)
    partial: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)


class VoskEngine:
    """One model; `stream` in a request says which utterance it is about."""

    def __init__(self, folder: str) -> None:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(folder)
        self._live: dict[int, _Live] = {}
        # the first recogniser of a process is the slow one
        self._decode(pcm.tone(300, 300))

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """`vocabulary`, `open`, `push`, `settle`, `close`."""
        match request["op"]:
            case "vocabulary":
                emit({"missing": [word for word in request["words"] if not self._knows(word)]}, b"")
            case "open":
                self._open(request["stream"], request["grammar"])
            case "push":
                self._push(request["stream"], payload, emit)
            case "settle":
                self._push(request["stream"], payload, emit)
                emit({"stream": request["stream"], **self._settle(request["stream"])}, b"")
            case "close":
                self._live.pop(request["stream"], None)

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0

    def _recognizer(self, grammar: list[str] | None = None) -> Any:
        arguments = (json.dumps(grammar, ensure_ascii=False),) if grammar else ()
        recognizer = vosk.KaldiRecognizer(self._model, RATE, *arguments)
        recognizer.SetWords(True)
        return recognizer

    def _open(self, stream: int, grammar: list[str]) -> None:
        """`grammar` holds only words the model has; without `[unk]` it would force every sound into them."""
        use = grammar if grammar and self._knows(UNKNOWN) else None
        self._live[stream] = _Live(recognizer=self._recognizer([*use, UNKNOWN] if use else None), grammar=bool(use))

    def _push(self, stream: int, sound: bytes, emit: Emit) -> None:
        live = self._live.get(stream)
        if live is None or not sound:
            return
        if live.grammar:
            live.sound += sound
        if live.recognizer.AcceptWaveform(sound):
            # the engine's own endpoint is a hint only: the utterance goes on until `close`
            live.parts.append(json.loads(live.recognizer.Result()))
        # right after an endpoint of its own the engine gives no partial at all
        going_on = json.loads(live.recognizer.PartialResult()).get("partial", "")
        words = " ".join([*(part["text"] for part in live.parts), going_on])
        words = words.replace(UNKNOWN, "").strip()
        if words != live.partial:
            live.partial = words
            emit({"stream": stream, "partial": words}, b"")

    def _settle(self, stream: int) -> Header:
        """The text so far; what is pushed afterwards goes on from there."""
        live = self._live.get(stream)
        if live is None:
            return {"text": "", "confidence": 0.0}
        live.parts.append(json.loads(live.recognizer.FinalResult()))
        if any(UNKNOWN in part["text"] for part in live.parts):
            return summary(self._decode(bytes(live.sound)))
        return summary(live.parts)

    def _decode(self, sound: bytes) -> list[dict[str, Any]]:
        """The whole utterance again with all the words of the model: the caller left the grammar."""
        recognizer = self._recognizer()
        parts = [json.loads(recognizer.Result())] if recognizer.AcceptWaveform(sound) else []
        return [*parts, json.loads(recognizer.FinalResult())]


def summary(parts: list[dict[str, Any]]) -> Header:
    """Text of all parts and the mean confidence of their words."""
    confidences = [word["conf"] for part in parts for word in part.get("result", ())]
    return {
        "text": " ".join(part["text"] for part in parts if part["text"]),
        "confidence": sum(confidences) / len(confidences) if confidences else 0.0,
    }


if __name__ == "__main__":
    run(lambda: VoskEngine(sys.argv[1]))
