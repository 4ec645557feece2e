"""Asterisk's configuration as values, and its rendering: the sandbox and production share the same templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from telephony import hold_music

RUSSIAN: Final = "ru_RU_f_IvrvoiceRU"
"""The language name that Debian's Russian prompts install under; plain `ru` finds nothing."""

_DEFAULTED: Final = ("acl", "ccss", "features", "pjproject", "udptl", "websocket_client")
"""Parts of Asterisk that log an error when their file is missing, although their defaults are what we want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """A registrar's phone: with `contact` a fixed address, without it the phone registers with `password`."""

    extension: str
    name: str = "Регистратура"
    contact: str = ""
    password: str = ""

    @property
    def endpoint(self) -> str:
        return f"reg-{self.extension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """The city line. `anyone` takes calls from any address; otherwise only from `host`."""

    host: str
    port: int = 5060
    domain: str = ""
    username: str = ""
    password: str = ""
    number: str = "registry"
    anyone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where Asterisk keeps things; the defaults are those of Debian's package."""

    etc: Path = Path("/etc/asterisk")
    modules: Path = Path("/usr/lib/x86_64-linux-gnu/asterisk/modules")
    data: Path = Path("/usr/share/asterisk")
    var: Path = Path("/var/lib/asterisk")
    spool: Path = Path("/var/spool/asterisk")
    run: Path = Path("/var/run/asterisk")
    log: Path = Path("/var/log/asterisk")
    recordings: Path = Path("/var/spool/asterisk/monitor")

    @property
    def music(self) -> Path:
        """Hold music lies with the configuration: a clinic that wants its own replaces the file there."""
        return self.etc / "music"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskConfig:
    """One Asterisk of the clinic. `apps` are the workers' Stasis names, tried in rotated order."""

    trunk: Trunk
    registrars: Sequence[Registrar] = ()
    paths: Paths = field(default_factory=Paths)
    node: str = "registry"
    sip_address: str = "0.0.0.0"
    sip_port: int = 5060
    external_address: str = ""
    local_networks: Sequence[str] = ()
    http_address: str = "127.0.0.1"
    http_port: int = 8088
    rtp_start: int = 10000
    rtp_end: int = 13999
    ari_user: str = "bot"
    ari_password: str = field(repr=False)
    apps: Sequence[str] = ("bot",)
    language: str = RUSSIAN
    desk_seconds: int = 30
    apology: str = "vm-nobodyavail&vm-goodbye"
    checks: bool = False


def render(config: AsteriskConfig) -> dict[str, str]:
    """Every configuration file by name; ValueError where a value could break out of its line."""
    _check(config)
    environment = Environment(
        loader=PackageLoader("telephony.asterisk"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # these are not HTML; `_check` guards what goes in
    )
    values = {item.name: getattr(config, item.name) for item in fields(config)}
    rendered = {
        name.removesuffix(".j2"): environment.get_template(name).render(values)
        for name in environment.list_templates(extensions=["j2"])
    }
    return rendered | {f"{name}.conf": "; the defaults are right\n" for name in _DEFAULTED}


def write_configuration(config: AsteriskConfig) -> None:
    """Render into `config.paths.etc`, which is created if missing, with hold music beside it.

    Readable by the owner only, because of the passwords.
    """
    config.paths.etc.mkdir(parents=True, exist_ok=True)
    hold_music.ensure(config.paths.music)
    for name, text in render(config).items():
        target = config.paths.etc / name
        target.touch(mode=0o600)
        target.write_text(text, encoding="utf-8")


def _check(config: AsteriskConfig) -> None:
    if not config.apps:
        raise ValueError("apps: нужно хотя бы одно имя приложения Stasis")
    if not config.ari_password:
        raise ValueError("ari_password: пароль ARI пуст")
    people: list[tuple[str, Trunk | Registrar]] = [(f"registrars.{item.extension}", item) for item in config.registrars]
    for place, value in [("trunk", config.trunk), *people]:
        for name, text in asdict(value).items():
            if any(char in str(text) for char in "\n\r;[]"):
                raise ValueError(f"{place}.{name}: недопустимый знак в значении")
    for item in config.registrars:
        if not item.extension.isalnum():
            raise ValueError(f"registrars: внутренний номер «{item.extension}» должен состоять из цифр и букв")
        if not item.contact and not item.password:
            raise ValueError(f"registrars.{item.extension}: нужен пароль, иначе за регистратора ответит кто угодно")
