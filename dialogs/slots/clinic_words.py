"""How the visit is paid for, and what is wanted with a sick-leave certificate."""

from __future__ import annotations

import re
from typing import Final

from dialogs.slots.lexicon import first_said
from dialogs.slots.mentions import Mention, Reading

_FILE: Final = "answers.yml"
_SICK_LEAVE: Final = (
    r"б[оа]льнич[нк]\w*|больничк\w*|бюллетен\w*|бюлетен\w*|лист\w* нетрудоспособности|электронн\w+ лист\w+|элн"
)


def find_policy_kind(text: str) -> str | None:
    """Return oms, dms or paid as said; "не платно" says nothing."""
    for pattern, kind in first_said(_FILE, "policy_kind"):
        for match in pattern.finditer(text):
            if not text[: match.start()].rstrip().endswith((" не", " без")) and text[: match.start()].strip() != "не":
                return kind
    return None


def find_sick_leave_action(text: str, reading: Reading) -> str | None:
    """Return what is wanted with a certificate, None when none is spoken of."""
    if not re.search(_SICK_LEAVE, text) and reading.state != "ask_sick_number":
        return None
    return next((action for pattern, action in first_said(_FILE, "sick_leave_action") if pattern.search(text)), None)


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
