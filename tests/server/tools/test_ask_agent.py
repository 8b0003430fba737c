"""Asking an agent, in both generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from mcp_types import TextContent

from tests.conftest import structured
from tests.rigs.calling import GENERATIONS, ask, failed

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_a_question_costs_one_request_and_brings_the_whole_answer(
    emulator: Emulator, client: Client, agent: str
) -> None:
    answer = await ask(client, "Hi", agent)
    assert answer["status"] == "completed"
    assert "“Hi”" in answer["text"]
    assert len(emulator.received) == 1


@GENERATIONS
async def test_usage_and_generation_come_with_the_answer(connect: Connect, agent: str) -> None:
    async with connect() as client:
        answer = await ask(client, "[long 7]", agent)
    usage = answer["usage"]
    assert usage["output_tokens"] == 7
    assert usage["total_tokens"] == usage["input_tokens"] + 7
    assert answer["generation"] == ("classic" if agent.startswith("asst_") else "responses")


async def test_an_agent_without_version_is_its_latest_and_the_answer_names_that(
    connect: Connect,
) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", "researcher")
    assert answer["agent"] == "researcher:2"


async def test_a_pinned_version_answers_itself(connect: Connect) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", "researcher:1")
    assert answer["agent"] == "researcher:1"
    assert "researcher (version 1)" in answer["text"]


async def test_a_new_version_is_seen_at_once(emulator: Emulator, connect: Connect) -> None:
    async with connect() as client:
        assert (await ask(client, "Hi", "helper"))["agent"] == "helper:1"
        emulator.store.add_agent("helper", instructions="Be brief.")
        assert (await ask(client, "Hi", "helper"))["agent"] == "helper:2"


async def test_the_default_agent_is_asked_where_none_is_named(connect: Connect) -> None:
    async with connect(agent="weather") as client:
        assert (await ask(client, "Hi"))["agent"] == "weather:1"


async def test_without_a_default_agent_the_error_says_how_to_name_one(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(agent="") as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "not_configured"
    assert "list_agents" in error["message"]
    assert "FOUNDRY_AGENT_NAME" in error["message"]
    assert emulator.received == []


@GENERATIONS
async def test_all_messages_of_a_run_come_in_order(connect: Connect, agent: str) -> None:
    async with connect() as client:
        answer = await ask(client, "[messages 3]", agent)
    assert answer["text"] == "Message 1 of 3.\n\nMessage 2 of 3.\n\nMessage 3 of 3."


@GENERATIONS
async def test_a_refusal_is_an_answer_whose_text_is_the_refusal(
    connect: Connect, agent: str
) -> None:
    async with connect() as client:
        answer = await ask(client, "[refuse]", agent)
    assert answer["status"] == "completed"
    assert answer["text"] == "I can't help with that."
    assert answer["refused"] is True


@GENERATIONS
@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
async def test_an_answer_cut_short_keeps_its_text_and_says_why(
    connect: Connect, agent: str, reason: str
) -> None:
    async with connect() as client:
        answer = await ask(client, f"[say Half a] [incomplete {reason}]", agent)
    assert answer["status"] == "incomplete"
    assert answer["text"] == "Half a"
    assert answer["incomplete_reason"] == reason


@GENERATIONS
async def test_a_failed_run_is_an_error_with_the_code_and_words_of_the_service(
    connect: Connect, agent: str
) -> None:
    async with connect() as client:
        error = await failed(
            client, "ask_agent", message="[fail server_error The disk is full]", agent=agent
        )
        assert error["code"] == "run_failed"
        assert "server_error" in error["message"]
        assert "The disk is full" in error["message"]
        assert (await ask(client, "Still there?", agent))["status"] == "completed"


@GENERATIONS
@pytest.mark.parametrize("message", ['{"k":1}', "null", '"x"', "[1]", "true", "12", " a\n\tb "])
async def test_text_that_looks_like_json_arrives_as_it_is(
    emulator: Emulator, connect: Connect, agent: str, message: str
) -> None:
    async with connect() as client:
        await ask(client, message, agent)
    sent = cast("dict[str, Any]", emulator.received[-1].body)
    if agent == "helper":
        assert sent["input"] == message
    else:
        assert sent["thread"]["messages"] == [{"role": "user", "content": message}]


async def test_the_answer_stands_in_the_text_and_in_the_structure(client: Client) -> None:
    result = await client.call_tool("ask_agent", {"message": "[say Yes.]"})
    answer = structured(result)
    assert isinstance(result.content[0], TextContent)
    text, footer = result.content[0].text.rsplit("\n\n", 1)
    assert text == answer["text"] == "Yes."
    conversation = answer["conversation_id"]
    assert footer == f"[conversation_id: {conversation} · agent: helper:1 · status: completed]"


@GENERATIONS
async def test_fields_that_are_empty_are_left_out(connect: Connect, agent: str) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", agent)
    assert set(answer) == {
        "status",
        "text",
        "agent",
        "generation",
        "conversation_id",
        "answer_id",
        "usage",
    }


async def test_a_response_that_the_service_will_not_run_in_the_background_is_asked_plainly(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fail_next(400, code="invalid_payload", message="background is not supported here")
    async with connect() as client:
        answer = await ask(client, "Hi")
    assert answer["status"] == "completed"
    assert "background" not in cast("dict[str, Any]", emulator.received[-1].body)
    assert emulator.runs_taken == 1
