"""The log: lines for a person, or an object a line for a collector; with ids, without secrets."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.telemetry.log import formatter
from tests.rigs.collector import collector
from tests.rigs.command_line import run
from tests.rigs.stdio_process import call, handshake, lines, request

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

CANARY = "canary"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxIn0.c2ln"  # noqa: S105 - it opens nothing
AUDIT = "mcp_foundry.audit"


async def test_a_collector_of_logs_and_one_of_traces_are_told_the_same_calls(
    emulator: Emulator,
) -> None:
    emulator.fault(drop_after_events=3)
    given = lines(
        *handshake(),
        call(1, "ask_agent", message=CANARY, agent="helper"),
        request(2, "tools/call", name="ask_agent", arguments=[CANARY]),
        call("3", f"ask_{CANARY}"),
        request("4", f"{CANARY}/x"),
    )
    words = ["--endpoint", emulator.endpoint, "--log-level", "DEBUG", "--log-format", "json"]
    with collector() as told:
        done = await run(*words, given=given.decode(), **told.environment)
    assert done.code == 0
    said: list[dict[str, Any]] = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(line.keys() >= {"timestamp", "level", "logger", "message"} for line in said)

    spans = {span.trace_id: span for span in told.spans if span.scope == "mcp-python-sdk"}
    audited = [line for line in said if line["logger"] == AUDIT]
    assert {(line.get("code"), line["status"]) for line in audited} == {
        (None, "completed"),
        ("-32602", "failed"),
        ("invalid_request", "failed"),
    }
    assert len(audited) == 3
    for line in audited:
        span = spans[line["trace_id"]]
        assert span.attributes["network.transport"] == "pipe"
        assert span.attributes["mcp_foundry.outcome"] == line["status"]
    # The stream was gone on with, in the run's own task, which knew its name by then.
    answer_id = next(line["answer_id"] for line in audited if "answer_id" in line)
    assert any(line.get("response_id") == answer_id for line in said if line["logger"] != AUDIT)
    assert {
        (point.attributes.get("gen_ai.tool.name"), point.attributes.get("error.type"))
        for point in told.points
        if point.name == "mcp.server.operation.duration"
        and point.attributes["mcp.method.name"] == "tools/call"
    } == {("ask_agent", None), ("ask_agent", "-32602"), (None, "invalid_request")}
    assert not [body for body in told.bodies if CANARY.encode() in body]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_others_say_brings_no_credential_along(form: str) -> None:
    line = formatted(form, "%s", TOKEN, ValueError(f"Authorization: Bearer {TOKEN}"))
    assert "ValueError" in line
    assert TOKEN not in line
    assert "***" in line


def test_a_traceback_is_a_field_and_no_further_lines() -> None:
    line = formatted("json", "It failed", None, ValueError("one\ntwo"))
    assert json.loads(line)["exception"] == "ValueError: one\ntwo"
    assert "\n" not in line


def test_words_that_do_not_fit_their_arguments_are_told_as_they_are() -> None:
    assert json.loads(formatted("json", "%d of it", "none"))["message"] == "%d of it"


def formatted(form: str, words: str, argument: str | None, failure: Exception | None = None) -> str:
    """The line of one record."""
    raised = (type(failure), failure, None) if failure else None
    arguments = () if argument is None else (argument,)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, words, arguments, raised)
    return formatter(form).format(record)
