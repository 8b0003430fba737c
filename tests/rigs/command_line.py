"""`mcp-foundry` in its own process: run to its end, or at a terminal of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from subprocess import PIPE
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from mcp_foundry.emulator import Emulator
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Generator

    from anyio.abc import ByteReceiveStream, Process

COMMAND = [sys.executable, "-m", "mcp_foundry"]
PATIENCE = 40
"""Seconds after which a test gives up on a command, far more than any takes."""

_OURS = ("FOUNDRY_", "MCP_FOUNDRY_", "AZURE_", "OTEL_")


def environment(**changes: str) -> dict[str, str]:
    """The environment of the tests, without what a developer set for real work."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith(_OURS)}
    return {**plain, "PYTHONUTF8": "1", **changes}


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set that a developer set for real work, nor by another test."""
    names = [name for variable in VARIABLES for name in variable.names]
    for name in [*names, "AZURE_CLIENT_ID"]:
        # Set first, so that what a command sets is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def emulator_beside() -> Generator[Emulator]:
    """An emulator in a thread of its own, for a command that runs in the test's."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Emulator()) as running,
    ):
        yield running


@dataclass(frozen=True)
class Finished:
    """What a command left."""

    code: int
    stdout: str
    stderr: str


async def run(*words: str, given: str = "", **changes: str) -> Finished:
    """Run the command to its end; `changes` are made to its environment."""
    with anyio.fail_after(PATIENCE):
        done = await anyio.run_process(
            [*COMMAND, *words], input=given.encode(), check=False, env=environment(**changes)
        )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


async def start(*words: str, **changes: str) -> Process:
    """Start the command; close it with `async with`."""
    return await anyio.open_process(
        [*COMMAND, *words], stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment(**changes)
    )


async def end_of(process: Process) -> Finished:
    """Read what the command writes until it ends."""
    written: dict[str, bytes] = {"stdout": b"", "stderr": b""}

    async def read(name: str, stream: ByteReceiveStream | None) -> None:
        assert stream is not None
        async for chunk in stream:
            written[name] += chunk

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, "stdout", process.stdout)
            tasks.start_soon(read, "stderr", process.stderr)
        code = await process.wait()
    return Finished(code, written["stdout"].decode(), written["stderr"].decode())
