"""`mcp-foundry probe` for a person: at a pseudo-terminal, with rich and without it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.rigs.command_line import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.emulator import Emulator

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import pty

from tests.commands.test_terminal import WITHOUT_RICH, Terminal

pytestmark = pytest.mark.anyio


@contextmanager
def probing(emulator: Emulator, *words: str, rich: bool = True) -> Generator[Terminal]:
    """`mcp-foundry probe` at a terminal."""
    ours, theirs = pty.openpty()
    command = COMMAND if rich else [sys.executable, "-c", WITHOUT_RICH]
    process = subprocess.Popen(  # noqa: S603 - this Python, and our own module
        [*command, "probe", "helper", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm", COLUMNS="150", FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint),
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)


@pytest.mark.parametrize("typed", ["\n", "n\n", "perhaps\n"])
async def test_only_a_yes_lets_it_ask(emulator: Emulator, typed: str) -> None:
    with probing(emulator) as terminal:
        await terminal.reads("17 questions, each of which is paid for")
        await terminal.reads("Go on? [y/N] ")
        assert emulator.runs_created == 0
        await terminal.types(typed)
        assert await terminal.ends() == 1
    assert "nothing was asked" in terminal.seen
    assert emulator.runs_created == 0


@pytest.mark.parametrize("rich", [True, False])
async def test_a_yes_brings_a_table(emulator: Emulator, rich: bool) -> None:
    with probing(emulator, rich=rich) as terminal:
        await terminal.reads("Go on? [y/N] ")
        await terminal.types("y\n")
        assert await terminal.ends() == 0
    assert emulator.runs_taken == 17
    assert ("┃" in terminal.seen) is rich
    assert "what follows" in terminal.seen
    # As each point is done, so that two minutes do not pass in silence.
    assert "holds      4 resume a stream\n" in terminal.seen


async def test_a_yes_on_the_command_line_is_not_asked_for_again(emulator: Emulator) -> None:
    with probing(emulator, "--yes", "--json") as terminal:
        assert await terminal.ends() == 0
    assert "Go on?" not in terminal.seen
    assert '"number": 10' in terminal.seen
