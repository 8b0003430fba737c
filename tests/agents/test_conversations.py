"""Going on with a conversation, by each kind of id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import GENERATIONS, ask, failed

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

# What the emulator's scripted model says when it remembers.
SECOND = "This is turn 2 of this conversation; it began with “My name is Ada”."
THIRD = "This is turn 3 of this conversation; it began with “My name is Ada”."


@GENERATIONS
async def test_an_answers_conversation_goes_on_where_it_was(
    emulator: Emulator, client: Client, agent: str
) -> None:
    first = await ask(client, "My name is Ada", agent)
    prefix = "resp_" if agent == "helper" else "thread_"
    assert first["conversation_id"].startswith(prefix)
    second = await ask(client, "Who am I?", agent, conversation_id=first["conversation_id"])
    assert second["text"].endswith(SECOND)
    third = await ask(client, "And now?", agent, conversation_id=second["conversation_id"])
    assert third["text"].endswith(THIRD)
    assert len(emulator.received) == 3


@GENERATIONS
async def test_questions_without_a_conversation_know_nothing_of_each_other(
    connect: Connect, agent: str
) -> None:
    async with connect() as client:
        await ask(client, "My name is Ada", agent)
        answer = await ask(client, "Who am I?", agent)
    assert answer["text"].endswith("This is turn 1 of this conversation.")


async def test_a_response_can_be_gone_on_from_more_than_once(connect: Connect) -> None:
    async with connect() as client:
        first = await ask(client, "My name is Ada")
        branches = [
            await ask(client, message, conversation_id=first["conversation_id"])
            for message in ("Left", "Right")
        ]
    assert all(branch["text"].endswith(SECOND) for branch in branches)
    assert branches[0]["conversation_id"] != branches[1]["conversation_id"]


async def test_new_creates_a_durable_conversation_whose_id_stays(
    emulator: Emulator, client: Client
) -> None:
    first = await ask(client, "My name is Ada", conversation_id="new")
    durable = first["conversation_id"]
    assert durable.startswith("conv_")
    assert [request.path for request in emulator.received] == [
        "/openai/v1/conversations",
        "/openai/v1/responses",
    ]
    second = await ask(client, "Who am I?", conversation_id=durable)
    assert second["conversation_id"] == durable
    assert second["text"].endswith(SECOND)


async def test_another_agent_may_go_on_with_a_conversation(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.store.add_agent("other")
    async with connect() as client:
        first = await ask(client, "My name is Ada", "helper")
        second = await ask(client, "Who am I?", "other", conversation_id=first["conversation_id"])
    assert second["agent"] == "other:1"
    assert second["text"].endswith(SECOND)


@pytest.mark.parametrize(
    ("agent", "conversation_id"),
    [("helper", "resp_gone"), ("helper", "conv_gone"), ("asst_helper", "thread_gone")],
)
async def test_a_conversation_that_is_not_there_is_named_and_the_way_on_told(
    connect: Connect, agent: str, conversation_id: str
) -> None:
    async with connect() as client:
        error = await failed(
            client, "ask_agent", message="Hi", agent=agent, conversation_id=conversation_id
        )
    assert error["code"] == "conversation_not_found"
    assert conversation_id in error["message"]
    assert "Leave conversation_id empty" in error["message"]
