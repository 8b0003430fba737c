"""What only the classic generation does: threads, messages and runs on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.conftest import failure, structured
from tests.rigs.calling import ask, failed

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.contract.json import Json
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
    body = without_metadata(request.body)
    assert without_metadata(body.pop("thread")) == {"messages": [{"role": "user", "content": "Hi"}]}
    assert body == {"assistant_id": AGENT, "stream": True}
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


async def test_a_classic_thread_is_durable_already_so_new_costs_nothing_more(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        first = await ask(client, "My name is Ada", "asst_helper", conversation_id="new")
    assert first["conversation_id"].startswith("thread_")
    assert len(emulator.received) == 1


@pytest.mark.parametrize("cut", [{"disconnect": True}, {"hang": True}, {"status": 502}])
async def test_a_run_on_a_thread_is_found_though_it_was_never_named(
    emulator: Emulator, client: Client, cut: dict[str, Any]
) -> None:
    before = await ask(client, "[say Before.]", "asst_helper")
    emulator.fault(**cut, after_start=True)
    thread = before["conversation_id"]
    answer = await ask(client, "[say Found.]", "asst_helper", conversation_id=thread)
    assert answer["text"] == "Found."
    assert emulator.runs_created == 2


async def test_a_run_that_cannot_be_looked_for_may_have_been_started(
    emulator: Emulator, client: Client
) -> None:
    emulator.fault(drop_after_events=1)
    emulator.fault(on="get", status=403)
    question = {"message": "Hi", "agent": "asst_helper"}
    error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "connection_failed"
    assert "a run may have been started; it was not started again" in error["message"]


async def test_more_messages_than_a_page_are_all_fetched(
    emulator: Emulator, client: Client
) -> None:
    emulator.fault(drop_after_events=3)
    question = {"message": "[messages 120]", "agent": "asst_helper"}
    answer = structured(await client.call_tool("ask_agent", question))
    assert answer["text"].split("\n\n")[-1] == "Message 120 of 120."
    assert len(answer["text"].split("\n\n")) == 120
