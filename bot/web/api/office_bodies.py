"""What the office's requests hold: people, keys, settings, ratings, webhooks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.web.api.bodies import Body, Id, Line, Text
from bot.web.api.scalars import WHOLE, Day
from crm_bridge.rules.rights import Role

Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")]
Password = Annotated[str, Field(min_length=8, max_length=200)]
Right = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z]+$", max_length=64)]
Rights = Annotated[list[Right], Field(max_length=100)]
Branches = Annotated[list[Id], Field(max_length=200)]
Topic = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{1,30}\.(\*|[a-z_]{1,30}))$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?(/[\x21-\x7e]{0,500})?$")]


class LogIn(Body):
    login: Login
    password: Annotated[str, Field(min_length=1, max_length=200)]


class CreateUser(Body):
    login: Login
    full_name: Line
    role: Role
    password: Password
    rights: Rights = Field(default_factory=list)
    branches: Branches = Field(default_factory=list)
    doctor_id: Id | None = None


class ChangeUser(Body):
    full_name: Line | None = None
    role: Role | None = None
    rights: Rights | None = None
    branches: Branches | None = None
    active: bool | None = None


class SetPassword(Body):
    password: Password


class CreateKey(Body):
    name: Line
    rights: Annotated[list[Right], Field(min_length=1, max_length=100)]
    branches: Branches = Field(default_factory=list)


class SetSetting(Body):
    value: Annotated[int, Field(ge=0, le=10_000_000), WHOLE]


class Holiday(Body):
    day: Day
    title: Line


class Holidays(Body):
    days: Annotated[list[Holiday], Field(max_length=400)]


class Rate(Body):
    visit_id: Id
    score: Annotated[int, Field(ge=1, le=5), WHOLE]
    text: Text = ""


class Subscribe(Body):
    url: Url
    topics: Annotated[list[Topic], Field(min_length=1, max_length=100)]


class ChangeSubscription(Body):
    active: bool
