"""Ctrl+C and its like: end what runs in good order, once, and within a bounded time."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")

_GRACE = 4.5
"""Seconds that the end may take: a little less than the promised five."""


class Interruption:
    """Whether a signal came: the exit code that it asks for, or 0."""

    def __init__(self) -> None:
        self.code = 0


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Cancel what runs inside when a signal asks for the end; leave the block without an error.

    Further signals change nothing: the first one cancels runs at the service, and a second one in
    the middle of that would leave them running. What does not end in time is ended from outside
    the event loop, which may be blocked.
    """
    loop = asyncio.get_running_loop()
    interruption = Interruption()
    with anyio.CancelScope() as scope:

        def begin_end(number: int) -> None:
            if not interruption.code:
                interruption.code = 128 + number
                clock = threading.Timer(_GRACE, os._exit, [interruption.code])
                clock.daemon = True
                clock.start()
                scope.cancel()

        def on_signal(number: int, _frame: object) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(begin_end, number)

        # `signal.signal` and not the loop's handlers, which do not exist on Windows.
        before = {s: signal.signal(s, on_signal) for s in signal.Signals if s.name in _SIGNALS}
        try:
            yield interruption
        finally:
            # After an interruption they stay: the process is about to end, and must not answer an
            # impatient Ctrl+C with a traceback.
            if not interruption.code:
                for number, handler in before.items():
                    signal.signal(number, handler)
