"""A telephone around a telephone: what it does not do itself, the one inside does."""

from __future__ import annotations

from telephony.phone import PhoneCall


class AroundPhone:
    """The port PhoneCall over an answered call, except for speaking."""

    def __init__(self, phone: PhoneCall) -> None:
        self._phone = phone

    async def press(self, digits: str) -> None:
        await self._phone.press(digits)

    async def hangup(self) -> None:
        await self._phone.hangup()

    def heard(self) -> bytes:
        return self._phone.heard()

    def recent(self, seconds: float) -> bytes:
        return self._phone.recent(seconds)

    @property
    def over(self) -> bool:
        return self._phone.over

    async def wait_over(self) -> None:
        await self._phone.wait_over()
