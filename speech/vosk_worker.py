"""Vosk inside its process: several live recognisers, fed in pieces, with partials and a final text."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, Final

import vosk

from speech.babble import babble
from speech.port import RATE
from speech.wire import Header
from speech.worker import Emit, run

UNKNOWN: Final = "[unk]"
_PRACTICE_S: Final = 1.5


@dataclass(slots=True, kw_only=True)
class _Live:
    """One utterance: its recogniser, and its sound if a grammar may have to be undone."""

    recognizer: Any
    grammar: tuple[str, ...]
    sound: bytearray = field(default_factory=bytearray)
    partial: str = ""
    ended: bool = False
    """The engine saw an endpoint of its own in the last sound: then it ends nothing at `FinalResult`."""
    parts: list[dict[str, Any]] = field(default_factory=list)


class IdleRecognizers:
    """Recognisers between utterances, by grammar; after their final result they hold nothing of the last caller.

    Each keeps the part of the search graph that it has walked (some 30 MB): with it the next utterance costs a third
    to a seventh of the processor time. The one used last is taken first, the one unused longest goes when there are
    more than `limit`.
    """

    def __init__(self, limit: int = 6) -> None:
        self._limit = limit
        self._idle: list[tuple[tuple[str, ...], Any]] = []

    def take(self, grammar: tuple[str, ...]) -> Any | None:
        """The recogniser of this grammar that was used last, if one is idle."""
        for place in range(len(self._idle) - 1, -1, -1):
            if self._idle[place][0] == grammar:
                return self._idle.pop(place)[1]
        return None

    def give(self, grammar: tuple[str, ...], recognizer: Any) -> None:
        """Its utterance is over, its final result was taken."""
        self._idle.append((grammar, recognizer))
        del self._idle[: -self._limit]


class VoskEngine:
    """One model; `stream` in a request says which utterance it is about."""

    def __init__(self, folder: str) -> None:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(folder)
        self._live: dict[int, _Live] = {}
        self._idle = IdleRecognizers()
        # the first recogniser of a process is the slow one, and no caller should have it
        self._decode(babble(_PRACTICE_S))

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
                self._close(request["stream"])

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0

    def _recognizer(self, grammar: tuple[str, ...] = ()) -> Any:
        if recognizer := self._idle.take(grammar):
            return recognizer
        arguments = (json.dumps(grammar, ensure_ascii=False),) if grammar else ()
        recognizer = vosk.KaldiRecognizer(self._model, RATE, *arguments)
        recognizer.SetWords(True)
        return recognizer

    def _open(self, stream: int, grammar: list[str]) -> None:
        """`grammar` holds only words the model has; without `[unk]` it would force every sound into them."""
        use = (*grammar, UNKNOWN) if grammar and self._knows(UNKNOWN) else ()
        self._live[stream] = _Live(recognizer=self._recognizer(use), grammar=use)

    def _close(self, stream: int) -> None:
        if live := self._live.pop(stream, None):
            live.recognizer.FinalResult()
            if not live.ended:  # else it would go on with what it knows of this caller's voice
                self._idle.give(live.grammar, live.recognizer)

    def _push(self, stream: int, sound: bytes, emit: Emit) -> None:
        live = self._live.get(stream)
        if live is None or not sound:
            return
        if live.grammar:
            live.sound += sound
        live.ended = bool(live.recognizer.AcceptWaveform(sound))
        if live.ended:
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
        ended = recognizer.AcceptWaveform(sound)
        parts = [json.loads(recognizer.Result())] if ended else []
        parts.append(json.loads(recognizer.FinalResult()))
        if not ended:
            self._idle.give((), recognizer)
        return parts


def summary(parts: list[dict[str, Any]]) -> Header:
    """Text of all parts and the mean confidence of their words."""
    confidences = [word["conf"] for part in parts for word in part.get("result", ())]
    return {
        "text": " ".join(part["text"] for part in parts if part["text"]),
        "confidence": sum(confidences) / len(confidences) if confidences else 0.0,
    }


if __name__ == "__main__":
    run(lambda: VoskEngine(sys.argv[1]))
