"""The inside of a speech worker process: requests on stdin, replies on stdout, one at a time.

A worker lives as long as its stdin: when the service dies, however it dies, the worker follows.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, Protocol, TypeAlias

from speech import wire

Emit: TypeAlias = Callable[[wire.Header, bytes], bool]
"""Sends one reply; False when nobody waits for more of this request."""


class Handler(Protocol):
    """What an engine does with a request inside its process."""

    def handle(self, request: wire.Header, payload: bytes, emit: Emit) -> None:
        """Answer with any number of `emit`s."""


class _Inbox:
    """Reads stdin in a thread, so that a cancellation is seen while the engine works."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._messages: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> wire.Message:
        return self._messages.get()

    def _read(self) -> None:
        while (message := wire.read_blocking(self._pipe)) is not None:
            if "cancel" in message[0]:
                self.cancelled.add(message[0]["cancel"])
            else:
                self._messages.put(message)
        # the engine may be deep in C code, so no clean unwinding is waited for
        os._exit(0)


def run(build: Callable[[], Handler]) -> None:
    """Build the engine, say `ready` (or `fatal`), then serve until stdin closes."""
    # engines print; the real stdout carries messages only
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    inbox = _Inbox(sys.stdin.buffer)
    try:
        handler = build()
    except Exception as error:
        out.write(wire.encode({"fatal": f"{type(error).__name__}: {error}"}))
        sys.exit(1)
    out.write(wire.encode({"ready": True}))
    while True:
        _serve_one(handler, inbox, out)


def _serve_one(handler: Handler, inbox: _Inbox, out: BinaryIO) -> None:
    header, payload = inbox.next()
    number = header["id"]

    def emit(reply: wire.Header, body: bytes = b"") -> bool:
        out.write(wire.encode({**reply, "id": number}, body))
        return number not in inbox.cancelled

    end: wire.Header = {"id": number, "end": True}
    if number not in inbox.cancelled:
        try:
            handler.handle(header["request"], payload, emit)
        except Exception as error:
            # the class only: a message could carry the caller's words
            end["error"] = type(error).__name__
    inbox.cancelled.discard(number)
    out.write(wire.encode(end))
