"""`mcp-foundry chat` for a person: at a pseudo-terminal, with a line editor and without."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import GENERATIONS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from tests.rigs.terminal import Terminal, at_terminal

pytestmark = pytest.mark.anyio
CTRL_C, CTRL_D, ALT_ENTER, UP = "\x03", "\x04", "\x1b\r", "\x1b[A"
PASTE, PASTED = "\x1b[200~", "\x1b[201~"
LONG = "wider than the terminal " * 20
CANCELLED = "⋯ Cancelled; the text ends here."


@contextmanager
def chatting(
    emulator: Emulator, state: Path, agent: str, more: dict[str, Any] | None = None
) -> Generator[Terminal]:
    place: dict[str, Any] = {
        "endpoint": emulator.endpoint,
        "XDG_STATE_HOME": str(state),
        # Nobody is here who would say where the cursor is.
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    with at_terminal("chat", agent, **place, **(more or {})) as terminal:
        yield terminal


@GENERATIONS
async def test_a_turn_is_cancelled_and_decided_in_place_and_the_talk_goes_on(
    agent: str, emulator: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with chatting(emulator, tmp_path, agent) as terminal:
        before = terminal.modes
        await terminal.ends_with(f"{agent}>")
        await terminal.types("one\r")
        await terminal.reads("This is turn 1")
        await terminal.ends_with(f"{agent}>")
        await terminal.types("[long 400000]\r")
        await terminal.reads("alpha")
        assert emulator.live
        await terminal.types(CTRL_C)
        await terminal.reads(CANCELLED)
        await emulator.wait_for(lambda seen: not seen.live)
        await terminal.types(f'[approve github.merge {{"a": "{LONG}"}}]\r')
        await terminal.reads(f'wants to call github.merge with {{"a": "{LONG}"}}.')
        await terminal.ends_with("Allow it? [y/N]")
        await terminal.types("y\r")
        await terminal.reads("You approved github.merge")
        await terminal.ends_with(f"{agent}>")
        await terminal.types("[approve github.close {}]\r")
        await terminal.reads("wants to call github.close with {}.")
        await terminal.types(CTRL_C)
        await terminal.ends_with(f"{agent}>")
        assert emulator.live == []
        await terminal.types("[call get_weather {}] [call get_time {}]\r")
        await terminal.reads("get_weather({})")
        await terminal.types("Rain\r")
        await terminal.reads("get_time({})")
        await terminal.types("Noon\r")
        await terminal.reads("get_time answered “Noon”")
        await terminal.ends_with(f"{agent}>")
        assert terminal.modes != before  # the editor's
        await terminal.types(CTRL_D)
        assert await terminal.ends() == 0
        assert terminal.modes == before
    assert terminal.screen[-1].startswith("To go on: mcp-foundry chat --continue")
    assert caplog.messages == []  # of the emulator, which was hung up on
    # What was cancelled is no part of it, where the service lets that be.
    assert ("turn 3 of" if agent == "helper" else "turn 5 of") in terminal.seen


async def test_what_is_typed_is_edited_recalled_and_completed(
    emulator: Emulator, tmp_path: Path
) -> None:
    notes = tmp_path / "my notes.txt"
    notes.write_text("Lighthouse", encoding="utf-8")
    with chatting(emulator, tmp_path, "helper") as terminal:
        await terminal.ends_with("helper>")
        await terminal.types(f"to be dropped{CTRL_C}one{ALT_ENTER}two\\\rthree\r")
        await terminal.reads("one two three”. This is turn 1")
        await terminal.ends_with("helper>")
        await terminal.types(f"{PASTE}four\r\n/five{PASTED}\r")
        await terminal.reads("four /five”. This is turn 2")
        await terminal.ends_with("helper>")
        await terminal.types("/fi")
        await terminal.reads("send a file along")  # in a menu
        await terminal.types(f"\t{tmp_path}/my")
        await terminal.reads("my notes.txt")
        await terminal.types("\t\r")
        await terminal.reads(f"Goes along with the next message: {notes}")
        await terminal.ends_with("helper>")
        await terminal.types(f"{UP * 3}\r")
        await terminal.reads("Lighthouse")
        await terminal.reads("turn 3")
        await terminal.ends_with("helper>")
        await terminal.types("/agent res")
        await terminal.reads("Searches the web and GitHub.")
        await terminal.types("\t\r")
        await terminal.ends_with("researcher>")
        await terminal.types(CTRL_C)
        await terminal.reads("Ctrl+D ends; so does Ctrl+C again.")
        await terminal.ends_with("researcher>")
        await terminal.types(CTRL_C)
        assert await terminal.ends() == 130
    assert "dropped" not in "".join(str(each.body) for each in emulator.received)


async def test_without_a_line_editor_it_is_the_same_talk(
    emulator: Emulator, tmp_path: Path
) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    plain = {"without": "prompt_toolkit rich", "size": (24, 20), "NO_COLOR": "1"}
    with chatting(emulator, no_folder, "helper", plain) as terminal:
        before = terminal.modes
        await terminal.ends_with("helper>")
        await terminal.types("one\\\ntwo\n")
        await terminal.reads("“one\ntwo”. This is turn 1")
        await terminal.ends_with("helper>")
        await terminal.types("[long 400000]\n")
        await terminal.reads("alpha")
        await terminal.types(CTRL_C)
        await terminal.reads(CANCELLED)
        await emulator.wait_for(lambda seen: not seen.live)
        await terminal.types("[oauth]\n")
        await terminal.reads("Done? [Y/n] ")
        await terminal.types("\n")
        await terminal.reads("“I have signed in, go on.”")
        await terminal.ends_with("helper>")
        await terminal.types("[call get_weather {}]\n")
        await terminal.reads("Output (Enter leaves it): ")
        await terminal.types("\n")
        await terminal.reads("mcp-foundry call ask_agent")
        await terminal.ends_with("helper>")
        await terminal.types("three\n")
        await terminal.reads("This is turn 4")
        await terminal.ends_with("helper>")
        await terminal.types(f"dropped{CTRL_C}")
        await terminal.reads("Ctrl+D ends; so does Ctrl+C again.")
        await terminal.ends_with("helper>")
        await terminal.types("[approve github.merge {}]\n")
        await terminal.reads("Allow it? [y/N] ")
        await terminal.types(CTRL_D)
        assert await terminal.ends() == 0
        assert terminal.modes == before
    assert terminal.seen.count(CANCELLED) == 2
    assert "mcp-foundry chat --conversation resp_" in terminal.seen
    assert "\x1b" not in terminal.raw


@pytest.mark.parametrize(
    ("number", "agent", "message", "shown"),
    [
        (signal.SIGTERM, "helper", "[long 400000]", "alpha"),
        (signal.SIGHUP, "asst_helper", "[approve github.merge {}]", "Allow it?"),
    ],
)
async def test_a_signal_ends_it_whatever_it_does_and_cancels_that(  # noqa: PLR0913, PLR0917 - what is the case, and where
    number: signal.Signals,
    agent: str,
    message: str,
    shown: str,
    emulator: Emulator,
    tmp_path: Path,
) -> None:
    with chatting(emulator, tmp_path, agent) as terminal:
        before = terminal.modes
        await terminal.ends_with(f"{agent}>")
        await terminal.types(f"{message}\r")
        await terminal.reads(shown)
        assert emulator.live
        terminal.signal(number)
        assert await terminal.ends() == 128 + number
        assert terminal.modes == before
    assert emulator.live == []
    assert "Traceback" not in terminal.seen


async def test_a_second_ctrl_c_ends_what_does_not_heed_the_first(
    emulator: Emulator, tmp_path: Path
) -> None:
    emulator.fault(on="cancel", delay=3)
    with chatting(emulator, tmp_path, "asst_helper") as terminal:
        await terminal.ends_with("asst_helper>")
        await terminal.types("[approve github.merge {}]\r")
        await terminal.reads("Allow it?")
        await terminal.types(CTRL_C)
        await terminal.reads(CANCELLED)
        await terminal.types(CTRL_C)
        assert await terminal.ends() == 130
