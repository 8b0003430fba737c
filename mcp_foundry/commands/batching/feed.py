"""Rows read in a thread, of which the loop asks for one after the other."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.commands.batching.rows import Row


class Feed:
    """Brings rows as they are asked for, in their order.

    The thread may wait for stdin when the process ends, so it is left behind then; anyio's own
    threads would be waited for.

    Args:
        rows: What is read, there.
    """

    def __init__(self, rows: Generator[Row]) -> None:
        self._rows = rows
        self._loop = asyncio.get_running_loop()
        self._wanted: queue.SimpleQueue[asyncio.Future[Row | None] | None] = queue.SimpleQueue()
        self._waiting: set[asyncio.Future[Row | None]] = set()
        self._closed = False
        threading.Thread(target=self._read, daemon=True, name="rows").start()

    async def next(self) -> Row | None:
        """Return the next row; None where there is none any more."""
        if self._closed:
            return None
        wanted: asyncio.Future[Row | None] = self._loop.create_future()
        self._waiting.add(wanted)
        self._wanted.put(wanted)
        try:
            return await wanted
        finally:
            self._waiting.discard(wanted)

    def close(self) -> None:
        """Bring no more."""
        self._closed = True
        self._wanted.put(None)
        for wanted in self._waiting:
            _settle(wanted, None, None)

    def _read(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            row, failure = None, None
            try:
                row = next(self._rows, None)
            except Exception as crash:  # noqa: BLE001 - raised where it is waited for
                failure = crash
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(_settle, wanted, row, failure)
        self._rows.close()


def _settle(wanted: asyncio.Future[Row | None], row: Row | None, failure: Exception | None) -> None:
    if wanted.done():
        return
    if failure is None:
        wanted.set_result(row)
    else:
        wanted.set_exception(failure)
