"""What only the classic generation does: threads, messages and runs on the wire.

The service retires it on 2027-03-31; this file goes with `mcp_foundry/classic.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from mcp_foundry.agents.classic.answers import answer_of
from mcp_foundry.contract.errors import FoundryError
from tests.rigs.calling import ask, failed

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Json
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

AGENT = "asst_helper"


def without_metadata(body: object) -> dict[str, Any]:
    """A request without the mark by which its run is found again."""
    assert isinstance(body, dict)
    return {key: value for key, value in cast("Json", body).items() if key != "metadata"}


async def test_a_first_question_creates_thread_and_run_at_once(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", AGENT)
    (request,) = emulator.received
    assert (request.method, request.path) == ("POST", "/threads/runs")
    assert request.query == {"api-version": "v1"}
    assert without_metadata(request.body) == {
        "assistant_id": AGENT,
        "stream": True,
        "thread": {"messages": [{"role": "user", "content": "Hi"}]},
    }
    thread, _, run = answer["answer_id"].partition("/")
    assert thread == answer["conversation_id"]
    assert run.startswith("run_")


async def test_a_further_question_brings_its_message_with_the_run(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        first = await ask(client, "Hi", AGENT)
        thread = first["conversation_id"]
        await ask(client, "And?", AGENT, conversation_id=thread)
    request = emulator.received[-1]
    assert request.path == f"/threads/{thread}/runs"
    assert without_metadata(request.body) == {
        "assistant_id": AGENT,
        "stream": True,
        "additional_messages": [{"role": "user", "content": "And?"}],
    }


async def test_an_answer_id_goes_on_with_its_thread(connect: Connect) -> None:
    async with connect() as client:
        first = await ask(client, "My name is Ada", AGENT)
        second = await ask(client, "Who am I?", AGENT, conversation_id=first["answer_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert "it began with “My name is Ada”" in second["text"]


@pytest.mark.parametrize("end", ["failed", "expired", "cancelled"])
async def test_a_run_that_ends_badly_is_an_error_that_says_how(
    emulator: Emulator, connect: Connect, end: str
) -> None:
    emulator.fault(end=end)
    async with connect() as client:
        error = await failed(client, "ask_agent", message="Hi", agent=AGENT)
    assert error["code"] == "run_failed"
    assert AGENT in error["message"]
    assert end in error["message"]


RUN: dict[str, Any] = {
    "id": "run_1",
    "thread_id": "thread_1",
    "assistant_id": "asst_1",
    "status": "completed",
}


def said(*content: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    return {"id": "msg_1", "role": role, "content": list(content)}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def test_only_what_the_agent_said_is_its_answer() -> None:
    answer = answer_of(RUN, [said(text("Mine"), role="user"), said(text("Yours"))])
    assert answer.text == "Yours"


def test_an_image_in_an_answer_is_cited() -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    answer = answer_of(RUN, [said(text("See "), image, {"type": "of_tomorrow"}, text("below"))])
    assert answer.text == "See below"
    (citation,) = answer.citations
    assert (citation.file_id, citation.start) == ("file-1", 4)


def test_a_run_without_usage_or_messages_is_an_empty_answer() -> None:
    answer = answer_of(RUN, [])
    assert (answer.status, answer.text, answer.usage) == ("completed", "", None)


def test_a_content_filter_is_told_as_such() -> None:
    error = {"code": "content_filter", "message": "Violence"}
    with pytest.raises(FoundryError) as failure:
        answer_of({**RUN, "status": "failed", "last_error": error}, [])
    assert failure.value.code == "content_filtered"
    assert "Violence" in str(failure.value)


async def test_runs_that_wait_are_remembered_up_to_a_bound_and_the_oldest_is_asked_for(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        waiting = await ask(client, "[call look {}]", "asst_helper")
        many = [{"message": "[call look {}]", "agent": "asst_helper"}] * 201
        batch = await client.call_tool("batch_ask", {"requests": many})
        assert not batch.is_error
        before = len(emulator.received)
        reply = {"id": waiting["pending"][0]["id"], "output": "42"}
        place = waiting["conversation_id"]
        answer = await ask(client, "", conversation_id=place, replies=[reply])
    assert answer["status"] == "completed"
    assert [each.method for each in emulator.received[before:]] == ["GET", "GET", "POST"]
