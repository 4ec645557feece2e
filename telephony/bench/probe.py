"""A few callers that time every packet they hear, in a process of their own: `python -m telephony.bench.probe`."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys

from telephony.bench.load import talk
from telephony.pacer import Pacer
from telephony.priority import prefer_sound
from telephony.softphone import Softphone
from telephony.softphone.call import SoftphoneCall


async def probe(uri: str, address: str, calls: int, seconds: float) -> dict[str, float]:
    """Call `uri` so many times at once, talk for that long, hang up; what was heard, in packets and milliseconds."""
    phone = Softphone(address, user="probe", pacer=Pacer())
    made = await asyncio.gather(*(phone.dial(uri) for _ in range(calls)))
    await asyncio.gather(*(_talk(call, seconds) for call in made))
    await asyncio.gather(*(call.hangup() for call in made))
    await phone.close()
    times = [call.times() for call in made]
    gaps = [gap for one in times for gap in one.gaps]
    return {
        "probes": calls,
        "packets": sum(one.received for one in times),
        "lost": sum(one.lost for one in times),
        "gaps_over_40ms": sum(one.over_40ms for one in times),
        "gaps_over_40ms_percent": round(100 * sum(gap > 40 for gap in gaps) / max(1, len(gaps)), 3),
        "longest_gap_ms": round(max(gaps, default=0.0), 1),
        "jitter_ms": round(statistics.mean(one.jitter_ms for one in times), 2),
    }


async def _talk(call: SoftphoneCall, seconds: float) -> None:
    sound = talk()
    try:
        async with asyncio.timeout(seconds):
            while not call.over:
                await call.say(sound)
    except TimeoutError:
        return


def main() -> None:
    """Arguments: URI, own address, number of calls, seconds. One JSON line on standard output."""
    prefer_sound()
    uri, address, calls, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(probe(uri, address, int(calls), float(seconds)))))


if __name__ == "__main__":
    main()
