"""The events of one run: written once, read by any number of connections."""

import asyncio
from collections.abc import AsyncIterator, Callable


class EventStream:
    """A log of encoded events that grows until it ends.

    Args:
        changed: Called after each event, for those who wait for something to happen.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.events: list[bytes] = []
        self.ended = False
        self._changed = changed
        self._more = asyncio.Event()

    def put(self, event: bytes) -> None:
        """Append one event and wake the readers."""
        self.events.append(event)
        self._more.set()
        self._changed()

    def end(self) -> None:
        """Say that no event follows."""
        self.ended = True
        self._more.set()
        self._changed()

    async def read(self, start: int = 0) -> AsyncIterator[bytes]:
        """Yield the events from number `start` on, until the stream ends."""
        position = start
        while True:
            while position < len(self.events):
                yield self.events[position]
                position += 1
            if self.ended:
                return
            self._more.clear()
            await self._more.wait()

    async def wait_ended(self) -> None:
        """Wait until no event follows."""
        while not self.ended:
            self._more.clear()
            await self._more.wait()
