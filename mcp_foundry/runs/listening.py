"""One stream of a run, read into its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.sse import EventCutter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.runs.notifier import Notifier

# Seconds that the end of a reply may take to come behind its last event.
_LAST_BYTES = 0.05
# Seconds in which something may follow an `error` event, which is the last one as a rule.
_AFTER_ERROR = 1.0


class Listening:
    """Reads a stream for as long as it has something to say.

    Args:
        reader: Takes what it says.
        changed: Notified with each chunk.
        chunks: The stream.
    """

    def __init__(self, reader: RunReader, changed: Notifier, chunks: AsyncIterator[bytes]) -> None:
        self._reader = reader
        self._changed = changed
        self._chunks = chunks
        self._cutter = EventCutter(reader.token_event)
        self._over = False

    async def until(self, enough: Callable[[], bool]) -> None:
        """Read until there is enough, or to the end of the stream."""
        reader = self._reader
        while not (enough() or self._over):
            if reader.broken:
                with anyio.move_on_after(_AFTER_ERROR) as patience:
                    await self._read()
                self._over |= patience.cancelled_caught
            else:
                await self._read()

    async def _read(self) -> None:
        chunk = await anext(self._chunks, None)
        if chunk is None:
            self._over = True
            return
        self._reader.take(self._cutter.feed(chunk))
        self._changed.notify()

    async def to_the_end(self) -> None:
        """Read until the run is at its end, and then the end of the reply.

        A connection is used again only once its reply was read to the very end.
        """
        await self.until(lambda: self._reader.ended)
        if self._reader.ended:
            with anyio.move_on_after(_LAST_BYTES):
                async for _ in self._chunks:
                    pass
