"""Replicas of a service, each in its own process."""

from __future__ import annotations

import subprocess
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import anyio
from anyio import to_thread

from tests.rigs.command_line import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path


@dataclass(frozen=True)
class Replica:
    """One process.

    Attributes:
        popen: It.
        url: Where it serves MCP.
        log: What it writes to stderr.
    """

    popen: subprocess.Popen[str]
    url: str
    log: Path

    def at(self, path: str) -> str:
        """Return the URL of another path of it."""
        place = urlsplit(self.url)
        return f"{place.scheme}://{place.netloc}{path}"

    def said(self) -> str:
        """Return what it has written to stderr."""
        return self.log.read_text("utf-8")

    async def end(self) -> int:
        """Ask it to end as an operating system does; return its exit code."""
        self.popen.terminate()
        with anyio.fail_after(PATIENCE):
            return await to_thread.run_sync(self.popen.wait, abandon_on_cancel=True)


@contextmanager
def started(log: Path, told: dict[str, str], *words: str) -> Generator[subprocess.Popen[str]]:
    """Start a replica; it is killed in the end, where it has not ended by itself."""
    line = [*COMMAND, "serve", "--http", *words]
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(  # noqa: S603 - our own command
            line,
            stdout=subprocess.PIPE,
            stderr=written,
            encoding="utf-8",
            env=environment(**told),
        ) as popen,
    ):
        try:
            yield popen
        finally:
            popen.kill()


@asynccontextmanager
async def replica(
    log: Path, told: dict[str, str], *words: str, ready: bool = True
) -> AsyncGenerator[Replica]:
    """Run a replica as long as the context is open.

    Args:
        log: The file for what it writes to stderr.
        told: Its variables.
        words: More words of its command line.
        ready: Whether to wait until it is.
    """
    with started(log, told, *words) as popen:
        assert popen.stdout is not None
        with anyio.fail_after(PATIENCE):
            line = await to_thread.run_sync(popen.stdout.readline, abandon_on_cancel=True)
        running = Replica(popen, line.strip(), log)
        assert running.url, running.said()
        if ready:
            await until_ready(running)
        yield running


async def until_ready(running: Replica) -> None:
    """Ask a replica, as a balancer does, until it says that it is ready."""
    with anyio.fail_after(PATIENCE):
        async with aiohttp.ClientSession() as http:
            while True:
                async with http.get(running.at("/readyz")) as answer:
                    if answer.ok:
                        return
                await anyio.sleep(0.02)
