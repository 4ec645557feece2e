"""What a clinic file says of a service in more than one way: who pays, how much, what to bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.domain.clinic import Funding

DEFAULT_TEXT = "default"
FUNDING_TITLES = {Funding.PAID: "платно", Funding.OMS: "ОМС", Funding.DMS: "ДМС"}
_WORDS = {title.casefold(): one for one, title in FUNDING_TITLES.items()} | {one.value: one for one in Funding}
_HELP = "нужно «платно», «омс» или «дмс»"


def parse_funding(value: Any) -> Funding:
    """Read `омс` or `oms`. Raises ValueError in Russian."""
    found = _WORDS.get(str(value).strip().casefold())
    if found is None:
        raise ValueError(f"«{value}» — не способ оплаты: {_HELP}")
    return found


def parse_prices(value: Any) -> Any:
    """Read `1500`, or `{платно: 1500, дмс: 300}`, by funding. Raises ValueError in Russian."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return _by_funding(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return {Funding.PAID: value}
    raise ValueError(f"«{value}» — не цена: нужны целые рубли, либо цены по оплате: {{платно: 1500, дмс: 300}}")


def parse_documents(value: Any) -> Any:
    """Read one text, or texts by funding beside `default`. Raises ValueError in Russian."""
    if isinstance(value, str):
        return {DEFAULT_TEXT: value}
    if not isinstance(value, Mapping):
        raise ValueError("нужен текст, либо тексты по оплате: {default: Паспорт., дмс: Паспорт и полис.}")
    return {name: text for name, text in value.items() if name == DEFAULT_TEXT} | {
        funding.value: text
        for funding, text in _by_funding({name: text for name, text in value.items() if name != DEFAULT_TEXT}).items()
    }


def _by_funding(value: Mapping[Any, Any]) -> dict[Funding, Any]:
    found: dict[Funding, Any] = {}
    for word, one in value.items():
        funding = parse_funding(word)
        if funding in found:
            raise ValueError(f"«{word}» указано дважды")
        found[funding] = one
    return found


FundingWord = Annotated[Funding, BeforeValidator(parse_funding)]
Prices = Annotated[dict[Funding, Annotated[int, Field(ge=0)]], BeforeValidator(parse_prices)]
ServiceDocuments = Annotated[dict[str, Annotated[str, Field(min_length=1)]], BeforeValidator(parse_documents)]
