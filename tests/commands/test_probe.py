"""`mcp-foundry probe`: what of the protocol holds, and how it is told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from tests.rigs.command_line import clean_environment, emulator_beside, run
from tests.rigs.probing import (
    AGENT,
    INTERRUPTIBLE,
    add_agent_with_tools,
    findings,
    interrupted,
    probed,
)

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

__all__ = ["clean_environment", "emulator_beside"]

pytestmark = pytest.mark.anyio


async def test_all_points_hold_on_the_emulator_as_it_is_and_nothing_is_left(
    emulator: Emulator,
) -> None:
    await add_agent_with_tools(emulator)
    done = await probed(emulator, AGENT)
    assert done.code == 0
    found = findings(done)
    assert found.pop(12)["came"] == "not a hosted agent, so it has no sessions"
    assert {each["verdict"] for each in found.values()} == {"holds"}, done.stdout
    replies = findings(done)[7]["came"]
    assert replies.split("; ") == [
        "output by previous_response_id: completed",
        "output by conversation: completed",
        "denial by previous_response_id: completed",
    ]
    assert len(emulator.store.conversations) == 0
    assert any(request.method == "DELETE" for request in emulator.received)


async def test_the_questions_told_beforehand_are_those_that_are_asked(emulator: Emulator) -> None:
    await add_agent_with_tools(emulator)
    endpoint = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint}
    done = await run("probe", AGENT, "--yes", "--json", **endpoint)
    told = re.search(rf"agent '{AGENT}' (\d+) questions.* and (\d+) that should be", done.stderr)
    assert told
    asked, refused = map(int, told.groups())
    assert (emulator.runs_taken, emulator.runs_created) == (asked, asked + refused)
    assert json.loads(done.stdout)["questions"] == asked


def cells_of(block: str) -> list[str]:
    """The cells of a row of the plain table, each of several lines."""
    lines = [line.split(" | ") for line in block.splitlines()]
    columns = [[line[at].strip() for line in lines if at < len(line)] for at in range(4)]
    return [" ".join(filter(None, column)) for column in columns]


async def test_without_tools_replies_are_not_tried_and_the_table_says_what_to_name(
    emulator: Emulator,
) -> None:
    endpoint = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint, "FOUNDRY_AGENT_NAME": "helper"}
    done = await run("probe", "--yes", **endpoint)
    assert done.code == 0
    blocks = re.split(r"\n[-=+]{20,}\n", done.stdout)
    heads, *rows = [cells_of(block) for block in blocks if block.strip()]
    assert heads == ["point", "expected", "came", "what follows"]
    verdicts = [*["holds"] * 6, "not tried", *["holds"] * 4, "not tried", "holds"]
    assert [row[0].split(": ")[1] for row in rows] == verdicts
    assert rows[6][3] == "name an agent with a function, or an MCP tool to approve"
    assert emulator.runs_taken == 17


@INTERRUPTIBLE
@pytest.mark.parametrize("delay", [0, 1], ids=["created", "on its way"])
async def test_ctrl_c_leaves_no_conversation(emulator: Emulator, delay: float) -> None:
    creation = "POST /openai/v1/conversations"
    emulator.fault(on=creation, delay=delay)
    ended = await interrupted(emulator, "helper", creation)
    assert ended.stderr.splitlines()[-1] == "mcp-foundry: interrupted"
    # Its creation is waited for: who goes away before does not know what to delete.
    assert emulator.received[-1].method == "DELETE"
    assert len(emulator.store.conversations) == 0


@pytest.mark.parametrize("words", [[], ["--json"], ["helper"]])
@pytest.mark.usefixtures("clean_environment")
def test_without_a_terminal_and_without_a_yes_nothing_is_asked(
    emulator_beside: Emulator, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", *words, "--endpoint", emulator_beside.endpoint]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "--yes" in said.err
    assert emulator_beside.received == []


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["asst_helper", "--emulator"], "'asst_helper' is a classic one"),
        (["a/b", "--emulator"], "is neither NAME, NAME:VERSION"),
        (["weather", "--emulator", "--agents", "helper"], "MCP_FOUNDRY_AGENTS allows: helper"),
        (["--endpoint", "http://127.0.0.1:1/api/projects/p"], "set FOUNDRY_AGENT_NAME"),
        (["one", "two", "--emulator"], "there is no two"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", "--yes", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err


@pytest.mark.usefixtures("clean_environment")
def test_a_project_out_of_reach_is_told_with_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    place = "http://127.0.0.1:1/api/projects/p"
    assert main(["probe", "helper", "--yes", "--json", "--endpoint", place]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("connection_failed: agent 'helper': no connection")


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize("agent", ["nobody", "helper:9"])
def test_an_agent_that_is_not_there_is_told_with_exit_1(
    emulator_beside: Emulator, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", agent, "--yes", "--endpoint", emulator_beside.endpoint]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("agent_not_found: ")
    assert emulator_beside.runs_created == 0
