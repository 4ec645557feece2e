"""How many calls one process and one Asterisk carry on this machine."""

from telephony.bench.lines import bench_lines

__all__ = ["bench_lines"]
