"""`mcp-foundry check`: would this work, and if not, what to do."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.commands.checking.names import Names, look_at
from mcp_foundry.commands.checking.project import reach
from mcp_foundry.commands.checking.telemetry import look_at_telemetry
from mcp_foundry.commands.checking.written import places, unread
from mcp_foundry.commands.emulate import project
from mcp_foundry.project.session import open_session
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import SimpleNamespace

    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.settings.values import Settings

_NO_PROJECT = "none set, so there are no listings, conversations, deployments or memory"


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Print a line for each thing that a question needs.

    Returns:
        The exit code: 0, or 1 where something fails.

    Raises:
        UsageError: `--token` names no file that can be read.
    """
    if options.token:
        from mcp_foundry.commands.checking.token import look_at_token, read_token

        return _looked_at(look_at_token(read_token(options.token), settings))

    async def checking() -> int:
        with interruptible() as shutdown:
            async with (
                project(settings, options.emulation) as chosen,
                open_session(chosen) as foundry,
            ):
                failed = False
                async for line in _lines(foundry):
                    failed |= line.word == "FAIL"
                    _tell(line)
                async for line in look_at_telemetry(chosen.telemetry):
                    failed |= line.word == "FAIL"
                    _tell(line)
                return int(failed)
        return shutdown.code

    return anyio.run(checking)


def _looked_at(lines: AsyncIterator[Line]) -> int:
    async def checking() -> int:
        failed = False
        with interruptible() as shutdown:
            async for line in lines:
                failed |= line.word == "FAIL"
                _tell(line)
        return shutdown.code or int(failed)

    return anyio.run(checking)


async def _lines(foundry: FoundrySession) -> AsyncIterator[Line]:
    """Look at one thing after the other, each on the ground of those before."""
    settings, names = foundry.settings, Names(foundry)
    written = places(settings)
    yield written
    for line in unread():
        yield line
    for line in await look_at(names.local(), settings.concurrency):
        yield line
    if not settings.endpoint:
        yield Line("skip", "project", _NO_PROJECT)
        for line in await look_at(names.listed(), settings.concurrency):
            yield line
        return
    reached = written.word == "ok"
    if reached:
        async for line in reach(foundry):
            yield line
            reached = line.word == "ok"
    else:
        yield Line("skip", "project", "not asked, for its endpoint is an example's")
    if reached:
        for line in await look_at(names.of_project(), settings.concurrency):
            yield line
    else:
        for look in names.of_project():
            yield Line("skip", look.what, f"{look.name} not looked for".lstrip())


def _tell(line: Line) -> None:
    with suppress(BrokenPipeError):  # `main` notices it once no task group is in the way
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
