"""A run whose id never came is found again, where a match is certain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

LOST = pytest.mark.parametrize(
    "lost",
    [
        {"disconnect": True, "after_start": True},
        {"status": 504, "after_start": True},
        {"drop_after_bytes": 0},
        {"drop_in_event": 1},
        {"empty": True, "after_start": True},
    ],
    ids=["disconnect", "504", "nothing", "half an event", "empty"],
)
PERHAPS = "a run may have been started; it was not started again"


async def error_of(client: Client, **question: object) -> str:
    return str(failure(await client.call_tool("ask_agent", dict(question)))["message"])


@LOST
async def test_a_run_is_found_by_the_mark_of_its_question(
    emulator: Emulator, client: Client, lost: dict[str, Any]
) -> None:
    await ask(client, "[say Another.]", "helper")
    emulator.fault(**lost)
    answer = await ask(client, "[say Found.]", "helper")
    assert (answer["text"], answer["agent"]) == ("Found.", "helper:1")
    assert emulator.runs_created == emulator.runs_taken == 2


async def test_a_run_is_found_though_it_is_listed_late(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.behave(lists_running=False)
    emulator.fault(disconnect=True, after_start=True)
    async with connect(limits=replace(TEST_LIMITS, find=5)) as client:
        answer = await ask(client, "[slow 0.5] [say Found.]", "helper")
    assert answer["text"] == "Found."
    assert emulator.runs_created == 1


async def test_without_marks_a_durable_conversation_leads_to_its_only_new_answer(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(drops_metadata=True)
    first = await ask(client, "[say First.]", "helper", conversation_id="new")
    emulator.fault(disconnect=True, after_start=True)
    place = first["conversation_id"]
    # The first answer is as young, and was asked something else: which is it?
    assert PERHAPS in await error_of(
        client, message="[say Lost.]", agent="helper", conversation_id=place
    )
    emulator.fault(disconnect=True, after_start=True)
    alone = await ask(client, "[say Found.]", "helper", conversation_id="new")
    assert (alone["text"], alone["conversation_id"][:5]) == ("Found.", "conv_")


async def test_without_marks_another_question_is_never_taken_for_the_lost_one(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(drops_metadata=True)
    first = await ask(client, "[say First.]", "helper", conversation_id="new")
    emulator.fault(disconnect=True)
    place = first["conversation_id"]
    message = await error_of(client, message="Second", agent="helper", conversation_id=place)
    assert PERHAPS in message
    assert emulator.runs_taken == 1


async def test_without_marks_and_conversations_nothing_is_certain(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(drops_metadata=True)
    emulator.fault(disconnect=True, after_start=True)
    assert PERHAPS in await error_of(client, message="Hi", agent="helper")


async def test_a_service_that_lists_nothing_is_asked_for_its_list_once(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(lists_responses=False)
    emulator.fault(disconnect=True, after_start=True)
    assert PERHAPS in await error_of(client, message="Hi", agent="helper")
    assert [request.method for request in emulator.received] == ["POST", "GET"]


async def test_an_answer_that_cannot_be_read_by_its_id_is_read_from_the_list(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.behave(get_breaks=True)
    async with connect(max_wait=0.3) as first:
        early = await ask(first, "[slow 0.5] [say Listed.]", "helper")
        answer_id = early["answer_id"]
    await emulator.wait_for(lambda it: not it.live)
    async with connect() as second:
        answer = structured(await second.call_tool("get_answer", {"answer_id": answer_id}))
    assert answer["text"] == "Listed."


async def test_an_empty_stream_on_a_conversation_says_that_another_turn_may_be_under_way(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(max_wait=0.3) as client:
        early = await ask(client, "[slow 3] [say First.]", "helper", conversation_id="new")
    emulator.behave(locks="empty")
    async with connect() as other:
        place = early["conversation_id"]
        message = await error_of(other, message="Hi", agent="helper", conversation_id=place)
    assert PERHAPS in message
    assert "may have another turn under way" in message
