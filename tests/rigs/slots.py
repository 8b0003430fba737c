"""Tasks that hold slots of a limiter, or wait for one, each until it is told to leave."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.runs.limiter import RunLimiter


class Held:
    """Tasks that hold a slot, or wait for one, by name: `OWNER/NUMBER`, or a name alone."""

    def __init__(self, limiter: RunLimiter) -> None:
        self._limiter = limiter
        self._leave: dict[str, anyio.Event] = {}
        self.inside: list[str] = []

    async def hold(self, name: str) -> None:
        leave = self._leave[name] = anyio.Event()
        async with self._limiter.slot(name, name.rpartition("/")[0]):
            self.inside.append(name)
            await leave.wait()
        self.inside.remove(name)

    async def settle(self, name: str) -> None:
        """Be refused, wait, and settle."""
        async with self._limiter.slot(name, name.rpartition("/")[0]):
            self.inside.append(name)
            await self._leave.setdefault(name, anyio.Event()).wait()
            self.inside.remove(name)
            await self._limiter.rejoin(name)
            self.inside.append(name)

    async def leave(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def holding(limiter: RunLimiter, *names: str) -> AsyncGenerator[tuple[Held, Any]]:
    held = Held(limiter)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            for name in names:
                tasks.start_soon(held.hold, name)
            await anyio.wait_all_tasks_blocked()
            yield held, tasks
            tasks.cancel_scope.cancel()
