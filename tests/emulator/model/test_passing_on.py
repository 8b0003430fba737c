"""All that a question holds reaches a model behind a URL, and what it calls comes back."""

import json
from typing import Any

import pytest
from openai.types.responses import Response

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from tests.rigs.chat_server import ChatServer, chat
from tests.rigs.sdk_clients import openai_client

__all__ = ["chat"]

pytestmark = pytest.mark.anyio

PLACE = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"type": "function", "name": "get_weather", "description": "Rain?", "parameters": PLACE}
PICTURE = "data:image/png;base64,iVBORw0KGgo="


async def ask(
    emulator: Emulator,
    message: object,
    **further: Any,  # noqa: ANN401 - what the SDK takes, which checks it
) -> Response:
    async with openai_client(emulator) as client:
        create: Any = client.responses.create
        answer: Response = await create(model=DEFAULT_MODEL, input=message, **further)
        return answer


async def test_settings_functions_and_schema_are_passed_on(chat: ChatServer) -> None:
    chat.say('{"it": 1}')
    schema = {"type": "object", "properties": {"it": {"type": "integer"}}}
    wanted = {"type": "json_schema", "name": "x", "schema": schema, "strict": True}
    async with Emulator(model_url=chat.url, model_name="llama") as emulator:
        response = await ask(
            emulator,
            "Hi",
            instructions="Be brief.",
            temperature=0.2,
            top_p=0.5,
            max_output_tokens=100,
            tools=[WEATHER],
            tool_choice="required",
            text={"format": wanted},
        )
    assert json.loads(response.output_text) == {"it": 1}
    function = {key: value for key, value in WEATHER.items() if key != "type"}
    named = {key: value for key, value in wanted.items() if key != "type"}
    assert chat.asked == [
        {
            "model": "llama",
            "stream": True,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
            ],
            "temperature": 0.2,
            "top_p": 0.5,
            "max_tokens": 100,
            "tools": [{"type": "function", "function": function}],
            "tool_choice": "required",
            "response_format": {"type": "json_schema", "json_schema": named},
        }
    ]


@pytest.mark.parametrize(
    ("choice", "passed"),
    [
        ("auto", None),
        ("none", "none"),
        (
            {"type": "function", "name": "get_weather"},
            {"type": "function", "function": {"name": "get_weather"}},
        ),
    ],
)
async def test_the_choice_of_tools_is_passed_on(
    chat: ChatServer, choice: object, passed: object
) -> None:
    chat.say("Hi")
    async with Emulator(model_url=chat.url) as emulator:
        await ask(emulator, "Hi", tools=[WEATHER], tool_choice=choice)
    assert chat.asked[0].get("tool_choice") == passed


async def test_a_call_that_is_streamed_in_pieces_comes_back_whole_and_its_output_goes_on(
    chat: ChatServer,
) -> None:
    pieces = ({"name": "get_weather", "arguments": ""}, {"arguments": '{"city":'})
    pieces = (*pieces, {"arguments": ' "Oslo"}'})
    deltas = [{"tool_calls": [{"index": 0, "id": "x", "function": piece}]} for piece in pieces]
    chat.stream({"content": "Let me see."}, *deltas, finish="tool_calls")
    async with Emulator(model_url=chat.url) as emulator:
        asked = await ask(emulator, "Rain in Oslo?", tools=[WEATHER])
        said, call = asked.output
        assert (said.type, asked.output_text) == ("message", "Let me see.")
        assert call.type == "function_call"
        assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Oslo"})
        chat.say("It rains.")
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain"}
        answer = await ask(emulator, [output], tools=[WEATHER], previous_response_id=asked.id)
    assert answer.output_text == "It rains."
    called = chat.asked[1]["messages"]
    assert [each["role"] for each in called] == ["user", "assistant", "assistant", "tool"]
    assert called[3] == {"role": "tool", "tool_call_id": call.call_id, "content": "Rain"}
    assert called[2]["tool_calls"][0]["id"] == call.call_id


async def test_a_custom_tool_is_offered_as_a_function_of_one_text(chat: ChatServer) -> None:
    call = {"index": 0, "function": {"name": "sql", "arguments": '{"input": "SELECT 1"}'}}
    chat.stream({"tool_calls": [call]})
    async with Emulator(model_url=chat.url) as emulator:
        response = await ask(emulator, "Count", tools=[{"type": "custom", "name": "sql"}])
    (item,) = response.output
    assert item.type == "custom_tool_call"
    assert (item.name, item.input) == ("sql", "SELECT 1")
    assert chat.asked[0]["tools"][0]["function"]["parameters"]["required"] == ["input"]


async def test_an_answer_that_was_cut_short_is_incomplete(chat: ChatServer) -> None:
    chat.say("So", " long", finish="length")
    async with Emulator(model_url=chat.url) as emulator:
        response = await ask(emulator, "Hi")
    assert (response.status, response.output_text) == ("incomplete", "So long")


async def test_the_tools_of_the_service_are_scripted_and_both_are_told(chat: ChatServer) -> None:
    chat.say("The model says this.")
    async with Emulator(model_url=chat.url) as emulator:
        response = await ask(emulator, "News?", tools=[{"type": "web_search"}, WEATHER])
    assert [item.type for item in response.output] == ["web_search_call", "message"]
    assert "The model says this. I searched the web, as a script does" in response.output_text
    told = chat.asked[0]["messages"][-1]
    assert told["role"] == "system"
    assert "as a script does" in told["content"]
    assert [tool["function"]["name"] for tool in chat.asked[0]["tools"]] == ["get_weather"]


async def test_an_approval_is_asked_before_the_model_is(chat: ChatServer) -> None:
    chat.say("Done")
    tool = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example.com"}
    async with Emulator(model_url=chat.url) as emulator:
        asked = await ask(emulator, "Look it up", tools=[tool])
        request = asked.output[-1]
        assert request.type == "mcp_approval_request"
        assert chat.asked == []
        reply = {"type": "mcp_approval_response", "approval_request_id": request.id}
        answer = await ask(
            emulator, [{**reply, "approve": True}], tools=[tool], previous_response_id=asked.id
        )
    assert [item.type for item in answer.output] == ["mcp_call", "message"]
    assert [each["content"] for each in chat.asked[0]["messages"][-2:]] == [
        f"The user approved the call {request.id}.",
        "The tool search answered: The emulator called search.",
    ]


async def test_pictures_of_earlier_turns_are_passed_on_again(chat: ChatServer) -> None:
    chat.say("A cat")
    parts = [{"type": "input_text", "text": "What?"}, {"type": "input_image", "image_url": PICTURE}]
    async with Emulator(model_url=chat.url) as emulator:
        first = await ask(emulator, [{"role": "user", "content": parts}])
        await ask(emulator, "Sure?", previous_response_id=first.id)
    assert chat.asked[1]["messages"][0]["content"] == [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": PICTURE}},
    ]
