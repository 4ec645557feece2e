"""The API over a real clinic on SQLite, and people who use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient

from bot.composition.api import api_parts
from bot.storage.engine import Database
from bot.web.api.route import ApiDeps
from crm_bridge.local.secrets import PasswordCost
from crm_bridge.rules.rights import HOUSE, Role
from tests.rules.house import House

CHEAP = PasswordCost(n=16, r=1, p=1)
"""Passwords of tests need not be slow to try."""
PASSWORD = "тест-пароль-1"
Client = TestClient[Any, Any]


class ApiHouse(House):
    """The furnished clinic with its API's parts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.parts: ApiDeps = api_parts(self.desk, self.clock, cost=CHEAP)

    async def hire(self, role: Role, login: str = "", **how: Any) -> str:
        """Somebody of that role who is logged in; the session's token."""
        login = login or role.value
        await self.parts.staff.create_user(login=login, full_name=login, role=role, password=PASSWORD, by=HOUSE, **how)
        session = await self.parts.access.log_in(login, PASSWORD)
        assert session is not None
        return session.token

    async def key(self, *rights: str, **how: Any) -> str:
        """A programme's key with these rights."""
        _, secret = await self.parts.access.create_key("программа", rights, by=HOUSE, **how)
        return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer that was read."""

    status: int
    body: Any
    headers: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, or some programme, at the other end."""

    client: Client
    token: str | None

    async def send(self, method: str, path: str, body: Any = None, **how: Any) -> Told:
        headers = {**how.pop("headers", {})}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            how["json"] = body
        async with self.client.request(method, f"/api/v1{path}", headers=headers, **how) as answer:
            told = await answer.json(content_type=None) if answer.status != 204 else None
            return Told(status=answer.status, body=told, headers=answer.headers)

    async def get(self, path: str, **query: Any) -> Told:
        return await self.send("GET", path, params=query)

    async def post(self, path: str, body: Any = None, **how: Any) -> Told:
        return await self.send("POST", path, body, **how)
