"""A worker for the tests of the pool: it echoes, streams, sleeps, fails and dies on request."""

from __future__ import annotations

import os
import sys
import time

from speech.wire import Header
from speech.worker import Emit, run


class Echo:
    """Does what `do` says."""

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """Answer, or misbehave."""
        match request["do"]:
            case "echo":
                print("engines print to stdout")
                emit({"pid": os.getpid(), "text": request.get("text")}, payload[::-1])
            case "stream":
                for at in range(request["count"]):
                    if not emit({"at": at}, b""):
                        return
                    time.sleep(request["pause"])
            case "hang":
                time.sleep(3600)
            case "fail":
                raise ValueError("Иванов Пётр")
            case "die":
                os._exit(9)


def build() -> Echo:
    """Refuse to start when told so."""
    if "broken" in sys.argv:
        raise FileNotFoundError("нет модели")
    return Echo()


if __name__ == "__main__":
    run(build)
