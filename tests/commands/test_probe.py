"""`mcp-foundry probe`: what of the protocol holds, on an emulator that is told what it is like."""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.probe import Probe
from mcp_foundry.contract.json import object_in
from mcp_foundry.project.session import open_session
from mcp_foundry.settings.values import Settings
from tests.rigs.command_line import Finished, clean_environment, end_of, run, start
from tests.rigs.sdk_clients import project_client

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

__all__ = ["clean_environment"]

pytestmark = pytest.mark.anyio
AGENT = "acme-payroll"
FUNCTION = "raise_salary"
SERVER = "acme_ledger"


async def probed(emulator: Emulator, agent: str = "helper") -> Finished:
    """What the command prints as JSON, without a process of its own for each oddity."""
    async with open_session(Settings(endpoint=emulator.endpoint)) as foundry:
        report = await Probe(agent, as_json=True, agreed=True).report(foundry)
    assert report is not None
    return Finished(report.code, json.dumps(report.as_json()), "")


def findings(done: Finished) -> dict[int, dict[str, Any]]:
    """What was found, by the number of its point."""
    found = {each["number"]: each for each in json.loads(done.stdout)["findings"]}
    assert list(found) == list(range(1, 11))
    return found


def differing(done: Finished) -> set[int]:
    return {number for number, each in findings(done).items() if each["verdict"] == "differs"}


async def add_agent_with_tools(emulator: Emulator) -> None:
    """An agent with a function, and with an MCP server that asks for approval."""
    tools: list[dict[str, Any]] = [
        {
            "type": "function",
            "name": FUNCTION,
            "description": "Raises a salary.",
            "parameters": {"type": "object", "properties": {}},
            "strict": False,
        },
        {
            "type": "mcp",
            "server_label": SERVER,
            "server_url": "https://mcp.acme.example/ledger",
            "require_approval": {"always": {"tool_names": ["post_entry"]}},
        },
    ]
    definition: Any = {"kind": "prompt", "model": "scripted-model", "tools": tools}
    async with project_client(emulator) as project:
        await project.agents.create_version(AGENT, definition=definition)


async def test_all_points_hold_on_the_emulator_as_it_is_and_nothing_is_left(
    emulator: Emulator,
) -> None:
    await add_agent_with_tools(emulator)
    done = await probed(emulator, AGENT)
    assert done.code == 0
    assert {each["verdict"] for each in findings(done).values()} == {"holds"}, done.stdout
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
    assert [row[0].split(": ")[1] for row in rows] == [*["holds"] * 6, "not tried", *["holds"] * 3]
    assert rows[6][3] == "name an agent with a function, or an MCP tool to approve"
    assert emulator.runs_taken == 14


ODDITIES: dict[str, tuple[dict[str, Any], int, str, str]] = {
    # What the service is like; the point that differs; a word of what came, and of what follows.
    "no resuming": ({"resume_seconds": 0}, 4, "no longer be streamed", "polls"),
    "no list": ({"lists_responses": False}, 8, "HTTP 405", "cannot be found in the list"),
    "no running in the list": ({"lists_running": False}, 8, "not listed", "once it has ended"),
    "no GET": ({"get_breaks": True}, 3, "HTTP 500, server_error", "in the list instead"),
    "no background": (
        {"refused_fields": ("background",)},
        1,
        "param background",
        "asks without `background` after one refusal",
    ),
    "no background by schema": (
        {"refuses_by_schema": ("background",)},
        1,
        "param background",
        "asks without `background` after one refusal",
    ),
    "background ignored": (
        {"ignores_background": True},
        1,
        "background echoed false",
        "ignores it",
    ),
    "no metadata": ({"refused_fields": ("metadata",)}, 9, "param metadata", "without `metadata`"),
    "metadata dropped": ({"drops_metadata": True}, 9, "drops it", "not surely found by its mark"),
    "calls forgotten": (
        {"forgets_calls_of_background": True},
        7,
        "No tool call found",
        "conversation_id=new",
    ),
}
# What else differs, where one thing leads to another.
CONSEQUENCES = {
    "no background": {8},
    "no background by schema": {8},
    "background ignored": {8},
    "no list": set[int](),
}
# Points that a foreground response cannot be asked about.
WITHOUT_BACKGROUND = {3}


@pytest.mark.parametrize("oddity", ODDITIES)
async def test_an_oddity_of_the_service_is_told_with_what_follows_from_it(
    emulator: Emulator, oddity: str
) -> None:
    words, number, came, follows = ODDITIES[oddity]
    emulator.behave(**words)
    done = await probed(emulator, "weather")
    found = findings(done)
    assert done.code == 0
    assert came in found[number]["came"], found[number]
    assert follows in found[number]["follows"], found[number]
    further = CONSEQUENCES.get(oddity, set[int]())
    further |= WITHOUT_BACKGROUND if 8 in further else set[int]()
    assert differing(done) == {number} | further, done.stdout
    untried = {each["number"] for each in found.values() if each["verdict"] == "not tried"}
    assert untried == ({4, 5} if 8 in further else {6} if number == 3 else set[int]())
    assert len(emulator.store.conversations) == 0


