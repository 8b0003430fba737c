"""Answers from an OpenAI-compatible server, here a small one of our own."""

import json
from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import ThreadRun

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.rigs.chat_server import ChatServer, chat
from tests.rigs.sdk_clients import agents_client, openai_client

__all__ = ["chat"]

pytestmark = pytest.mark.anyio

HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/chat/completions"])
async def test_the_agent_answers_with_the_models_words(chat: ChatServer, suffix: str) -> None:
    chat.say("Hello", " there")
    async with (
        Emulator(model_url=chat.url + suffix, model_name="llama") as emulator,
        openai_client(emulator) as client,
    ):
        first = await client.responses.create(input="Hi", extra_body=HELPER)
        await client.responses.create(
            input="Again", previous_response_id=first.id, extra_body=HELPER
        )
    assert first.output_text == "Hello there"
    assert chat.asked[1] == {
        "model": "llama",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello there"},
            {"role": "user", "content": "Again"},
        ],
        "stream": True,
    }


async def test_the_model_is_told_what_the_caller_replied(chat: ChatServer) -> None:
    chat.say("Fine")
    items: list[dict[str, Any]] = [
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "mcp_approval_request", "id": "a", "server_label": "s", "name": "t"},
    ]
    items[1]["arguments"] = "{}"
    async with Emulator(model_url=chat.url) as emulator, openai_client(emulator) as client:
        made: Any = items
        conversation = await client.conversations.create(items=made)
        replies: Any = [
            {"type": "function_call_output", "call_id": "c", "output": "42"},
            {"type": "mcp_approval_response", "approval_request_id": "a", "approve": False},
        ]
        await client.responses.create(
            input=replies, conversation=conversation.id, extra_body=HELPER
        )
    function = {"name": "f", "arguments": "{}"}
    assert chat.asked[0]["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": function}],
        },
        {"role": "system", "content": "The call a of s.t with {} needs the user's approval."},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
        {"role": "system", "content": "The user denied the call a."},
    ]


PICTURE = "data:image/png;base64,iVBORw0KGgo="
DOCUMENT = "data:application/pdf;base64,JVBERg=="


async def test_what_comes_with_a_question_is_passed_on(chat: ChatServer) -> None:
    chat.say("A cat")
    parts: list[dict[str, Any]] = [
        {"type": "input_image", "image_url": PICTURE, "detail": "low"},
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_text", "text": "notes.md\nMind the gap."},
        {"type": "input_file", "filename": "a.pdf", "file_data": DOCUMENT},
        {"type": "input_file", "file_id": "assistant-table"},
    ]
    asked: list[Any] = [
        [{"role": "user", "content": each}] for each in (parts, parts[:1], parts[1:2])
    ]
    async with Emulator(model_url=chat.url) as emulator, openai_client(emulator) as client:
        for each in asked:
            await client.responses.create(input=each, extra_body=HELPER)
    image = {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}}
    table = "table.csv\nname,words\nemulator,This is no real data.\n"
    assert [each["messages"][-1]["content"] for each in chat.asked] == [
        [
            image,
            {"type": "text", "text": "What is this?"},
            {"type": "text", "text": "notes.md\nMind the gap."},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": DOCUMENT}},
            {"type": "text", "text": table},
        ],
        [image],
        "What is this?",
    ]


async def ask_classic(client: AgentsClient, content: object = "Hi") -> ThreadRun:
    return await client.create_thread_and_process_run(
        agent_id=CLASSIC_AGENT,
        thread={"messages": [{"role": "user", "content": content}]},  # pyright: ignore[reportArgumentType] - the SDK takes plain JSON as well
        polling_interval=0,
    )


async def test_classic_agents_answer_through_the_model_too(chat: ChatServer) -> None:
    chat.say("Classic")
    async with Emulator(model_url=chat.url) as emulator, agents_client(emulator) as client:
        run = await ask_classic(client)
        messages = [each async for each in client.messages.list(run.thread_id)]
    assert messages[0].text_messages[0].text.value == "Classic"


