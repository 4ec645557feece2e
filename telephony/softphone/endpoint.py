"""What the calls of one softphone share: its socket, its clock and the table of calls by Call-ID."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from telephony.pacer import Pacer
from telephony.softphone.message import SipMessage, SipUri
from telephony.softphone.sound import PhoneSound
from telephony.softphone.transactions import Transactions

Answer = Callable[[SipMessage], None]


@dataclass(slots=True, kw_only=True)
class Dialog:
    """The names by which both ends know the call; `near` and `far` are the From and To of our requests."""

    call_id: str
    near: str
    far: str
    target: SipUri
    contact: str
    sequence: int = 1

    def request(self, method: str, *, via: str, sdp: str = "", sequence: int | None = None) -> SipMessage:
        """A request inside the dialog; ACK and CANCEL repeat the number of their INVITE."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        headers = [
            ("via", via),
            ("max-forwards", "70"),
            ("from", self.near),
            ("to", self.far),
            ("call-id", self.call_id),
            ("cseq", f"{sequence} {method}"),
            ("contact", f"<{self.contact}>"),
        ]
        if sdp:
            headers.append(("content-type", "application/sdp"))
        return SipMessage(start=f"{method} {self.target} SIP/2.0", headers=tuple(headers), body=sdp)


class InDialog(Protocol):
    """Whoever takes the requests of an established call."""

    def take_request(self, request: SipMessage, answer: Answer) -> None: ...

    def vanish(self) -> None: ...


class Endpoint:
    """Sends the requests of dialogs and opens sound."""

    def __init__(self, transactions: Transactions, pacer: Pacer, user: str) -> None:
        self.transactions = transactions
        self.pacer = pacer
        self.address = transactions.address
        self.contact = str(SipUri(user=user, host=transactions.address, port=transactions.port))
        self.calls: dict[str, InDialog] = {}

    def open_sound(self) -> PhoneSound:
        return PhoneSound(self.pacer, self.address)

    async def transact(self, dialog: Dialog, method: str, *, sdp: str = "") -> SipMessage:
        """A request inside the dialog and its final answer."""
        branch, via = self.transactions.via()
        message = dialog.request(method, via=via, sdp=sdp)
        return await self.transactions.transact(message, (dialog.target.host, dialog.target.port), branch)

    def acknowledge(self, dialog: Dialog) -> None:
        """ACK for the INVITE sent last."""
        _, via = self.transactions.via()
        ack = dialog.request("ACK", via=via, sequence=dialog.sequence)
        self.transactions.send(ack, (dialog.target.host, dialog.target.port))

    async def repeat(self, send: Callable[[], None], until: asyncio.Event) -> None:
        await self.transactions.repeat(send, until)
