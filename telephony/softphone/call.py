"""A call at the softphone: the SIP dialog of both kinds (made and taken), and its sound."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from telephony.phone import CallRefused
from telephony.softphone.endpoint import Answer, Dialog, Endpoint
from telephony.softphone.message import SipMessage, parse_uri, response
from telephony.softphone.sdp import ALAW, Session, build_sdp, parse_sdp
from telephony.softphone.sound import PacketTimes, PhoneSound


class SoftphoneCall:
    """The port PhoneCall, with the packet times of what it hears; answered already."""

    def __init__(
        self,
        phone: Endpoint,
        dialog: Dialog,
        sound: PhoneSound,
        session: Session,
        codecs: Mapping[int, str] = ALAW,
    ) -> None:
        self._phone = phone
        self._dialog = dialog
        self._sound = sound
        self._codecs = codecs
        self._version = 1
        self._over = asyncio.Event()
        sound.start((session.address, session.port))

    async def say(self, pcm: bytes) -> None:
        outgoing = self._sound.outgoing
        outgoing.send(pcm)
        try:
            await outgoing.drained()
        finally:
            outgoing.flush()

    async def press(self, digits: str) -> None:
        for digit in digits:
            self._sound.press(digit)
        while self._sound.pressing and not self.over:
            await asyncio.sleep(0.02)

    async def hangup(self) -> None:
        if self.over:
            return
        self.end()
        self._phone.calls.pop(self._dialog.call_id, None)
        await self._phone.transact(self._dialog, "BYE")

    def heard(self) -> bytes:
        return self._sound.heard()

    def recent(self, seconds: float) -> bytes:
        return self._sound.recent(seconds)

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def wait_over(self) -> None:
        await self._over.wait()

    # ----------------------------------------------- beyond the port

    def times(self) -> PacketTimes:
        """How regularly the sound has come in."""
        return self._sound.times()

    async def reinvite(self, direction: str = "sendrecv") -> int:
        """Offer the session anew, e.g. `sendonly` to put the other side on hold; returns the SIP status."""
        self._version += 1
        sdp = build_sdp(self._phone.address, self._sound.port, self._codecs, version=self._version, direction=direction)
        answer = await self._phone.transact(self._dialog, "INVITE", sdp=sdp)
        self._phone.acknowledge(self._dialog)
        if answer.status == 200:
            session = parse_sdp(answer.body)
            self._sound.start((session.address, session.port))
        return answer.status or 0

    def vanish(self) -> None:
        """Go without a word, as a telephone whose battery is empty."""
        self._phone.calls.pop(self._dialog.call_id, None)
        self.end()

    def end(self) -> None:
        """The call is over; the phone calls it on BYE."""
        self._over.set()
        self._sound.close()

    def take_request(self, request: SipMessage, send: Answer) -> None:
        """A request inside the dialog: the other side hangs up or changes its session."""
        if request.method == "BYE":
            send(response(request, 200, "OK"))
            self._phone.calls.pop(self._dialog.call_id, None)
            self.end()
            return
        sdp = ""
        if request.method in ("INVITE", "UPDATE") and request.body:
            session = parse_sdp(request.body)
            self._sound.start((session.address, session.port))
            self._version += 1
            sdp = build_sdp(self._phone.address, self._sound.port, self._codecs, version=self._version)
        send(response(request, 200, "OK", contact=self._dialog.contact, sdp=sdp))


class SoftphoneRinging:
    """The port Ringing: an INVITE that waits for our decision."""

    def __init__(self, phone: Endpoint, invite: SipMessage, send: Answer, tag: str) -> None:
        self._phone = phone
        self._invite = invite
        self._send = send
        self._tag = tag
        self._cancelled = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._decided = False

    @property
    def caller(self) -> str:
        return parse_uri(self._invite.header("from")).user

    @property
    def caller_name(self) -> str:
        """The text before the address, as the phone's display shows it."""
        return self._invite.header("from").partition("<")[0].strip().strip('"')

    @property
    def called(self) -> str:
        return parse_uri(self._invite.start.split(" ")[1]).user

    def ring(self) -> None:
        self._send(response(self._invite, 180, "Ringing", tag=self._tag, contact=self._phone.contact))

    async def answer(self) -> SoftphoneCall:
        if self._cancelled.is_set():
            raise CallRefused(487, "Request Terminated")
        self._decided = True
        session = parse_sdp(self._invite.body)
        sound = self._phone.open_sound()
        sdp = build_sdp(self._phone.address, sound.port, ALAW, version=1)
        call = SoftphoneCall(self._phone, self._dialog(), sound, session)
        self._phone.calls[self._invite.header("call-id")] = call
        accept = response(self._invite, 200, "OK", tag=self._tag, contact=self._phone.contact, sdp=sdp)
        await self._phone.repeat(lambda: self._send(accept), self._acknowledged)
        return call

    async def reject(self, code: int = 486) -> None:
        self._decided = True
        refuse = response(self._invite, code, _REASONS.get(code, "Refused"), tag=self._tag)
        await self._phone.repeat(lambda: self._send(refuse), self._acknowledged)

    async def wait_cancelled(self) -> None:
        await self._cancelled.wait()

    def acknowledge(self) -> None:
        self._acknowledged.set()

    def cancel(self) -> None:
        """The caller gave up; the phone calls it on CANCEL."""
        self._cancelled.set()
        if not self._decided:
            self._send(response(self._invite, 487, "Request Terminated", tag=self._tag))

    def _dialog(self) -> Dialog:
        invite = self._invite
        return Dialog(
            call_id=invite.header("call-id"),
            near=f"{invite.header('to')};tag={self._tag}",
            far=invite.header("from"),
            target=parse_uri(invite.header("contact")),
            contact=self._phone.contact,
        )


_REASONS = {404: "Not Found", 480: "Temporarily Unavailable", 484: "Address Incomplete", 486: "Busy Here",
            500: "Server Internal Error", 503: "Service Unavailable", 603: "Decline"}  # fmt: skip
