"""Reading slots as of Monday 2026-11-23, the reference moment of the labels."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dialogs.port import Directory, DirectoryDoctor, NluContext
from dialogs.slots.extract import extract

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))
DOCTORS = (
    ("Смирнова Ольга Викторовна", "терапевт"),
    ("Шевченко Андрей Викторович", "невролог"),
    ("Ким Виктор Сергеевич", "кардиолог"),
    ("Магомедова Патимат Алиевна", "эндокринолог"),
    ("Гончар Лев Маркович", "уролог"),
)


@pytest.fixture(scope="session")
def slots() -> Callable[..., dict[str, str]]:
    """Return slots of a text; `known` gives the clinic's doctors and streets to the reader."""
    directory = Directory(
        doctors=tuple(DirectoryDoctor(full_name=name, specialty=specialty) for name, specialty in DOCTORS),
        streets=("Комсомольская", "проспект Победы", "Гагарина"),
    )

    def read(text: str, state: str = "open", *, known: bool = False) -> dict[str, str]:
        context = NluContext(state=state, now=NOW, directory=directory if known else Directory())
        return extract(text, context).slots

    return read
