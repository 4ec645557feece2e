"""The clinic's phones in the settings file: registrars, and doctors who may be asked to the phone."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from bot.setting_section import Section


class Registrar(Section):
    """A phone of the clinic's, in the order of ringing: extension 101 is the endpoint reg-101.

    With `doctor` or `specialty` it rings only for who asks for that doctor or needs that profession, and before the
    others; `branch` is the id of the branch it stands in; from `opens` to `closes` somebody is there.
    """

    name: str
    extension: str = Field(pattern=r"^[0-9A-Za-z]+$")
    password: str = ""
    doctor: str = ""
    specialty: str = ""
    branch: str = ""
    opens: time | None = None
    closes: time | None = None

    @property
    def endpoint(self) -> str:
        return f"reg-{self.extension}"
