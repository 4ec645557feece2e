"""A tiny SMTP server: enough of RFC 5321 to take a letter, or to refuse it at a chosen step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class FakeMail:
    """`refusals` answer a command (AUTH, MAIL, RCPT, DATA, .) instead of its success; `drop` hangs up at one."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    silent: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.silent:
                await reader.read()
                return
            await self._say(writer, "220 fake")
            while line := await reader.readline():
                verb = line.split()[0].decode().upper() if line.split() else ""
                if verb == self.drop:
                    return
                if not await self._answer(verb, reader, writer):
                    return
        finally:
            writer.close()

    async def _answer(self, verb: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if refusal := self.refusals.get(verb):
            await self._say(writer, refusal)
        elif verb == "EHLO":
            await self._say(writer, "250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN")
        elif verb == "AUTH":
            await self._say(writer, "235 ok")
        elif verb == "DATA":
            await self._say(writer, "354 go on")
            data = await reader.readuntil(b"\r\n.\r\n")
            self.letters.append(message_from_bytes(data[:-5], policy=default))
            await self._say(writer, self.refusals.get(".", "250 taken"))
        elif verb == "QUIT":
            await self._say(writer, "221 bye")
            return False
        else:
            await self._say(writer, "250 ok")
        return True

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(f"{text}\r\n".encode())
        await writer.drain()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[FakeMail]:
        """On a port of its own until the block ends."""
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
