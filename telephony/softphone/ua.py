"""The softphone: makes calls and takes them. No registration, no authentication, UDP only."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping

from telephony.pacer import Pacer
from telephony.phone import CallRefused
from telephony.softphone.call import SoftphoneCall, SoftphoneRinging
from telephony.softphone.endpoint import Answer, Dialog, Endpoint
from telephony.softphone.message import SipMessage, parse_uri, response
from telephony.softphone.sdp import ALAW, build_sdp, parse_sdp
from telephony.softphone.sound import PhoneSound
from telephony.softphone.transactions import Transactions


class Softphone:
    """A telephone at `address:port` (0: any free port) with the number `user`.

    Without `auto_ring` it only says that it is trying, as a trunk behind which nothing rings.
    """

    def __init__(
        self, address: str, port: int = 0, *, user: str = "", pacer: Pacer | None = None, auto_ring: bool = True
    ) -> None:
        self._transactions = Transactions(address, port, self._requested)
        self._endpoint = Endpoint(self._transactions, pacer or Pacer(), user)
        self._user = user
        self._incoming: asyncio.Queue[SoftphoneRinging] = asyncio.Queue()
        self._ringing: dict[str, SoftphoneRinging] = {}
        self._auto_ring = auto_ring

    @property
    def port(self) -> int:
        return self._transactions.port

    async def incoming(self) -> AsyncIterator[SoftphoneRinging]:
        """Calls to this telephone, whatever number they were made to."""
        while True:
            yield await self._incoming.get()

    async def next_call(self) -> SoftphoneRinging:
        """The next call to this telephone."""
        return await self._incoming.get()

    async def dial(
        self, uri: str, *, codecs: Mapping[int, str] = ALAW, ringing: asyncio.Event | None = None
    ) -> SoftphoneCall:
        """Call `uri`; returns when answered. Raises CallRefused; cancelling gives the call up with CANCEL."""
        attempt = _Attempt(self._endpoint, self._user, uri, codecs, ringing)
        try:
            return await attempt.run()
        except asyncio.CancelledError:
            await asyncio.shield(attempt.give_up())
            raise

    async def close(self) -> None:
        """Hang up everything and leave the address."""
        for call in tuple(self._endpoint.calls.values()):
            if isinstance(call, SoftphoneCall):
                with contextlib.suppress(CallRefused):
                    await call.hangup()
        self._transactions.close()

    def _requested(self, request: SipMessage, source: tuple[str, int]) -> None:
        def answer(message: SipMessage) -> None:
            self._transactions.send(message, source)

        call_id = request.header("call-id")
        ringing, call = self._ringing.get(call_id), self._endpoint.calls.get(call_id)
        match request.method:
            case "ACK":
                if ringing:
                    ringing.acknowledge()
            case "CANCEL" if ringing:
                answer(response(request, 200, "OK"))
                ringing.cancel()
            case "INVITE" if call is None and ringing is None:
                self._take(request, answer)
            case "INVITE" if call is None:
                return  # a repetition; the answer is on its way
            case _ if call:
                call.take_request(request, answer)
            case "OPTIONS":
                answer(response(request, 200, "OK", tag=secrets.token_hex(4)))
            case _:
                answer(response(request, 481, "Call Does Not Exist", tag=secrets.token_hex(4)))

    def _take(self, invite: SipMessage, answer: Answer) -> None:
        tag = secrets.token_hex(4)
        ringing = SoftphoneRinging(self._endpoint, invite, answer, tag)
        self._ringing[invite.header("call-id")] = ringing
        answer(response(invite, 100, "Trying"))
        if self._auto_ring:
            ringing.ring()
        self._incoming.put_nowait(ringing)


class _Attempt:
    """One INVITE from its sending to its final answer."""

    def __init__(
        self, endpoint: Endpoint, user: str, uri: str, codecs: Mapping[int, str], ringing: asyncio.Event | None
    ) -> None:
        self._endpoint = endpoint
        self._codecs = codecs
        self._ringing = ringing
        self._target = parse_uri(uri)
        self._dialog = Dialog(
            call_id=secrets.token_hex(12),
            near=f"<sip:{user}@{endpoint.address}>;tag={secrets.token_hex(4)}",
            far=f"<{self._target}>",
            target=self._target,
            contact=endpoint.contact,
        )
        self._branch, self._via = endpoint.transactions.via()
        self._sound: PhoneSound = endpoint.open_sound()

    @property
    def _to(self) -> tuple[str, int]:
        return self._target.host, self._target.port

    async def run(self) -> SoftphoneCall:
        transactions = self._endpoint.transactions
        answers = transactions.expect(self._branch, "INVITE")
        sdp = build_sdp(self._endpoint.address, self._sound.port, self._codecs, version=1)
        invite = self._dialog.request("INVITE", via=self._via, sdp=sdp, sequence=1)
        got_any = asyncio.Event()
        repeating = asyncio.create_task(self._endpoint.repeat(lambda: transactions.send(invite, self._to), got_any))
        try:
            return self._establish(await self._final(answers, got_any))
        except CallRefused:
            self._sound.close()
            raise
        finally:
            repeating.cancel()
            transactions.forget_branch(self._branch, "INVITE")

    async def _final(self, answers: asyncio.Queue[SipMessage], got_any: asyncio.Event) -> SipMessage:
        """The answer that opens the call, acknowledged; CallRefused for any other."""
        while True:
            answer = await answers.get()
            got_any.set()
            status = answer.status or 0
            if status >= 180 and self._ringing:
                self._ringing.set()
            if status < 200:
                continue
            self._dialog.far = answer.header("to")
            if status >= 300:
                self._acknowledge_refusal()
                raise CallRefused(status, answer.start.split(" ", 2)[2])
            self._dialog.target = parse_uri(answer.header("contact"))
            self._endpoint.acknowledge(self._dialog)
            return answer

    def _establish(self, answer: SipMessage) -> SoftphoneCall:
        call = SoftphoneCall(self._endpoint, self._dialog, self._sound, parse_sdp(answer.body), self._codecs)
        self._endpoint.calls[self._dialog.call_id] = call
        return call

    def _acknowledge_refusal(self) -> None:
        """The ACK of a refusal belongs to the INVITE's own transaction."""
        ack = self._dialog.request("ACK", via=self._via, sequence=1)
        self._endpoint.transactions.send(ack, self._to)

    async def give_up(self) -> None:
        """CANCEL; if the answer was quicker, hang up."""
        transactions = self._endpoint.transactions
        self._sound.close()
        answers = transactions.expect(self._branch, "INVITE")
        cancel = self._dialog.request("CANCEL", via=self._via, sequence=1)
        await transactions.transact(cancel, self._to, self._branch)
        with contextlib.suppress(TimeoutError, CallRefused):
            async with asyncio.timeout(2.0):
                await self._final(answers, asyncio.Event())
                await self._endpoint.transact(self._dialog, "BYE")
        transactions.forget_branch(self._branch, "INVITE")
