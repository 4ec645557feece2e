"""What to do with what is found at the exchange after a (re)connect: a plan, made of lists alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from telephony.asterisk.events import Channel
from telephony.asterisk.naming import Kind, Name, parse_name
from telephony.port import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A caller who is still there; `person` is the registrar with whom they talk, if they do.

    `bridges` and `members` are what that talk consists of, and stay.
    """

    call_id: str
    channel: Channel
    direction: Direction
    numbers_from: int
    person: Name | None = None
    bridges: Sequence[str] = ()
    members: Sequence[str] = ()

    @property
    def paths(self) -> list[str]:
        """The talk's things as paths of ARI."""
        return [*(f"/bridges/{item}" for item in self.bridges), *(f"/channels/{item}" for item in self.members)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Callers to take up again, and ids of channels and bridges that nobody needs any more."""

    survivors: Sequence[Survivor]
    channels: Sequence[str]
    bridges: Sequence[str]


def plan(app: str, channels: Sequence[Channel], bridges: Mapping[str, Sequence[str]], known: Collection[str]) -> Plan:
    """Tell survivors from orphans.

    `bridges` gives the channels of each bridge; calls in `known` are attended to already and stay untouched. A
    survivor's bridge goes too, with whatever plays in it, unless it holds a registrar: a new one is quickly made.
    """
    names = {channel.id: parse_name(channel.id) for channel in channels}
    survivors = [
        _survivor(channel, direction, names, bridges)
        for channel in channels
        if (direction := _direction(app, channel, names[channel.id])) and channel.variables["BOT_CALL"] not in known
    ]
    together = {member for survivor in survivors if survivor.person for member in survivor.members}
    callers = {survivor.channel.id for survivor in survivors}
    return Plan(
        survivors=survivors,
        channels=[
            channel_id
            for channel_id, name in names.items()
            if _orphan(app, name, known) and channel_id not in callers | together
        ],
        bridges=[
            bridge
            for bridge, members in bridges.items()
            if _orphan(app, parse_name(bridge), known) and not together.intersection(members)
        ],
    )


def _direction(app: str, channel: Channel, name: Name | None) -> Direction | None:
    """Whether this is the channel of somebody who talks with the bot, and who phoned whom."""
    if "BOT_CALL" not in channel.variables:
        return None
    if name is None:
        return Direction.INBOUND if channel.application == app else None
    if name.kind is Kind.DIALLED and name.app == app and channel.state == "Up":
        return Direction.OUTBOUND
    return None


def _survivor(
    channel: Channel, direction: Direction, names: Mapping[str, Name | None], bridges: Mapping[str, Sequence[str]]
) -> Survivor:
    call_id = channel.variables["BOT_CALL"]
    ours = [name for name in names.values() if name and name.call_id == call_id]
    within = [bridge for bridge, members in bridges.items() if channel.id in members]
    together = {member for bridge in within for member in bridges[bridge]}
    return Survivor(
        call_id=call_id,
        channel=channel,
        direction=direction,
        numbers_from=max((name.number for name in ours), default=0),
        person=next((name for name in ours if name.kind is Kind.PERSON and str(name) in together), None),
        bridges=within,
        members=sorted(together),
    )


def _orphan(app: str, name: Name | None, known: Collection[str]) -> bool:
    return name is not None and name.app == app and name.call_id not in known
