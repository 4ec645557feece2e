"""How the visit is paid for, and what is wanted with a sick-leave certificate."""

from __future__ import annotations

import re
from typing import Final

from dialogs.slots.mentions import Mention, Reading

_POLICY: Final = (
    (r"\bдмс\b|\bдобровольн\w+|\bстрахов\w+ компани\w+", "dms"),
    (r"\bомс\b|\bобязательн\w+ (?:медицинск\w+ )?страх\w+|\bбесплатн\w+|\bпо (?:обычному )?полису\b", "oms"),
    (r"\bплатн\w+|\bза деньги\b|\bза наличны\w+|\bза свой счет\b|\bза свои\b|\bкоммерческ\w+", "paid"),
)
_SICK_LEAVE: Final = (
    r"б[оа]льнич[нк]\w*|больничк\w*|бюллетен\w*|бюлетен\w*|листок нетрудоспособности|лист\w* нетрудоспособности|элн"
)
_ACTIONS: Final = (
    (r"ошиб\w+|неправильн\w+|неверн\w+|исправ\w+|дубликат\w*|потеря\w+|перепут\w+|не так\w+ фамили\w+|не то место|переоформ\w+",
     "other"),
    (r"(?:готов|закрыт|закрыли|открыт|открыли|пришел|виден|видно|отправ\w+|отправили|продлен|продлили|оформ(?:или|лен)) ли|"
     r"\bстатус\w*|не вид\w+|не приш\w+|провер\w+|что с (?:моим )?больничн\w+|когда (?:закро\w+|придет|будет готов)|готов\b|"
     r"не отобража\w+|передали|дошел|дошла|до какого",
     "status"),
    (r"продл\w+|продолж\w+|еще бол\w+|не выздоров\w+|протян\w+|удлин\w+", "extend"),
    (r"закр\w+|выпис(?:аться|ывают|ать с|ываться)|закончи\w+|на работу|выздорове\w+|окончи\w+", "close"),
    (r"откр\w+|оформ\w+|взять|выписа\w+|выпиш\w+|нужен|нужна|получ\w+|сделать|дать|дайте|дадут|дают|завести|требуется|хочу|беру",
     "open"),
)  # fmt: skip


def find_policy_kind(text: str) -> str | None:
    """Return oms, dms or paid as said; "не платно" says nothing."""
    for pattern, kind in _POLICY:
        for match in re.finditer(pattern, text):
            if not text[: match.start()].rstrip().endswith((" не", " без")) and text[: match.start()].strip() != "не":
                return kind
    return None


def find_sick_leave_action(text: str, reading: Reading) -> str | None:
    """Return what is wanted with a certificate, None when none is spoken of."""
    if not re.search(_SICK_LEAVE, text) and reading.state != "ask_sick_number":
        return None
    for pattern, action in _ACTIONS:
        if re.search(pattern, text):
            return action
    return None


def spans_of(reading: Reading, pattern: str) -> list[Mention]:
    """Return the tokens that match a pattern, for the count of what an answer leaves unexplained."""
    return [
        Mention(start=index, end=index + 1, value=token.text)
        for index, token in enumerate(reading.tokens)
        if re.search(pattern, token.text)
    ]


POLICY_WORDS: Final = (
    r"^(?:омс|дмс|полис\w*|платн\w+|бесплатн\w+|обязательн\w+|добровольн\w+|страх\w+|деньги|наличн\w+)$"
)
