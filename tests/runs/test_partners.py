"""A follow-up that names no agent goes to the one that answered there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.rigs.calling import GENERATIONS, answered, ask, failed, replied

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

OTHERS = pytest.mark.parametrize(
    ("agent", "answers"),
    [("weather", "weather:1"), ("researcher:1", "researcher:1"), ("asst_researcher",) * 2],
)


@OTHERS
@pytest.mark.parametrize("conversation", ["", "new"])
async def test_it_is_remembered_and_costs_no_request(
    emulator: Emulator, connect: Connect, *, agent: str, answers: str, conversation: str
) -> None:
    async with connect() as client:
        first = await ask(client, "[say One]", agent, conversation_id=conversation)
        before = len(emulator.received)
        then = await ask(client, "[say Two]", conversation_id=first["conversation_id"])
        assert len(emulator.received) == before + 1
    assert then["agent"] == answers


@OTHERS
@pytest.mark.parametrize("conversation", ["", "new"])
async def test_after_a_restart_the_service_is_asked_once(
    emulator: Emulator, connect: Connect, *, agent: str, answers: str, conversation: str
) -> None:
    async with connect() as client:
        first = await ask(client, "[say One]", agent, conversation_id=conversation)
    place = first["conversation_id"]
    async with connect() as client:
        before = len(emulator.received)
        batch = await answered(
            client, "batch_ask", requests=[{"message": "[say Two]", "conversation_id": place}] * 3
        )
        assert [request.method for request in emulator.received[before:]].count("GET") == 1
    assert batch["completed"] == 3
    # Whether a version was asked for nobody knows any more.
    assert batch["agent"].partition(":")[0] == answers.partition(":")[0]


async def test_it_is_the_newest_version_where_none_was_asked_for(connect: Connect) -> None:
    async with connect() as client:
        first = await ask(client, "[say One]", "weather")
        await answered(
            client, "create_agent_version", agent_name="weather", instructions="Be brief."
        )
        then = await ask(client, "[say Two]", conversation_id=first["conversation_id"])
    assert then["agent"] == "weather:2"


@GENERATIONS
async def test_the_allow_list_holds_for_whom_it_is(connect: Connect, agent: str) -> None:
    other = "asst_researcher" if agent.startswith("asst_") else "weather"
    async with connect() as client:
        first = await ask(client, "[say One]", other)
        waiting = await ask(client, "[call get_weather]", other)
    async with connect(agents=frozenset({agent})) as client:
        error = await failed(
            client, "ask_agent", message="Two", conversation_id=first["conversation_id"]
        )
        assert error["code"] == "not_allowed"
        if agent.startswith("asst_"):
            # Whatever agent is named, it is the run's own that goes on.
            error = await failed(client, "ask_agent", **replied(agent, waiting, output="Rain"))
            assert error["code"] == "not_allowed"


async def test_a_conversation_that_is_not_there_is_said_to_be_so(connect: Connect) -> None:
    async with connect() as client:
        for place in ("resp_none", "conv_none", "thread_none"):
            error = await failed(client, "ask_agent", message="x", conversation_id=place)
            assert error["code"] == "conversation_not_found"


async def test_in_a_conversation_without_a_turn_the_default_agent_answers(
    emulator: Emulator, connect: Connect
) -> None:
    url = f"{emulator.endpoint}/openai/v1/conversations"
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as other:
        made = await (await other.post(url, json={})).json()
    async with connect() as client:
        answer = await ask(client, "[say One]", conversation_id=made["id"])
    assert answer["agent"] == "helper:1"


async def test_where_it_cannot_be_learned_the_caller_is_asked_to_name_it(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        first = await ask(client, "[say One]", "weather")
    emulator.fail_next(403, on="GET", times=9)
    async with connect() as client:
        error = await failed(
            client, "ask_agent", message="Two", conversation_id=first["conversation_id"]
        )
    assert error["code"] == "forbidden"
    assert "pass that one as agent" in error["message"]
