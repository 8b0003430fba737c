"""What a person is told beside answers, on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress


def tell(text: str) -> None:
    """Write a line, or several."""
    show(text if text.endswith("\n") else f"{text}\n")


def show(text: str) -> None:
    """Write a text as it is, such as a prompt."""
    with suppress(OSError):  # the terminal was closed, and a signal says so
        sys.stderr.write(text)
        sys.stderr.flush()