async def test_a_picture_for_a_classic_agent_is_passed_on_too(chat: ChatServer) -> None:
    chat.say("A cat")
    image = {"type": "image_url", "image_url": {"url": PICTURE}}
    content = [{"type": "text", "text": "What is this?"}, image]
    async with Emulator(model_url=chat.url) as emulator, agents_client(emulator) as client:
        await ask_classic(client, content)
    assert chat.asked[0]["messages"][-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PICTURE, "detail": "auto"}},
    ]


FAILURES: dict[str, tuple[int, list[str], str]] = {
    "refused": (404, ["no such model"], "answered 404: "),
    "not JSON": (200, ["{"], "sent no JSON"),
    "no stream": (200, [], "answered with no stream of events"),
    "an error": (200, ['{"error": "out of memory"}'], "out of memory"),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_a_failing_server_fails_the_run_and_says_why(chat: ChatServer, case: str) -> None:
    chat.status, chat.lines, words = FAILURES[case]
    async with Emulator(model_url=chat.url) as emulator, openai_client(emulator) as client:
        response = await client.responses.create(input="Hi", extra_body=HELPER)
    assert response.status == "failed"
    assert response.error
    assert words in response.error.message


async def test_a_server_that_is_not_there_fails_the_run_and_says_so() -> None:
    async with (
        Emulator(model_url="http://127.0.0.1:9") as emulator,
        openai_client(emulator) as client,
    ):
        response = await client.responses.create(input="Hi", extra_body=HELPER)
    assert response.error
    assert "http://127.0.0.1:9/v1/chat/completions failed" in response.error.message
    assert "Does it run?" in response.error.message


async def test_what_was_said_before_the_server_failed_is_kept(chat: ChatServer) -> None:
    chat.say("Half")
    chat.lines[1:] = ["{"]
    async with (
        Emulator(model_url=chat.url) as emulator,
        openai_client(emulator) as client,
        agents_client(emulator) as agents,
    ):
        response = await client.responses.create(input="Hi", extra_body=HELPER)
        run = await ask_classic(agents)
        (message, _) = [each async for each in agents.messages.list(run.thread_id)]
        (step,) = [each async for each in agents.run_steps.list(run.thread_id, run.id)]
    assert (response.status, response.output_text) == ("failed", "Half")
    assert (run.status, step.status) == ("failed", "failed")
    assert message.text_messages[0].text.value == "Half"
    assert message.as_dict()["status"] == "incomplete"


def piece(place: int | None, name: str, function: dict[str, str]) -> str:
    call = {"index": place, "id": name or None, "type": "function", "function": function}
    return json.dumps({"error": None, "choices": [{"delta": {"tool_calls": [call]}}]})


LONG = "x" * 300_000
STREAMS: dict[str, list[str]] = {
    "in pieces, between each other": [
        piece(0, "a", {"name": "f", "arguments": ""}),
        piece(1, "b", {"name": "g", "arguments": '{"two":'}),
        piece(0, "", {"arguments": '{"one": 1}'}),
        piece(1, "", {"arguments": f'"{LONG}"}}'}),
    ],
    "all as the first": [
        piece(0, "a", {"name": "f", "arguments": '{"one": 1}'}),
        piece(0, "b", {"name": "g", "arguments": f'{{"two":"{LONG}"}}'}),
    ],
    "without a number": [
        piece(None, "", {"name": "f", "arguments": '{"one": 1}'}),
        piece(None, "", {"name": "g", "arguments": f'{{"two":"{LONG}"}}'}),
    ],
}


@pytest.mark.parametrize("how", STREAMS)
async def test_two_calls_are_told_apart_however_they_are_streamed(
    chat: ChatServer, how: str
) -> None:
    chat.lines = [*STREAMS[how], "[DONE]"]
    async with Emulator(model_url=chat.url) as emulator, openai_client(emulator) as client:
        response = await client.responses.create(input="Hi", extra_body=HELPER)
    called = [each for each in response.output if each.type == "function_call"]
    told = {each.name: json.loads(each.arguments) for each in called}
    assert told == {"f": {"one": 1}, "g": {"two": LONG}}
