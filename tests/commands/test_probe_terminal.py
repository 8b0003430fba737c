"""`mcp-foundry probe` for a person: at a pseudo-terminal, with rich and without it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mcp_foundry.emulator import Emulator
    from tests.rigs.terminal import Terminal

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from tests.rigs.terminal import at_terminal

pytestmark = pytest.mark.anyio


def probing(emulator: Emulator, *words: str, without: str = "") -> AbstractContextManager[Terminal]:
    """`mcp-foundry probe` at a terminal."""
    return at_terminal("probe", "helper", *words, endpoint=emulator.endpoint, without=without)


@pytest.mark.parametrize("typed", ["\n", "perhaps\n"])
async def test_only_a_yes_lets_it_ask(emulator: Emulator, typed: str) -> None:
    with probing(emulator) as terminal:
        await terminal.reads("17 questions, each of which is paid for")
        await terminal.reads("Go on? [y/N] ")
        assert emulator.runs_created == 0
        await terminal.types(typed)
        assert await terminal.ends() == 1
    assert "nothing was asked" in terminal.seen
    assert emulator.runs_created == 0


@pytest.mark.parametrize("without", ["", "rich"])
async def test_a_yes_brings_a_table(emulator: Emulator, without: str) -> None:
    with probing(emulator, without=without) as terminal:
        await terminal.reads("Go on? [y/N] ")
        await terminal.types("y\n")
        assert await terminal.ends() == 0
    assert emulator.runs_taken == 17
    assert ("┃" in terminal.seen) is not bool(without)
    assert "what follows" in terminal.seen
    # As each point is done, so that two minutes do not pass in silence.
    assert "holds      4 resume a stream\n" in terminal.seen


async def test_a_yes_on_the_command_line_is_not_asked_for_again(emulator: Emulator) -> None:
    with probing(emulator, "--yes", "--json") as terminal:
        assert await terminal.ends() == 0
    assert "Go on?" not in terminal.seen
    assert '"number": 10' in terminal.seen
