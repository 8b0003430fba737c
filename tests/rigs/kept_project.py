"""A project in a data file, served by a process of its own that is killed and started again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio.streams.text import TextReceiveStream

from tests.rigs.command_line import PATIENCE, start

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from anyio.abc import Process


class KeptProject:
    """The project in a data file.

    Args:
        file: The data file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.endpoint = ""
        self._process: Process | None = None

    async def open(self) -> None:
        """Serve it."""
        self._process = await start("emulator", "--data", str(self.file))
        assert self._process.stdout is not None
        with anyio.fail_after(PATIENCE):
            self.endpoint = (await TextReceiveStream(self._process.stdout).receive()).strip()

    async def kill(self) -> None:
        """End the process without a word: by SIGKILL, or as Windows terminates one."""
        if self._process:
            self._process.kill()
            await self._process.aclose()
            self._process = None

    async def restart(self) -> None:
        """Kill it, and serve the project again."""
        await self.kill()
        await self.open()


@asynccontextmanager
async def kept_project(file: Path) -> AsyncGenerator[KeptProject]:
    """Serve a project that is new, or that was there before."""
    project = KeptProject(file)
    await project.open()
    try:
        yield project
    finally:
        await project.kill()
