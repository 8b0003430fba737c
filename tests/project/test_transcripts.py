"""What was said in a conversation, as a person reads it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp_types import INTERNAL_ERROR

from tests.rigs.calling import GENERATIONS, ask
from tests.rigs.raw_service import raw_service, reply
from tests.rigs.reading import read, refused, turns

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

Json = dict[str, Any]


async def test_a_durable_conversation_is_told_turn_by_turn(client: Client) -> None:
    first = await ask(client, "[search weather] [say It rains.]", conversation_id="new")
    conversation = first["conversation_id"]
    await ask(client, "[say Still.]", conversation_id=conversation)

    assert conversation.startswith("conv_")
    assert await turns(client, conversation) == [
        ("user", "[search weather] [say It rains.]"),
        ("helper:1", "⋯ Searching the web…\n\nIt rains."),
        ("user", "[say Still.]"),
        ("helper:1", "Still."),
    ]


async def test_a_response_is_told_with_the_turns_that_led_to_it(client: Client) -> None:
    first = await ask(client, "[say One.]")
    second = await ask(client, "[say Two.]", conversation_id=first["conversation_id"])
    await ask(client, "[say Another.]", conversation_id=first["conversation_id"])

    assert await turns(client, second["conversation_id"]) == [
        ("user", "[say One.]"),
        ("helper:1", "One."),
        ("user", "[say Two.]"),
        ("helper:1", "Two."),
    ]


async def test_a_response_within_a_conversation_is_told_with_all_of_that(client: Client) -> None:
    first = await ask(client, "[say One.]", conversation_id="new")
    await ask(client, "[say Two.]", conversation_id=first["conversation_id"])

    told = await turns(client, first["answer_id"])
    assert told == await turns(client, first["conversation_id"])
    assert len(told) == 4


@GENERATIONS
async def test_sources_are_told_below_what_cites_them(client: Client, agent: str) -> None:
    answer = await ask(client, "[cite]", agent)
    _, (_, told) = await turns(client, answer["conversation_id"])
    text, _, sources = told.partition("\n\nSources:\n")
    assert "[1]" in text
    assert "【" not in text
    assert "[1] Foundry https://example.com/foundry" in sources


async def test_functions_and_their_results_are_told(client: Client) -> None:
    waiting = await ask(client, '[call get_weather {"city": "Oslo"}]')
    replies = [{"id": waiting["pending"][0]["id"], "output": "rain"}]
    answer = await ask(client, "", conversation_id=waiting["conversation_id"], replies=replies)

    _, called, given, _ = await turns(client, answer["conversation_id"])
    assert called == ("helper:1", "⋯ Calling get_weather…")
    assert given == ("user", "⋯ Result of the function: rain")


@pytest.mark.parametrize(("approve", "told"), [(True, "⋯ Approved"), (False, "⋯ Denied")])
async def test_approvals_are_told(connect: Connect, approve: bool, told: str) -> None:
    async with connect(approvals="caller") as client:
        waiting = await ask(client, '[approve github.merge {"pr": 7}]')
        replies = [{"id": waiting["pending"][0]["id"], "approve": approve}]
        answer = await ask(client, "", conversation_id=waiting["conversation_id"], replies=replies)
        _, asked, given, _ = await turns(client, answer["conversation_id"])

    assert asked[1].startswith("⋯ Asks to approve github.merge({")
    assert given == ("user", told)


async def test_a_run_that_is_not_done_is_said_to_be_so(connect: Connect) -> None:
    async with connect(max_wait=0.3) as client:
        handed = await ask(client, "[slow 5]")
        told = await read(client, f"conversations/{handed['conversation_id']}")
    assert f"> The agent is still at work: get_answer with answer_id={handed['answer_id']}" in told


async def test_an_answer_that_was_cut_short_is_said_to_be_so(client: Client) -> None:
    answer = await ask(client, "[incomplete max_output_tokens]")
    told = await read(client, f"conversations/{answer['conversation_id']}")
    assert f"> {answer['answer_id']} is incomplete: max_output_tokens" in told


async def test_what_the_service_has_deleted_is_said_to_be_missing(
    emulator: Emulator, client: Client
) -> None:
    first = await ask(client, "[say One.]")
    second = await ask(client, "[say Two.]", conversation_id=first["conversation_id"])
    emulator.fault(f"GET /openai/v1/responses/{first['answer_id']}", status=404)
    told = await read(client, f"conversations/{second['conversation_id']}")
    assert "> Earlier turns cannot be read: conversation 'resp_" in told
    assert "Two." in told
    assert "One." not in told


async def test_answers_are_told_where_the_service_does_not_say_what_was_asked(
    emulator: Emulator, client: Client
) -> None:
    answer = await ask(client, "[say One.]")
    emulator.fault("input_items", status=404)
    told = await read(client, f"conversations/{answer['conversation_id']}")
    assert "> What was asked cannot be read: conversation 'resp_" in told
    assert told.endswith("## helper:1\n\nOne.\n")


async def test_a_long_chain_shows_its_newest_turns(client: Client) -> None:
    conversation = ""
    for number in range(51):
        answer = await ask(client, f"[say {number}]", conversation_id=conversation)
        conversation = answer["conversation_id"]
    told = await turns(client, conversation)
    assert len(told) == 100
    assert told[0] == ("user", "[say 1]")
    assert "> Only the last 50 turns are shown." in await read(
        client, f"conversations/{conversation}"
    )


@asynccontextmanager
async def told_by(
    connect: Connect, *replies: Json, agents: frozenset[str] = frozenset()
) -> AsyncGenerator[Client]:
    """A client of a server whose project says these replies."""
    said = [reply(json.dumps(each)) for each in replies]
    async with (
        raw_service(*said) as service,
        connect(endpoint=service.endpoint, agents=agents) as client,
    ):
        yield client


async def test_a_picture_is_told_below_the_text(connect: Connect) -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    text = {"type": "text", "text": {"value": "Here."}}
    unknown = {"type": "hologram"}
    message = {"id": "msg_1", "role": "assistant", "assistant_id": "asst_a"}
    page = {"data": [{**message, "content": [text, image, unknown]}]}
    async with told_by(connect, page) as client:
        file = "file-1.png foundry://files/file-1/file-1.png"
        assert await turns(client, "thread_1") == [("asst_a", f"Here.\n\nFiles:\n{file}")]


async def test_a_history_that_comes_with_every_turn_is_told_once(connect: Connect) -> None:
    def said(number: int, role: str) -> Json:
        text = {"type": "output_text", "text": f"{role} {number}"}
        named = {"agent_reference": {"name": "a"}} if role == "assistant" else {}
        whole = {"type": "message", "id": f"msg_{role}{number}", "role": role, "content": [text]}
        return whole | named

    first = {"id": "resp_1", "output": [said(1, "assistant")]}
    second = {"id": "resp_2", "previous_response_id": "resp_1", "output": [said(2, "assistant")]}
    history = [said(2, "user"), said(1, "assistant"), said(1, "user")]
    replies = [second, first, {"data": history[2:]}, {"data": history}]
    async with told_by(connect, *replies) as client:
        assert await turns(client, "resp_2") == [
            ("user", "user 1"),
            ("a", "assistant 1"),
            ("user", "user 2"),
            ("a", "assistant 2"),
        ]


async def test_a_sign_in_that_is_asked_for_is_told(client: Client) -> None:
    waiting = await ask(client, "[oauth]")
    told = await turns(client, waiting["conversation_id"])
    assert told[1] == ("helper:1", "⋯ Asks a person to sign in")


async def test_an_empty_message_has_no_heading(connect: Connect) -> None:
    page: Json = {"data": [{"type": "message", "id": "m", "role": "user", "content": []}]}
    async with told_by(connect, page) as client:
        assert await turns(client, "conv_1") == []


@pytest.mark.parametrize("agents", [frozenset[str](), frozenset({"helper"})])
async def test_an_answer_of_nobody_known_is_told_only_where_all_may_be_read(
    connect: Connect, agents: frozenset[str]
) -> None:
    content = [{"type": "output_text", "text": "Hello"}]
    page = {"data": [{"type": "message", "role": "assistant", "content": content}]}
    async with told_by(connect, page, agents=agents) as client:
        if agents:
            _, message = await refused(client, "conversations/conv_1")
            assert "does not say which agents spoke" in message
        else:
            assert await turns(client, "conv_1") == [("assistant", "Hello")]


async def test_what_cannot_be_understood_is_masked_and_logged(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    page: dict[str, Any] = {"data": [{"role": "user", "content": []}], "has_more": True}
    async with told_by(connect, page) as client:
        code, message = await refused(client, "conversations/thread_1")
    assert code == INTERNAL_ERROR
    assert message.startswith("internal: foundry://conversations/thread_1: mcp-foundry failed")
    assert "foundry://conversations/thread_1 cannot be read" in caplog.text
