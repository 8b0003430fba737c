"""What is typed after an answer that is not whole is taken by a shell as it stands."""

from __future__ import annotations

import json
import shlex
from types import SimpleNamespace
from typing import Any

import pytest

from mcp_foundry.commands.line.parser import parse
from mcp_foundry.commands.next_to_type import in_shell, next_to_type, place_of, told_what_next

APPROVAL = {
    "id": "mcpr_1",
    "kind": "approval",
    "name": "merge",
    "server": "hub's",
    "arguments": "{}",
}
PLACE = ["--endpoint", "https://x.services.ai.azure.com/api/projects/it's"]


def waiting(*pending: dict[str, Any]) -> dict[str, Any]:
    return {"status": "requires_action", "conversation_id": "resp_1", "pending": list(pending)}


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"status": "in_progress", "answer_id": "a/resp_1"}, ["get_answer", "answer_id=a/resp_1"]),
        (
            waiting(APPROVAL),
            [
                *("ask_agent", "conversation_id=resp_1"),
                f"replies={json.dumps([{'id': 'mcpr_1', 'approve': True}])}",
            ],
        ),
        (
            waiting({"id": "call_1", "kind": "function_call", "name": "rain"}),
            [
                *("ask_agent", "conversation_id=resp_1"),
                f"replies={json.dumps([{'id': 'call_1', 'output': '...'}])}",
            ],
        ),
        ({"error": {"code": "agent_not_found", "message": "no"}}, ["list_agents"]),
    ],
)
def test_a_call_goes_on(result: dict[str, Any], words: list[str]) -> None:
    line = next_to_type(result, PLACE)
    options = parse(shlex.split(line)[1:])
    assert [options.command, options.tool, *options.words] == ["call", *words]
    assert options.endpoint == PLACE[1]
    assert getattr(options, "approvals", "") == ("caller" if "approve" in line else "")


@pytest.mark.parametrize(
    "result",
    [
        waiting({"id": "1", "kind": "oauth_consent", "url": "https://x/y?a=b&c"}),
        {"status": "incomplete", "conversation_id": "resp_1", "incomplete_reason": "max_tokens"},
    ],
)
def test_a_question_goes_on(result: dict[str, Any]) -> None:
    options = parse(shlex.split(next_to_type(result))[1:])
    assert (options.command, options.conversation_id) == ("ask", "resp_1")
    assert len(options.words) == 1
    assert next_to_type(result) in told_what_next(result)


@pytest.mark.parametrize("reason", ["content_filter", "cancelled"])
def test_nothing_is_to_be_typed_where_nothing_goes_on(reason: str) -> None:
    result = {"status": "incomplete", "conversation_id": "resp_1", "incomplete_reason": reason}
    assert next_to_type(result) == ""
    assert told_what_next(result) == f"The answer is incomplete ({reason})."
    assert told_what_next({"status": "completed", "text": "Hi"}) == ""


@pytest.mark.parametrize(
    "words", [["--endpoint", "http://localhost:1"], ["--env-file", "a b.env"], ["--emulator"], []]
)
def test_the_next_command_is_for_the_same_project(words: list[str]) -> None:
    assert place_of(SimpleNamespace(**vars(parse(["call", "list_agents", *words])))) == words


def test_an_emulator_that_has_ended_leaves_its_agents_alone_to_be_listed() -> None:
    assert "type" not in told_what_next(waiting(APPROVAL), ["--emulator"])
    none: dict[str, Any] = {"error": {"code": "agent_not_found", "message": "no"}}
    told = told_what_next(none, ["--emulator"])
    assert told == "To see the agents, type: mcp-foundry call list_agents --emulator"


def test_windows_quotes_otherwise() -> None:
    assert in_shell(["a b", 'c"d'], windows=True) == '"a b" c\\"d'
