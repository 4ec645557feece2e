"""Settings of other systems: each mistake is named in Russian, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load_settings

PYRUS = '[crm.pyrus]\nlogin = "bot@1"\nsecurity_key = "тайный-ключ"\nmapping = "pyrus.yml"\n'
GENERIC = '[crm.generic_http]\nurl = "https://mis.example/api/"\nsecret = "тайный-секрет"\n'


def read(folder: Path, text: str) -> str:
    """What is said of the file; empty when it is good."""
    file = folder / "registratura.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load_settings(file)
    except SettingsError as error:
        return str(error)
    return ""


def test_good_ones(tmp_path: Path) -> None:
    file = tmp_path / "registratura.toml"
    file.write_text(PYRUS + GENERIC + '[crm.csv]\nfolder = "/srv/exchange"\n', encoding="utf-8")
    crm = load_settings(file).crm
    assert crm.pyrus is not None
    assert crm.csv is not None
    assert crm.generic_http is not None
    assert crm.generic_http.url == "https://mis.example/api"
    assert crm.generic_http.offers == {"requests", "webhooks"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PYRUS.replace("login", "loign"), "crm.pyrus.login: обязательная настройка не задана"),
        (PYRUS.replace("login", "loign"), "crm.pyrus.loign: такой настройки нет"),
        (PYRUS.replace("тайный-ключ", ""), "crm.pyrus.security_key: слишком коротко"),
        (GENERIC.replace("https", "ftp"), "crm.generic_http.url: нужен адрес, который начинается с https://"),
        (GENERIC + 'name = "Моя МИС"\n', "crm.generic_http.name: недопустимые знаки"),
        (GENERIC + 'offers = ["requests", "slots"]\n', "crm.generic_http.offers"),
        (GENERIC + "timeout_s = 0\n", "crm.generic_http.timeout_s: число слишком мало"),
        ('[crm]\npyrus = "да"\n', "crm.pyrus: нужна таблица настроек"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    told = read(tmp_path, text)
    assert said in told
    assert "тайный" not in told
