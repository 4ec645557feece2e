"""Reading what a caller said in this call: the clinic's names, the people of this phone, a second look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.calls import whois
from bot.calls.facts import nlu_directory
from bot.calls.second_look import look_again
from bot.domain.clinic import ClinicDirectory, Patient
from bot.domain.clock import Clock
from crm_bridge.port import ClinicSystem
from dialogs.port import FALLBACK, Directory, Intent, Interpretation, NluContext, State, Understands

NAME_KNOWN = 0.9
"""Confidence of a name that is almost letter for letter one that the clinic has under this phone."""


class Reader:
    """Understands by what is known of the clinic and the caller; a clinic's system that is down is done without."""

    def __init__(
        self,
        understander: Understands,
        crm: ClinicSystem,
        clock: Clock,
        *,
        caller: str | None,
        directory: Callable[[], Awaitable[ClinicDirectory]],
        timeout_s: float,
    ) -> None:
        self._understander = understander
        self._crm = crm
        self._clock = clock
        self._caller = caller
        self._directory = directory
        self._timeout_s = timeout_s
        self._names: Directory | None = None
        self._people: Sequence[Patient] | None = None

    def meet(self, people: Sequence[Patient]) -> None:
        """These are the people of the caller's phone: nobody needs to ask again."""
        self._people = people

    async def read(self, text: str, state: str, asked: Sequence[str]) -> Interpretation:
        """Understand an utterance in the state in which slots were `asked` for."""
        context = NluContext(state=state, now=self._clock.now(), directory=await self.names(), asked=tuple(asked))
        read = await self._understander.interpret(text, context)
        return await self._name_known(await look_again(read, context, self._understander, asked), asked)

    async def read_anew(self, text: str) -> Interpretation:
        """Understand a further wish of an utterance, as if it had just been spoken."""
        context = NluContext(state=State.OPEN, now=self._clock.now(), directory=await self.names())
        return await self._understander.interpret(text, context)

    async def names(self) -> Directory:
        """What the clinic offers, for understanding; empty while its system is down."""
        if self._names is None:
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._names = nlu_directory(await self._directory())
            except Exception:
                return Directory()
        return self._names

    async def _name_known(self, said: Interpretation, asked: Sequence[str]) -> Interpretation:
        """A name asked for and garbled on the line is written as the one that the clinic knows by this phone."""
        if "person_name" not in asked:
            return _without_stray_name(said)
        person = whois.by_name(said.text, await self._people_of_phone())
        if person is None:
            return said
        intent = said.intent if said.intent != FALLBACK else Intent.INFORM
        return replace(
            said,
            intent=intent,
            intents=said.intents if intent == said.intent else (intent,),
            confidence=max(said.confidence, NAME_KNOWN),
            slots={**said.slots, "person_name": person.full_name},
            guard="",
            policy="act",
            ask_red_flags=False,  # the words were this name; a strong red flag still stands
        )

    async def _people_of_phone(self) -> Sequence[Patient]:
        if self._people is None:
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._people = tuple(await self._crm.patients_by_phone(self._caller)) if self._caller else ()
            except Exception:
                return ()
        return self._people


def _without_stray_name(said: Interpretation) -> Interpretation:
    """A single word that looked like a name where none was asked for is no patient's name."""
    if len(said.slots.get("person_name", "").split()) != 1:
        return said
    return replace(said, slots={name: value for name, value in said.slots.items() if name != "person_name"})
