"""The line that an auditor reads of each call and reading: one, whatever came of it, no words."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from tests.rigs.calling import answered, ask, failed
from tests.rigs.cancelling import LONG, cancelled_call

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

CANARY = "canary"


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "mcp_foundry.audit")
    return caplog


def line_of(audited: pytest.LogCaptureFixture) -> tuple[str, dict[str, Any]]:
    """The one line there is, and its facts."""
    (record,) = (each for each in audited.records if each.name == "mcp_foundry.audit")
    facts: dict[str, Any] = record.__dict__["facts"]
    assert facts.pop("seconds") >= 0
    return record.getMessage(), facts


async def test_a_call_is_one_line_with_what_it_cost_and_no_words(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    answer = await ask(client, CANARY, "helper")
    line, facts = line_of(audited)
    assert facts == {
        "method": "tools/call",
        "tool": "ask_agent",
        "agent": "helper:1",
        "status": "completed",
        "input_tokens": answer["usage"]["input_tokens"],
        "output_tokens": answer["usage"]["output_tokens"],
        "conversation_id": answer["conversation_id"],
        "answer_id": answer["answer_id"],
    }
    assert line.startswith(
        "method=tools/call tool=ask_agent agent=helper:1 status=completed seconds="
    )
    assert CANARY not in line


async def test_a_batch_is_one_line_with_the_sum(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    requests = [{"message": "one"}, {"message": "two"}, {"message": "x", "agent": "nobody"}]
    batch = await answered(client, "batch_ask", requests=requests)
    _, facts = line_of(audited)
    assert facts["requests"] == 3
    assert facts["input_tokens"] == batch["usage"]["input_tokens"]
    assert facts["answer_id"] == batch["batch_id"]


async def test_a_call_without_an_answer_has_ended_all_the_same(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    await answered(client, "list_agents")
    told = {"method": "tools/call", "tool": "list_agents", "status": "completed"}
    assert line_of(audited)[1] == told


async def test_a_reading_is_one_line_with_its_address(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    answer = await ask(client, f"[say {CANARY}]", "helper")
    audited.clear()
    uri = f"foundry://conversations/{answer['conversation_id']}"
    assert CANARY in str(await client.read_resource(uri))
    line, facts = line_of(audited)
    assert facts == {"method": "resources/read", "uri": uri, "status": "completed"}
    assert CANARY not in line


async def test_a_file_is_named_by_its_ids_however_it_is_read(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    (file,) = (await ask(client, f"[file {CANARY}.csv]", "helper"))["files"]
    place = file["uri"].removesuffix(f"/{CANARY}.csv")
    assert place != file["uri"]
    for method, read in (
        ("resources/read", partial(client.read_resource, file["uri"])),
        ("tools/call", partial(client.call_tool, "get_file", {"uri": file["uri"]})),
    ):
        audited.clear()
        await read()
        line, facts = line_of(audited)
        assert (facts["method"], facts["uri"], facts["status"]) == (method, place, "completed")
        assert CANARY not in line


@pytest.mark.parametrize("words", ["what Ada earns", "ada@example.com", "x\n2026 INFO"])
async def test_a_reading_that_failed_is_a_line_without_what_was_made_up(
    audited: pytest.LogCaptureFixture, client: Client, words: str
) -> None:
    for address, told in (
        ("agents", "_OTHER"),
        ("files/cntr_1/cfile_1", "foundry://files/cntr_1/cfile_1"),
    ):
        audited.clear()
        with pytest.raises(MCPError):
            await client.read_resource(f"foundry://{address}/{words}")
        line, facts = line_of(audited)
        assert facts["uri"] == told
        assert (facts["method"], facts["status"]) == ("resources/read", "failed")
        assert facts["code"]
        assert words not in line


async def test_a_failed_call_says_whom_it_meant_and_why_it_failed(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    await failed(client, "ask_agent", message=CANARY, agent="nobody", conversation_id="conv_1")
    line, facts = line_of(audited)
    assert facts["status"] == "failed"
    assert facts["code"] in {"agent_not_found", "conversation_not_found"}
    assert (facts["agent"], facts["conversation_id"]) == ("nobody", "conv_1")
    assert CANARY not in line


async def test_a_call_that_its_client_gave_up_is_a_line(
    audited: pytest.LogCaptureFixture, connect: Connect, mode: str, emulator: Emulator
) -> None:
    asked = {"message": LONG, "agent": "helper"}
    async with connect({"mode": mode}) as client, cancelled_call(client, "ask_agent", asked):
        await emulator.wait_for(lambda it: bool(it.live))
    told = {"method": "tools/call", "tool": "ask_agent", "agent": "helper", "status": "cancelled"}
    assert line_of(audited)[1] == told


async def test_a_trace_that_came_with_a_call_is_named(
    audited: pytest.LogCaptureFixture, client: Client
) -> None:
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    await client.call_tool("list_agents", {}, meta={"traceparent": parent})
    assert line_of(audited)[1]["trace_id"] == "ab" * 16


@pytest.mark.parametrize(
    "name",
    [
        "x\n2026 INFO mcp_foundry.audit: tool=y",
        "\x1b[31mx\x7f",
        "x status=completed",
        "\u202e" * 90,
        "x" * 100_000,
        "What does Ada earn?",
        "ada@example.com",
    ],
    ids=["line", "colour", "field", "direction", "length", "words", "person"],
)
async def test_what_a_caller_gave_in_place_of_a_name_is_not_in_the_line(
    audited: pytest.LogCaptureFixture, client: Client, name: str
) -> None:
    await client.call_tool(name, {"agent": name, "answer_id": name, "uri": name})
    line, facts = line_of(audited)
    told = dict(part.split("=") for part in line.split())
    assert told.pop("seconds")
    assert told == facts
    assert {told.pop(name) for name in ("tool", "agent", "answer_id", "uri")} == {"_OTHER"}
    assert told == {"method": "tools/call", "status": "failed", "code": "invalid_request"}
