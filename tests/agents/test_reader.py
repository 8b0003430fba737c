"""Streams that no service should send, and some that one may."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.classic import reading as classic
from mcp_foundry.agents.responses import reading as responses
from tests.conftest import Connect, structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.raw_service import raw_service, reply, stream

if TYPE_CHECKING:
    from mcp.client import Client


pytestmark = pytest.mark.anyio

NAMED: dict[str, Any] = {"id": "resp_1", "status": "in_progress", "output": []}
SAID = {"type": "message", "content": [{"type": "output_text", "text": "All."}]}
DONE = {**NAMED, "status": "completed", "output": [SAID]}


def event(name: str, data: object, *, told: bool = True) -> str:
    """One event; where its name is not told in a line of its own, it is in the data."""
    return f"event: {name}\ndata: {dumps(data)}\n\n" if told else f"data: {dumps(data)}\n\n"


async def asked(connect: Connect, *replies: bytes, tool: str = "stream_agent") -> dict[str, Any]:
    """What a server answers whose service says this."""
    async with raw_service(*replies) as service, connect(endpoint=service.endpoint) as client:
        return structured(await client.call_tool(tool, {"message": "Hi"}))


async def test_an_event_may_carry_its_name_in_its_data(connect: Connect) -> None:
    created = {"type": "response.created", "response": NAMED}
    completed = {"type": "response.completed", "response": DONE}
    nameless = stream(event("", created, told=False), event("", completed, told=False))
    assert (await asked(connect, nameless))["text"] == "All."


async def test_half_a_character_in_a_token_breaks_nothing(connect: Connect) -> None:
    delta = {"item_id": "m", "delta": "\ud83d"}
    begun = event("response.created", {"response": NAMED})
    half = event("response.output_text.delta", delta)
    done = event("response.completed", {"response": DONE})
    assert (await asked(connect, stream(begun, half, done)))["text"] == "All."


async def test_half_a_character_in_the_end_loses_no_answer(connect: Connect) -> None:
    cut = {**DONE, "metadata": {"note": "\ud83d"}}
    answer = await asked(connect, stream(event("response.completed", {"response": cut})))
    assert answer["text"] == "All."


async def test_a_conversation_may_be_told_by_its_id_alone(connect: Connect) -> None:
    held = {**DONE, "conversation": "conv_1"}
    answer = await asked(connect, stream(event("response.completed", {"response": held})))
    assert answer["conversation_id"] == "conv_1"


async def test_an_end_that_says_nothing_is_fetched(connect: Connect) -> None:
    begun = event("response.created", {"response": NAMED})
    empty = event("response.completed", [])
    answer = await asked(connect, stream(begun, empty), reply(dumps(DONE)))
    assert answer["text"] == "All."


async def test_an_agent_that_is_not_named_is_the_one_that_was_asked(connect: Connect) -> None:
    answer = await asked(connect, stream(event("response.completed", {"response": DONE})))
    assert answer["agent"] == "helper"


async def test_what_was_settled_within_the_run_waits_for_nobody(connect: Connect) -> None:
    output = [
        {"type": "function_call", "id": "f", "call_id": "c", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "42"},
        {"type": "mcp_approval_request", "id": "a", "name": "do", "server_label": "s"},
        {"type": "mcp_call", "id": "m", "approval_request_id": "a", "name": "do"},
        SAID,
    ]
    settled = event("response.completed", {"response": {**DONE, "output": output}})
    answer = await asked(connect, stream(settled))
    assert (answer["status"], answer.get("pending")) == ("completed", None)


@GENERATIONS
async def test_an_answer_of_megabytes_that_nobody_watches_is_whole(
    client: Client, agent: str
) -> None:
    question = {"message": "[long 8000]", "agent": agent}
    answer = structured(await client.call_tool("ask_agent", question))
    assert len(answer["text"].split()) == 8000


def test_a_tool_of_a_kind_that_nobody_knew_is_told_by_its_kind() -> None:
    assert responses.activity_of({"type": "time_travel_call"}) == "Using time travel…"
    assert classic.activity_of({"type": "time_{travel}"}) == "Using time {travel}…"
