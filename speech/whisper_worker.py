"""Whisper inside its process: PCM16 8 kHz in, text with its probabilities out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import soxr
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor

from speech import pcm
from speech.port import RATE
from speech.wire import Header
from speech.worker import Emit, run

_MODEL_RATE = 16000
_FRAMES_A_SECOND = 100
# Encoding 30 s takes five times as long as 10 s and is no more exact; a window tight on the speech breaks the model.
_WINDOWS = ((9.0, 1000), (14.0, 1500), (30.0, 3000))


def window_frames(seconds: float) -> int:
    """Mel frames to encode for audio of this length."""
    return next((frames for limit, frames in _WINDOWS if seconds <= limit), _WINDOWS[-1][1])


def token_cap(seconds: float) -> int:
    """A loose limit of new tokens: only loops reach it."""
    return min(200, 24 + int(12 * seconds))


def _seconds(sound: bytes) -> float:
    """What is decoded of it: at most 30 s."""
    return min(30.0, len(sound) / 2 / RATE)


class WhisperEngine:
    """One model, one utterance at a time."""

    def __init__(self, folder: Path, beam: int, threads: int) -> None:
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
        )
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = FeatureExtractor()
        self._beam = beam
        marks = ("<|startoftranscript|>", "<|ru|>", "<|transcribe|>", "<|notimestamps|>")
        self._start = [self._mark(mark) for mark in marks]
        self._previous = self._mark("<|startofprev|>")
        warm_up = pcm.tone(300, 500)
        self._decode(self._encode(warm_up), _seconds(warm_up), "")

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """One utterance: a word at half of the work, where a void one is left off, then the text."""
        encoded = self._encode(payload)
        if emit({"encoded": True}, b""):
            emit(self._decode(encoded, _seconds(payload), request.get("prompt", "")), b"")

    def _encode(self, sound: bytes) -> ctranslate2.StorageView:
        return self._model.encode(ctranslate2.StorageView.from_array(self._window(sound, _seconds(sound))))

    def _decode(self, encoded: ctranslate2.StorageView, seconds: float, prompt: str) -> Header:
        """Text, mean log-probability and no-speech probability."""
        ids = self._prompt(prompt)
        result = self._model.generate(
            encoded,
            [ids],
            beam_size=self._beam,
            max_length=len(ids) + token_cap(seconds),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=[-1],
        )[0]
        tokens = result.sequences_ids[0]
        # CTranslate2 averages over the tokens without the end mark
        mean = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return {
            "text": self._tokenizer.decode(tokens).strip(),
            "log_probability": mean,
            "no_speech": result.no_speech_prob,
        }

    def _window(self, sound: bytes, seconds: float) -> Any:
        samples = pcm.to_samples(sound)[: 30 * RATE].astype(np.float32) / 32768
        mel = self._features(soxr.resample(samples, RATE, _MODEL_RATE))
        frames = window_frames(seconds)
        mel = mel[:, :frames]
        return np.ascontiguousarray(np.pad(mel, ((0, 0), (0, frames - mel.shape[1])))[np.newaxis], dtype=np.float32)

    def _mark(self, mark: str) -> int:
        number = self._tokenizer.token_to_id(mark)
        if number is None:
            raise ValueError(f"модель не многоязычный Whisper: в словаре нет {mark}")
        return number

    def _prompt(self, words: str) -> list[int]:
        if not words:
            return self._start
        return [self._previous, *self._tokenizer.encode(" " + words, add_special_tokens=False).ids[-200:], *self._start]


if __name__ == "__main__":
    run(lambda: WhisperEngine(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
