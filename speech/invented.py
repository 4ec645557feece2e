"""Gates against text that Whisper invents on noise, and the meaning of its log-probability."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

NO_SPEECH_LIMIT: Final = 0.6
"""Real telephone speech has median 0.07 and p95 0.35; silence, noise and tones 0.80-0.90."""

_SUBTITLES: Final = re.compile(
    r"\w+актор субтитров|корректор [а-я]\.|субтитры (?:сделал|делал|создавал|подогнал|предоставил|и перевод)|dimatorzok"
    r"|а\. ?семкин|а\. ?синецкая|а\. ?егорова|спасибо за просмотр|подписывайтесь на (?:мой |наш )?канал"
    r"|ставьте лайки?|amara\.org",
    re.IGNORECASE,
)
_ONLY_CAPTION: Final = re.compile(
    r"\W*(?:продолжение следует|до новых встреч|(?:\w+ )?музыка|аплодисменты|смех|тишина|стук|звонок)\W*", re.IGNORECASE
)
_WHOLE_SENTENCES: Final = re.compile(r".*[.!?…]", re.DOTALL)
_WORD: Final = re.compile(r"\w+")
_STUTTER: Final = re.compile(r"(\w{1,8}?)\1{9,}")

# Share of right words (1 - WER) by mean log-probability, 669 telephone utterances.
_LOG_PROBABILITY: Final = (-1.2, -1.05, -0.75, -0.5, -0.325, -0.125, 0.0)
_RIGHT_WORDS: Final = (0.0, 0.24, 0.53, 0.69, 0.77, 0.89, 0.95)
ACCEPT: Final = 0.74
"""Confidence of log-probability -0.4: above it, the text may be acted on."""
CONFIRM: Final = 0.38
"""Confidence of log-probability -0.9: above it the text is worth a question, below it ask again."""


def confidence(log_probability: float) -> float:
    """Mean token log-probability as the share of words that can be expected right, 0..1."""
    return float(np.interp(log_probability, _LOG_PROBABILITY, _RIGHT_WORDS))


def without_captions(text: str) -> str:
    """The text without sentences that stand in film subtitles and not in telephone speech."""
    if _ONLY_CAPTION.fullmatch(text) or (text.isupper() and len(text) > 8):
        return ""
    caption = _SUBTITLES.search(text)
    if caption is None:
        return text
    # they come last, so what stands in whole sentences before them was said
    before = _WHOLE_SENTENCES.match(text[: caption.start()])
    return before.group().strip() if before else ""


def loops(text: str) -> bool:
    """Whether the decoder got stuck on repeating itself (five digits alike in a row are still a phone number)."""
    words = [word.lower() for word in _WORD.findall(text)]
    for size in range(1, 7):
        allowed = 6 if size <= 2 else 3
        if _longest_run(words, size) > allowed:
            return True
    return bool(_STUTTER.search(text.lower()))


def _longest_run(words: list[str], size: int) -> int:
    """How many times a group of `size` words stands in a row, at most."""
    best = run = 0
    for at in range(size, len(words)):
        run = run + 1 if words[at] == words[at - size] else 0
        best = max(best, run)
    return best // size + 1
