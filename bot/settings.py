"""Settings: one TOML file plus environment, validated at start; the only reader of either."""

from __future__ import annotations

import os
import tomllib
from datetime import time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.desk_settings import Registrar
from bot.foreign_settings import CrmSettings
from bot.learning_settings import LearningSettings
from bot.nlu_settings import NluSettings
from bot.setting_faults import place, told
from bot.setting_section import Seconds, Section

DEFAULT_FILE = "registratura.toml"
FILE_VARIABLE = "REGISTRATURA_CONFIG"


class SettingsError(Exception):
    """The settings cannot be used; the text is Russian and names each faulty place."""


class ClinicSettings(Section):
    """Which clinic to load into an empty database, its time zone, and the number that patients may phone."""

    file: Path | None = None
    timezone: str = "Europe/Moscow"
    phone: str = Field(default="", max_length=40)
    hold_seconds: Seconds = 180

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("нет такого часового пояса, пример: Europe/Moscow") from error
        return value


class DatabaseSettings(Section):
    """SQL is the truth; empty means SQLite in the data folder."""

    url: str = ""


class RedisSettings(Section):
    """Shared short-lived state; empty means a Valkey that the service starts itself."""

    url: str = ""


class TrunkSettings(Section):
    """The operator's line, for `registratura asterisk-config`."""

    host: str = ""
    port: int = 5060
    domain: str = ""
    username: str = ""
    password: str = ""
    number: str = "registry"


class AsteriskSettings(Section):
    """Where Asterisk is and how the clinic's lines and people are dialled; without `ari_url` the sandbox is meant."""

    ari_url: str = ""
    ari_user: str = "bot"
    ari_password: str = ""
    app: str = "bot"
    media_address: str = "127.0.0.1"
    recordings: Path = Path("/var/spool/asterisk/monitor")
    dial: str = "PJSIP/{number}@trunk"
    phones: str = "PJSIP/{endpoint}"
    caller_id: str = ""
    minimum_version: int = 20


class SpeechSettings(Section):
    """Recogniser and voices. `auto` prefers Vosk when a Russian model is present, else Whisper."""

    recognizer: Literal["auto", "vosk", "whisper"] = "auto"
    vosk_model: Path | None = None
    whisper_model: Path | None = None
    workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=2, ge=1, le=16)
    deadline_ms: int = Field(default=2500, ge=200, le=10000)
    voice: str = "Irina"
    rate: float = Field(default=1.15, ge=0.5, le=2.0)
    pitch: float = Field(default=1.0, ge=0.5, le=2.0)


class HandoverSettings(Section):
    """How a caller reaches a person."""

    ring_seconds: Seconds = 20
    accept_seconds: Seconds = 15
    rounds: int = Field(default=1, ge=1, le=5)
    accept_key: str = "1"
    decline_key: str = "2"


class CallSettings(Section):
    """Limits of one call."""

    max_minutes: float = Field(default=20, gt=0, le=240)
    silence_ms: int = Field(default=6000, ge=1000, le=30000)
    duck_gain: float = Field(default=0.25, ge=0.0, le=1.0)


class OutboundSettings(Section):
    """When and how often the bot phones people (calling-rules.md C.2)."""

    enabled: bool = True
    opens: time = time(9, 0)
    closes: time = time(20, 0)
    saturday_opens: time = time(10, 0)
    saturday_closes: time = time(18, 0)
    lines: int = Field(default=2, ge=1, le=200)
    ring_seconds: Seconds = 30
    max_attempts: int = Field(default=3, ge=1, le=10)
    retry_busy_minutes: float = Field(default=10, gt=0)
    retry_no_answer_minutes: float = Field(default=60, gt=0)
    poll_seconds: Seconds = 15


class PageSettings(Section):
    """The local page and API; loopback unless a reverse proxy with access control stands before it."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class ApiSettings(Section):
    """The public API for other programs; off until it is switched on. Behind a proxy with TLS, `https` is true."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)
    https: bool = False


