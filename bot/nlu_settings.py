"""Settings of understanding, `[nlu]`: the engine of the whole clinic, and where a Rasa service answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bot.foreign_settings import Url
from bot.setting_section import Seconds, Section

NO_TOKEN = "задайте секрет службы Rasa, от 16 знаков: openssl rand -hex 24"


class NluSettings(Section):
    """Which engine ranks intents; what of Rasa is late or broken, the embedded engine answers (docs/how-to/rasa.md)."""

    engine: Literal["embedded", "rasa"] = "embedded"
    rasa_url: Url = "http://127.0.0.1:5005"
    rasa_token: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{16,128})?$")
    rasa_timeout_ms: int = Field(default=300, ge=50, le=5000)
    rasa_failures: int = Field(default=3, ge=1, le=100)
    rasa_retry_s: Seconds = 10

    @model_validator(mode="after")
    def _token_for_rasa(self) -> NluSettings:
        if self.engine == "rasa" and not self.rasa_token:
            raise ValueError(f"rasa_token: {NO_TOKEN}")
        return self
