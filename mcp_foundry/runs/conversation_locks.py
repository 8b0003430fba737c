"""A lock for each conversation that takes one turn at a time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.contract.identifiers import chain_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class ConversationLocks:
    """Lets the turns of one conversation through in the order in which they came."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}

    @property
    def held(self) -> int:
        """How many conversations have a turn under way."""
        return len(self._locks)

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncGenerator[None]:
        """Hold the conversation. Branches from a response (`resp_…`) and new ones need not wait."""
        key = chain_of(conversation_id)
        if not key:
            yield
            return
        lock = self._locks.setdefault(key, anyio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._locks.pop(key, None)