class SmsSettings(Section):
    """An SMS gateway over HTTP; its fields as `bot.notify.settings.GatewaySettings` says."""

    url: str
    method: Literal["GET", "POST"] = "POST"
    body: Literal["form", "json", "query"] = "form"
    fields: dict[str, str] = Field(default={"phone": "{phone}", "text": "{text}"})
    headers: dict[str, str] = Field(default={})
    success_field: str = ""
    success_values: tuple[str, ...] = ()
    id_field: str = ""
    timeout_s: Seconds = 10
    report_secret: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{16,128})?$")
    report_id: str = "id"
    report_status: str = "status"
    report_delivered: tuple[str, ...] = ("delivered",)
    report_failed: tuple[str, ...] = ("failed", "undelivered", "expired", "rejected")
    report_answer: str = "OK"


class SmtpSettings(Section):
    """The clinic's mail server."""

    host: str
    sender: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""


class NotifySettings(Section):
    """Messages to patients and staff; without gateways they go to a file of the data folder."""

    enabled: bool = True
    public_url: str = ""
    link_secret: str = ""
    payment: Literal["local", "desk"] = "desk"
    offer_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    quiet_from: time = time(21, 0)
    quiet_to: time = time(9, 0)
    without: frozenset[str] = frozenset()
    templates: Path | None = None
    sms: SmsSettings | None = None
    mail: SmtpSettings | None = None


class Settings(BaseSettings):
    """Everything that a clinic's engineer can set."""

    model_config = SettingsConfigDict(
        env_prefix="REGISTRATURA__", env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    data: Path = Path("var")
    clinic: ClinicSettings = ClinicSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunk: TrunkSettings = TrunkSettings()
    registrars: tuple[Registrar, ...] = ()
    speech: SpeechSettings = SpeechSettings()
    nlu: NluSettings = NluSettings()
    learning: LearningSettings = LearningSettings()
    handover: HandoverSettings = HandoverSettings()
    call: CallSettings = CallSettings()
    outbound: OutboundSettings = OutboundSettings()
    page: PageSettings = PageSettings()
    api: ApiSettings = ApiSettings()
    notify: NotifySettings = NotifySettings()
    crm: CrmSettings = CrmSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in wins, then the environment, then the file."""
        file = os.environ.get(FILE_VARIABLE, DEFAULT_FILE)
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database.url or f"sqlite+aiosqlite:///{(self.data / 'registratura.sqlite').resolve()}"

    @property
    def sandbox(self) -> Path:
        """The folder of the loopback Asterisk of this checkout."""
        return (self.data / "sandbox").resolve()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.timezone)


def cache_folder() -> Path:
    """The per-user cache of what is heavy and never changes: Asterisk root, models."""
    if named := os.environ.get("REGISTRATURA_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "registratura"


def nlu_cache() -> Path:
    """Where trained engines are kept."""
    folder = cache_folder() / "nlu"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def asterisk_root() -> Path | None:
    """The newest Asterisk root in the cache, None before scripts/build_asterisk.sh has run."""
    built = cache_folder().glob("asterisk-root-*/asterisk-version")
    newest = max(built, key=lambda file: file.stat().st_mtime, default=None)
    return newest.parent if newest else None


def load_settings(file: Path | None = None, **overrides: object) -> Settings:
    """Read the file and the environment. Raises SettingsError that names each faulty place."""
    name = file or Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))
    if (file or FILE_VARIABLE in os.environ) and not name.is_file():
        raise SettingsError(f"Файл настроек {name} не найден. Проверьте путь или переменную {FILE_VARIABLE}.")
    named_before = os.environ.get(FILE_VARIABLE)
    os.environ[FILE_VARIABLE] = str(name)
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"Файл настроек {name} не читается как TOML: {error}") from error
    except ValidationError as error:
        faults = "\n".join(f"  {place(fault['loc'])}: {told(fault)}" for fault in error.errors())  # type: ignore[arg-type]
        raise SettingsError(f"Настройки ({name} и переменные REGISTRATURA__…) содержат ошибки:\n{faults}") from error
    finally:
        if named_before is None:
            del os.environ[FILE_VARIABLE]
        else:
            os.environ[FILE_VARIABLE] = named_before
