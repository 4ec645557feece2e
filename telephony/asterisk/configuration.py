"""Asterisk's configuration as values, and its rendering: the sandbox and production share the same templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

RUSSIAN: Final = "ru_RU_f_IvrvoiceRU"
"""The language name that Debian's Russian prompts install under; plain `ru` finds nothing."""

MODULES: Final = (
    "res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip "
    "res_pjsip_session res_pjsip_sdp_rtp res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user "
    "res_pjsip_endpoint_identifier_anonymous res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest "
    "res_pjsip_registrar res_pjsip_outbound_registration res_pjsip_caller_id res_pjsip_dtmf_info "
    "res_pjsip_header_funcs res_pjsip_rfc3326 res_pjsip_nat res_pjsip_logger res_pjsip_pubsub res_pjsip_refer "
    "chan_pjsip res_rtp_asterisk res_rtp_multicast chan_rtp chan_bridge_media res_http_websocket res_websocket_client "
    "res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop app_stasis res_ari "
    "res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_endpoints "
    "res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds bridge_simple bridge_softmix "
    "bridge_native_rtp bridge_holding codec_alaw codec_ulaw codec_a_mu codec_resample format_pcm format_wav format_sln "
    "pbx_config res_musiconhold app_dial app_playback app_playtones app_echo app_mixmonitor app_verbose app_stack "
    "func_channel func_callerid func_hangupcause func_logic func_strings func_timeout func_pjsip_endpoint "
    "func_global func_uuid"
).split()

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
    moh: Path = Path("/var/lib/asterisk/moh")
    recordings: Path = Path("/var/spool/asterisk/monitor")


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
        autoescape=False,  # noqa: S701  these are not HTML; `_check` guards what goes in
    )
    values = {name: getattr(config, name) for name in AsteriskConfig.__dataclass_fields__}
    rendered = {
        name.removesuffix(".j2"): environment.get_template(name).render(values, modules=MODULES)
        for name in environment.list_templates(extensions=["j2"])
    }
    return rendered | {f"{name}.conf": "; defaults\n[general]\n" for name in _DEFAULTED}


def write_configuration(config: AsteriskConfig) -> None:
    """Render into `config.paths.etc`, which is created if missing; readable by the owner only (passwords)."""
    config.paths.etc.mkdir(parents=True, exist_ok=True)
    for name, text in render(config).items():
        target = config.paths.etc / name
        target.touch(mode=0o600)
        target.write_text(text, encoding="utf-8")


def _check(config: AsteriskConfig) -> None:
    if not config.apps:
        raise ValueError("apps: нужно хотя бы одно имя приложения Stasis")
    if not config.ari_password:
        raise ValueError("ari_password: пароль ARI пуст")
    people = [(f"registrars.{item.extension}", item) for item in config.registrars]
    for place, value in [("trunk", config.trunk), *people]:
        for name in type(value).__dataclass_fields__:
            text = str(getattr(value, name))
            if any(char in text for char in "\n\r;[]"):
                raise ValueError(f"{place}.{name}: недопустимый знак в значении")
    for item in config.registrars:
        if not item.extension.isalnum():
            raise ValueError(f"registrars: внутренний номер «{item.extension}» должен состоять из цифр и букв")
        if not item.contact and not item.password:
            raise ValueError(f"registrars.{item.extension}: нужен пароль, иначе за регистратора ответит кто угодно")
