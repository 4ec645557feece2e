"""Messages between the service and its speech workers: a JSON header and raw sound, over a pipe.

One message is two big-endian lengths (4 bytes each), the header as UTF-8 JSON, then the payload.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, BinaryIO, TypeAlias

Header: TypeAlias = dict[str, Any]
Message: TypeAlias = tuple[Header, bytes]

_LENGTHS = struct.Struct(">II")


def encode(header: Header, payload: bytes = b"") -> bytes:
    """One message as bytes."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(text), len(payload)) + text + payload


def read_blocking(pipe: BinaryIO) -> Message | None:
    """The next message of a worker's stdin; None when the other side is gone."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_size, payload_size = _LENGTHS.unpack(lengths)
    body = pipe.read(header_size + payload_size)
    if len(body) < header_size + payload_size:
        return None
    return json.loads(body[:header_size]), body[header_size:]


async def read_async(reader: asyncio.StreamReader) -> Message | None:
    """The next message of a worker's stdout; None when the worker is gone."""
    try:
        header_size, payload_size = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        body = await reader.readexactly(header_size + payload_size)
    except asyncio.IncompleteReadError:
        return None
    return json.loads(body[:header_size]), body[header_size:]
