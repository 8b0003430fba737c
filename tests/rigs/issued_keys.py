"""The keys of an issuer, at a time that a test sets."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio

from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.keys import Keys
from tests.rigs.issuer import TENANT, Issuer, issuing, key_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from aiohttp import web


@dataclass
class Clock:
    """Time that a test sets: what sleeps is told of, and goes on when it is told to."""

    seconds: float = 0.0
    naps: list[float] = field(default_factory=list[float])
    _wake: anyio.Event = field(default_factory=anyio.Event)
    _asleep: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        wake = self._wake
        self._asleep.set()
        await wake.wait()

    async def asleep(self) -> float:
        """Wait until something sleeps; return for how long."""
        with anyio.fail_after(10):
            await self._asleep.wait()
        return self.naps[-1]

    def wake(self) -> None:
        self._asleep = anyio.Event()
        self._wake.set()
        self._wake = anyio.Event()


@dataclass
class Fetching:
    """Keys, from whom they come, and what time it is for them."""

    keys: Keys
    issuer: Issuer
    clock: Clock
    url: str

    async def known(self, key: Any = None) -> bool:  # noqa: ANN401 - cryptography's, or none
        with anyio.fail_after(10):
            return await self.keys.of(key_id(key or self.issuer.key)) is not None


@asynccontextmanager
async def fetching(
    folder: Path,
    on_keys: Callable[[], Awaitable[web.StreamResponse | None]] | None = None,
    longest: float = 10,
) -> AsyncGenerator[Fetching]:
    async with issuing(folder) as issuer:
        issuer.on_keys = on_keys
        trusted = ssl.create_default_context(cafile=issuer.ca)
        connector = aiohttp.TCPConnector(ssl=trusted)
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            anyio.create_task_group() as tasks,
        ):
            clock = Clock()
            url = Authority(issuer.authority, TENANT).keys_url
            keys = Keys(http, url, tasks, longest=longest, clock=clock, sleep=clock.sleep)
            tasks.start_soon(keys.keep)
            await clock.asleep()
            yield Fetching(keys, issuer, clock, url)
            tasks.cancel_scope.cancel()
