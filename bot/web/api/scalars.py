"""Days and moments as ISO 8601 only: a bare number is not silently a moment of the last century; whole numbers."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("date_parsing", "not a day")
    return value


def _moment(value: Any) -> Any:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}", value):
        raise PydanticCustomError("datetime_parsing", "not a moment")
    return value


Day = Annotated[date, Field(strict=False), BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]


def _whole(value: Any) -> Any:
    """In JSON 5.0 is an integer, too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Stands last in the annotation, so that the bounds before it stay in the document."""
