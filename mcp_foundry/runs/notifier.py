"""What many wait for, again and again: that something changed."""

from __future__ import annotations

from time import monotonic

import anyio


class Notifier:
    """Wakes whoever waits at the moment of a change; costs nothing where nobody does.

    An `anyio.Event` is set once, and a `Condition` has a lock to hold; neither is needed here.
    """

    def __init__(self) -> None:
        self._event: anyio.Event | None = None
        self._changed = monotonic()

    @property
    def quiet(self) -> float:
        """The seconds since the last change, or since there can be any."""
        return monotonic() - self._changed

    def notify(self) -> None:
        """Wake all that wait."""
        self._changed = monotonic()
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        """Wait for the next change."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()