async def test_a_missing_role_is_told_as_the_last_point_and_nothing_else_is_tried(
    emulator: Emulator,
) -> None:
    emulator.behave(lacks_role=True)
    done = await probed(emulator, "weather")
    assert done.code == 1
    assert differing(done) == {10}
    found = findings(done)
    assert "Foundry User" in found[10]["follows"]
    assert "PermissionDenied" in found[10]["came"]
    assert "principal `<guid>` lacks the required data action" in found[10]["came"]
    assert all("see point 10" in found[number]["came"] for number in range(1, 10))
    assert emulator.runs_taken == 0


async def test_a_background_refused_without_its_name_is_done_without(emulator: Emulator) -> None:
    emulator.fault(on="run", comments=True)  # the first question, which is no background one
    emulator.fail_next(400, message="No.")
    done = await probed(emulator, "weather")
    found = findings(done)[1]
    assert found["verdict"] == "differs"
    assert "cannot tell that it is `background`: set MCP_FOUNDRY_BACKGROUND=off" in found["follows"]
    asked = [r for r in emulator.received if "background" in object_in(r.body)]
    assert len(asked) == 1


SHAPES = [
    ("[]", "HTTP 200 with a list instead of a JSON object"),
    ("<html>Welcome</html>", "HTTP 200 with no JSON instead"),
    ('{"status": 7, "data": {}}', ""),
    # More digits than Python reads, which nothing in the probe is prepared for.
    (f'{{"status": {"7" * 5000}}}', "an answer of an unexpected shape (ValueError)"),
]


@pytest.mark.parametrize(
    ("on", "number", "body", "told"),
    [
        *(("get", 3, *shape) for shape in SHAPES),
        ("list", 8, *SHAPES[0]),
        ("POST /openai/v1/conversations", 2, *SHAPES[1]),
    ],
    ids=["list", "page", "object", "digits", "listing", "conversation"],
)
async def test_a_reply_of_another_shape_is_a_finding_and_not_the_end_of_the_others(
    emulator: Emulator, on: str, number: int, body: str, told: str
) -> None:
    emulator.fault(on=on, times=1000, status=200, body=body)
    done = await probed(emulator)
    found = findings(done)
    assert done.code == 0
    assert found[number]["verdict"] in {"differs", "not tried"}
    assert told in found[number]["came"]
    assert {found[1]["verdict"], found[10]["verdict"]} == {"holds"}


async def test_a_rate_limit_says_to_come_back(emulator: Emulator) -> None:
    emulator.fail_next(429, times=1000)
    done = await probed(emulator)
    assert done.code == 1
    found = findings(done)
    assert (found[1]["verdict"], found[1]["follows"]) == ("not tried", "probe again later")


async def test_a_conversation_that_cannot_be_deleted_is_told(emulator: Emulator) -> None:
    emulator.fail_next(500, on="DELETE /openai/v1/conversations", times=1000)
    done = await probed(emulator)
    assert done.code == 0
    assert findings(done)[2]["came"].endswith("a conversation could not be deleted")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")
@pytest.mark.parametrize("delay", [0, 1], ids=["created", "on its way"])
async def test_ctrl_c_leaves_no_conversation(emulator: Emulator, delay: float) -> None:
    creation = "POST /openai/v1/conversations"
    emulator.fault(on=creation, delay=delay)
    words = ["probe", "helper", "--yes", "--json"]
    async with await start(*words, FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
        await emulator.wait_for(
            lambda emulated: creation in {f"{it.method} {it.path}" for it in emulated.received},
            timeout=30,
        )
        process.send_signal(signal.SIGINT)
        ended = await end_of(process)
    assert (ended.code, ended.stdout) == (130, "")
    assert ended.stderr.splitlines()[-1] == "mcp-foundry: interrupted"
    # Its creation is waited for: who goes away before does not know what to delete.
    assert emulator.received[-1].method == "DELETE"
    assert len(emulator.store.conversations) == 0


@pytest.mark.parametrize("words", [[], ["--json"], ["helper"]])
async def test_without_a_terminal_and_without_a_yes_nothing_is_asked(
    emulator: Emulator, words: list[str]
) -> None:
    done = await run("probe", *words, given="y\n", FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "--yes" in done.stderr
    assert emulator.received == []


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


async def test_a_project_out_of_reach_is_told_with_exit_1() -> None:
    words = ["probe", "helper", "--yes", "--json"]
    done = await run(*words, FOUNDRY_PROJECT_ENDPOINT="http://127.0.0.1:1/api/projects/p")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("connection_failed: agent 'helper': no connection")


@pytest.mark.parametrize("agent", ["nobody", "helper:9"])
async def test_an_agent_that_is_not_there_is_told_with_exit_1(
    emulator: Emulator, agent: str
) -> None:
    done = await run("probe", agent, "--yes", FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("agent_not_found: ")
    assert emulator.runs_created == 0
