"""The containers in which hosted agents work; the service calls them sessions.

Each is started for a question that names none, is slow to start, and is paid for while it lives: so
a conversation keeps its own, and the questions of a batch share a few.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# The service lets a subscription have 15 to 50 sessions in a region.
_SHARED = 4


@dataclass
class Sandbox:
    """One container.

    Attributes:
        session_id: Its name at the service; empty until that is known.
        renewed: Whether it took the place of one that was gone.
    """

    session_id: str = ""
    renewed: bool = False


class Sandboxes:
    """Those of one batch: a few for each agent, one question at a time in each."""

    def __init__(self) -> None:
        self._free: dict[str, list[Sandbox]] = {}
        self._turns: dict[str, anyio.Semaphore] = {}

    @asynccontextmanager
    async def one_for(self, agent: str) -> AsyncGenerator[Sandbox]:
        """Hold one of an agent's, which is used again."""
        free = self._free.setdefault(agent, [])
        async with self._turns.setdefault(agent, anyio.Semaphore(_SHARED)):
            sandbox = free.pop() if free else Sandbox()
            try:
                yield sandbox
            finally:
                free.append(sandbox)
