"""`mcp-foundry call` for a person: at a pseudo-terminal, with rich and without it."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp_types import ElicitRequestFormParams

from mcp_foundry.commands import terminal as commands
from tests.rigs.calling import GENERATIONS
from tests.rigs.command_line import PATIENCE

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import pty

from tests.rigs.terminal import at_terminal

pytestmark = pytest.mark.anyio

WITH_AND_WITHOUT_RICH = pytest.mark.parametrize("without", ["", "rich"])


@WITH_AND_WITHOUT_RICH
async def test_an_answer_is_its_text_and_how_to_go_on(without: str) -> None:
    with at_terminal("call", "ask_agent", "message=Hello", without=without) as terminal:
        assert await terminal.ends() == 0
    assert terminal.seen.startswith("I am the scripted model")
    assert "\n[conversation_id: resp_" in terminal.seen


async def test_whoever_starts_the_server_by_hand_is_told_what_it_waits_for() -> None:
    with at_terminal() as terminal:
        await terminal.reads("To talk yourself: mcp-foundry chat.")
        terminal.signal(signal.SIGINT)
        assert await terminal.ends() == 130


async def test_json_is_to_be_had_at_a_terminal() -> None:
    with at_terminal("call", "list_agents", "--json") as terminal:
        assert await terminal.ends() == 0
    assert json.loads(terminal.seen)["agents"]


@WITH_AND_WITHOUT_RICH
async def test_a_streamed_text_stands_there_once(without: str) -> None:
    words = ["stream_agent", "message=[search x] [long 30]"]
    with at_terminal("call", *words, without=without) as terminal:
        assert await terminal.ends() == 0
    doing, text, ends, _, footer = terminal.seen.splitlines()
    assert doing == "⋯ Searching the web…"
    assert text.startswith("alpha naïve token 東京")
    assert ends.startswith("Ids of --emulator end with its process")
    assert footer.startswith("[conversation_id: resp_")


async def test_a_quiet_stream_shows_its_text_at_the_end() -> None:
    words = ["stream_agent", "message=[long 30]", "--quiet"]
    with at_terminal("call", *words) as terminal:
        assert await terminal.ends() == 0
    assert terminal.seen.startswith("alpha naïve token 東京")


async def test_a_listing_is_a_table() -> None:
    with at_terminal("call", "list_connections") as terminal:
        assert await terminal.ends() == 0
    heads = next(line for line in terminal.seen.splitlines() if "name" in line)
    assert heads.strip("┃ ").split() == [
        *("name", "┃", "type", "┃", "target", "┃"),
        *("is_default", "┃", "auth_type", "┃", "metadata"),
    ]
    assert re.search(r"│ openai +│ AzureOpenAI +│ https://\S+ +│ yes +│ AAD ", terminal.seen)


@pytest.mark.parametrize("setting", [{"without": "rich"}, {"size": (24, 20)}])
async def test_a_listing_for_which_a_table_has_no_room_is_a_block_for_each_row(
    setting: dict[str, Any],
) -> None:
    with at_terminal("call", "list_connections", **setting) as terminal:
        assert await terminal.ends() == 0
    first = terminal.seen.partition("\n\n")[0].splitlines()
    names = [line.partition(": ")[0] for line in first]
    assert names[:4] == ["name", "type", "target", "is_default"]
    target = next(line for line in terminal.seen.splitlines() if line.startswith("target: "))
    assert re.fullmatch(r"target: https://\S+", target), "whole, to be copied"


async def test_what_a_listing_lacks_stands_below_it(emulator: Emulator) -> None:
    emulator.fail_next(403, on="assistants")
    with at_terminal("call", "list_agents", endpoint=emulator.endpoint) as terminal:
        assert await terminal.ends() == 0
    assert re.search(r"│ helper +│", terminal.seen)
    assert "\nThe classic agents (asst_…) are not listed: " in terminal.seen


async def test_a_result_that_is_no_listing_is_json() -> None:
    with at_terminal("call", "create_agent_version", "agent_name=mine") as terminal:
        assert await terminal.ends() == 0
    assert json.loads(terminal.seen)["agent_name"] == "mine"


async def test_an_answer_that_waits_for_an_output_is_told_in_words() -> None:
    with at_terminal("call", "ask_agent", "message=[call lookup {}]") as terminal:
        assert await terminal.ends() == 4
    assert terminal.seen.startswith("The agent waits for function_call of lookup({}).")


async def test_a_batch_shows_a_bar() -> None:
    requests = json.dumps([{"message": "a"}, {"message": "[slow 0.5]"}])
    with at_terminal("call", "batch_ask", f"requests={requests}") as terminal:
        assert await terminal.ends() == 0
    assert "━ 2/2 " in terminal.seen
    assert "completed: 2 · failed: 0 · other: 0 · tokens: " in terminal.seen.splitlines()[-1]


@GENERATIONS
@pytest.mark.parametrize(
    ("typed", "outcome"),
    [("y\n", "You approved"), ("YES\n", "You approved"), ("\n", "You denied"), ("no\n", "denied")],
)
async def test_a_person_at_the_terminal_approves_with_a_yes_and_with_nothing_else(
    agent: str, typed: str, outcome: str
) -> None:
    words = ["ask_agent", f"agent={agent}", "message=[approve github.create {}]"]
    with at_terminal("call", *words) as terminal:
        await terminal.reads("wants to call github.create with {}.\nAllow it? [y/N] ")
        await terminal.types(typed)
        assert await terminal.ends() == 0
    assert outcome in terminal.seen


async def test_ctrl_c_at_the_question_cancels_the_run_that_waits(emulator: Emulator) -> None:
    words = ["ask_agent", "agent=asst_helper", "message=[approve github.create {}]"]
    with at_terminal("call", *words, endpoint=emulator.endpoint) as terminal:
        await terminal.reads("Allow it? [y/N] ")
        assert emulator.live
        terminal.signal(signal.SIGINT)
        assert await terminal.ends() == 130
    assert emulator.live == []
    assert "Traceback" not in terminal.seen


async def test_a_question_is_not_interrupted_by_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = pty.openpty()
    asked = ElicitRequestFormParams(message="May it?", requested_schema={"type": "object"})
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        terminal = commands.Terminal("ask_agent")
        context: Any = None
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(terminal.ask, context, asked)
                await anyio.wait_all_tasks_blocked()
                await terminal.tell(1, None, "⋯ Waiting for a person to approve (8 s)")
                assert capsys.readouterr().err == "May it?\nAllow it? [y/N] "
                os.write(ours, b"y\n")
        await terminal.tell(2, None, "⋯ helper is at work")
        assert capsys.readouterr().err == "⋯ helper is at work\n"
    os.close(ours)
