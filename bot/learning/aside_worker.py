"""The process of one piece of work: a job on its input, the result on its output, both pickled by the same program."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Final

NICENESS: Final = 15
"""Whatever carries sound goes first."""


def main() -> None:
    """Work once. A failure is told by its kind alone: its text may hold phrases."""
    os.nice(NICENESS)
    try:
        result = pickle.load(sys.stdin.buffer)()
    except Exception as error:
        sys.exit(type(error).__name__)
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    main()
