"""The port Line over the simulated exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from telephony.causes import not_reached
from telephony.port import CallFailed, CallLeg, Direction, HangupCause, LineDown, LineHealth
from telephony.simulated.exchange import SimulatedExchange, Wire
from telephony.simulated.handset import Handset, SimulatedRinging
from telephony.simulated.leg import SimulatedCall

NO_VARIABLES: Mapping[str, str] = {}


class SimulatedLine:
    """Calls of one exchange; a second line on the same exchange takes up what the first has left."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange
        self._calls: dict[str, SimulatedCall] = {}
        self._busy: set[str] = set()
        self._incoming: asyncio.Queue[CallLeg | None] = asyncio.Queue()
        self._started = False

    async def start(self) -> None:
        self._exchange.on_call = self._attend
        self._started = True
        for wire in tuple(self._exchange.wires.values()):
            self._attend(wire)

    async def incoming(self) -> AsyncIterator[CallLeg]:
        while (call := await self._incoming.get()) is not None:
            yield call

    async def originate(
        self,
        number: str,
        *,
        call_id: str,
        timeout_s: float,
        caller_id: str,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> CallLeg:
        if not self._started:
            raise LineDown("Линия не запущена")
        handset = await self._ring(number, timeout_s, caller_id)
        wire = self._exchange.connect(call_id, Direction.OUTBOUND, handset, other=number, ours=caller_id)
        call = self._call(wire)
        await call.answer()
        return call

    async def health(self) -> LineHealth:
        return LineHealth(
            name="simulated",
            version="1",
            channels=len(self._exchange.wires),
            bridges=sum(wire.answered for wire in self._exchange.wires.values()),
        )

    def busy_endpoints(self) -> Sequence[str]:
        return tuple(sorted(self._busy))

    async def close(self) -> None:
        self._exchange.on_call = None
        self._started = False
        await asyncio.gather(*(call.leave() for call in tuple(self._calls.values())))
        self._incoming.put_nowait(None)

    def _attend(self, wire: Wire) -> None:
        self._incoming.put_nowait(self._call(wire))

    def _call(self, wire: Wire) -> SimulatedCall:
        call = SimulatedCall(self._exchange, wire, self._busy, resumed_state=wire.state)
        self._calls[wire.call_id] = call
        return call

    async def _ring(self, number: str, timeout_s: float, caller_id: str) -> Handset:
        phone = self._exchange.phones.get(number)
        if phone is None or not phone.reachable:
            raise CallFailed(HangupCause.UNREACHABLE, rang=False)
        ringing = SimulatedRinging(caller_id, number, self._exchange.handset())
        phone.offer(ringing)
        try:
            async with asyncio.timeout(timeout_s / self._exchange.speed):
                decision = await ringing.decided()
        except TimeoutError:
            ringing.cancel()
            raise CallFailed(HangupCause.NO_ANSWER, rang=True) from None
        except asyncio.CancelledError:
            ringing.cancel()
            raise
        if isinstance(decision, int):
            raise CallFailed(not_reached(0, str(decision), rang=True), rang=True, tech_cause=str(decision))
        return decision
