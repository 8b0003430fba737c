"""How the process ends: for a signal or another reason, in good order, and within five seconds.

Where calls may be drained first, the five seconds begin after that.
"""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_GRACE = 4.5
"""Seconds that the end may take before the process is ended from outside the event loop: a little
less than the promised five."""

_LAST_WORDS = 0.2
"""Seconds to say so."""

_TELLING = 1.0
"""Seconds of the grace that are left when what was recorded is told, should the end not come."""

_SHUTDOWN_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def exit_now(code: int) -> NoReturn:
    """Ends the process without waiting for threads, one of which may be reading stdin."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or never opened
            stream.flush()
    os._exit(code)


def _report_overrun() -> None:
    with suppress(OSError, ValueError, AttributeError):  # closed, or never opened
        sys.stderr.write(f"mcp-foundry: closing took longer than {_GRACE} s; it is given up.\n")
        sys.stderr.flush()


class Shutdown:
    """The end of the process: for the first reason, and before the clock runs out.

    Args:
        last: Called in a thread when little time is left, where the loop may be blocked for good.
        patience: Seconds that may pass between a first signal, which then only asks for the end,
            and its beginning. A second signal begins it.

    Attributes:
        scope: What is cancelled at the beginning of the end.
        asked: Set once a signal has asked for an end that may wait.
        code: The exit code, once the end was asked for.
    """

    def __init__(self, last: Callable[[], object] = lambda: None, patience: float = 0) -> None:
        self.scope = anyio.CancelScope()
        self.asked = anyio.Event()
        self.code = 0
        self._patience = patience
        self._signalled = False
        self._loop = asyncio.get_running_loop()
        self._begun = False
        self._last = last
        self._interrupted: Callable[[], object] | None = None
        # A queue, because its `put` is safe within a signal handler, as locks and events are not.
        self._clock: queue.SimpleQueue[tuple[int, float]] = queue.SimpleQueue()
        threading.Thread(target=self._watch_clock, daemon=True, name="exit clock").start()

    def begin(self, code: int) -> None:
        """Cancels what is served, and starts the clock."""
        if self._begun:
            return
        self._begun = True
        self.code = code
        self._clock.put((code, 0))
        self.scope.cancel()

    def handle_signals(self) -> None:
        """Ends for every signal that asks for it; further ones change nothing.

        `signal.signal` and not the loop's handlers: these do not exist on Windows, and would
        never run in a blocked loop.
        """
        for each in _shutdown_signals():
            signal.signal(each, self._on_signal)

    @contextmanager
    def sparing(self, interrupted: Callable[[], object]) -> Generator[None]:
        """Call this for the first Ctrl+C while the block runs, instead of ending for it.

        A second one ends: what is to be interrupted may not heed it.
        """
        self._interrupted = interrupted
        try:
            yield
        finally:
            self._interrupted = None

    def _on_signal(self, number: int, _frame: object) -> None:
        interrupted, self._interrupted = self._interrupted, None
        if number == signal.SIGINT and interrupted:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(interrupted)
            return
        patience = 0 if self._signalled else self._patience
        self._signalled = True
        self._clock.put((128 + number, patience))
        with suppress(RuntimeError):  # the loop is closed
            then = self._ask if patience else self.begin
            self._loop.call_soon_threadsafe(then, 128 + number)

    def _ask(self, code: int) -> None:
        self.code = code
        self.asked.set()

    def _watch_clock(self) -> None:
        code, patience = self._clock.get()
        if patience:
            with suppress(queue.Empty):  # the end began, or a second signal wants it to
                self._clock.get(timeout=patience)
        time.sleep(_GRACE - _TELLING)
        threading.Thread(target=self._last, daemon=True).start()
        time.sleep(_TELLING)
        # In a thread of its own, for nobody may be reading stderr either.
        complaint = threading.Thread(target=_report_overrun, daemon=True)
        complaint.start()
        complaint.join(_LAST_WORDS)
        os._exit(code)


@contextmanager
def interruptible() -> Generator[Shutdown]:
    """Cancel what runs inside when a signal asks for the end, and leave the block without an error.

    Yields what has the exit code then; it is 0 where no signal came.
    """
    before = {each: signal.getsignal(each) for each in _shutdown_signals()}
    shutdown = Shutdown()
    shutdown.handle_signals()
    try:
        with shutdown.scope:
            yield shutdown
    finally:
        # After a signal nothing is put back: an impatient second Ctrl+C is no traceback.
        for each, handler in before.items():
            signal.signal(each, signal.SIG_IGN if shutdown.code else handler)


def _shutdown_signals() -> list[signal.Signals]:
    return [each for each in signal.Signals if each.name in _SHUTDOWN_SIGNALS]
