"""A bell: many may wait, whoever has news rings."""

from __future__ import annotations

import anyio


class Bell:
    """Wakes whoever waits at the moment it rings; costs nothing where nobody does."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    def ring(self) -> None:
        """Wake all that wait."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        """Wait for the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()
