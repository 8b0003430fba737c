"""Chat completions of a deployment, through the OpenAI client."""

import json
from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError
from pydantic import BaseModel

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.model.scripted import WHO

pytestmark = pytest.mark.anyio

MODEL = "scripted-model"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDw"
    "ADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class City(BaseModel):
    """What an answer must hold."""

    name: str
    people: int


async def ask(openai: AsyncOpenAI, *messages: Any, **more: Any) -> Any:  # noqa: ANN401 - a completion, or its stream
    create: Any = openai.chat.completions.create
    asked = [
        {"role": "user", "content": each} if isinstance(each, str) else each for each in messages
    ]
    return await create(model=MODEL, messages=asked, **more)


async def test_the_model_says_who_it_is_and_what_it_was_asked(openai: AsyncOpenAI) -> None:
    told = await ask(openai, {"role": "system", "content": "Be brief."}, "Who are you?")
    (choice,) = told.choices
    assert (choice.message.role, choice.finish_reason) == ("assistant", "stop")
    assert choice.message.content.startswith(WHO)
    assert "“Who are you?”" in choice.message.content
    assert told.usage.total_tokens == told.usage.prompt_tokens + told.usage.completion_tokens
    assert told.usage.completion_tokens > 5


async def test_what_was_said_before_is_remembered(openai: AsyncOpenAI) -> None:
    told = await ask(openai, "One", {"role": "assistant", "content": "Yes?"}, "Two")
    assert "turn 2 of this conversation; it began with “One”" in told.choices[0].message.content


async def test_a_stream_says_the_same_and_counts_where_it_is_asked_to(
    openai: AsyncOpenAI,
) -> None:
    whole = await ask(openai, "Hi")
    more = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = [each async for each in await ask(openai, "Hi", **more)]
    said = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    assert said == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [each.choices[0].finish_reason for each in chunks[:-1]][-1] == "stop"
    assert chunks[-1].usage == whole.usage
    bare = [each async for each in await ask(openai, "Hi", stream=True)]
    assert all(each.choices for each in bare)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_declared_function_is_called_and_its_output_used(
    openai: AsyncOpenAI, *, stream: bool
) -> None:
    if stream:
        call: dict[str, Any] = {"role": "assistant", "tool_calls": []}
        asked = await ask(openai, "What is the weather?", tools=[WEATHER], stream=True)
        deltas = [each.choices[0] async for each in asked]
        assert deltas[-1].finish_reason == "tool_calls"
        made = [each.delta.to_dict().get("tool_calls", []) for each in deltas]
        call["tool_calls"] = [one for each in made for one in each]
    else:
        (choice,) = (await ask(openai, "What is the weather?", tools=[WEATHER])).choices
        assert choice.finish_reason == "tool_calls"
        call = choice.message.to_dict()
    (called,) = call["tool_calls"]
    assert called["function"]["name"] == "get_weather"
    assert isinstance(json.loads(called["function"]["arguments"])["city"], str)
    output = {"role": "tool", "tool_call_id": called["id"], "content": "Sunny in Oslo"}
    told = await ask(openai, "What is the weather?", call, output, tools=[WEATHER])
    assert told.choices[0].finish_reason == "stop"
    assert "Sunny in Oslo" in told.choices[0].message.content


async def test_no_function_is_called_where_the_request_forbids_it(openai: AsyncOpenAI) -> None:
    told = await ask(openai, "What is the weather?", tools=[WEATHER], tool_choice="none")
    assert told.choices[0].message.content.startswith(WHO)


async def test_a_schema_is_met(openai: AsyncOpenAI) -> None:
    parsed = await openai.chat.completions.parse(
        model=MODEL,
        messages=[{"role": "user", "content": "Which city?"}],
        response_format=City,
    )
    assert isinstance(parsed.choices[0].message.parsed, City)


async def test_a_picture_and_a_file_are_noticed(openai: AsyncOpenAI) -> None:
    picture = {"type": "image_url", "image_url": {"url": PICTURE}}
    file = {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain,Elephants"}}
    parts = [{"type": "text", "text": "What is this?"}, picture, file]
    content = (await ask(openai, {"role": "user", "content": parts})).choices[0].message.content
    assert "“What is this?”" in content
    assert "image/png, 1x1" in content
    assert "a.txt (text/plain" in content


async def test_directives_and_scripts_have_the_last_word(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    assert (await ask(openai, "[say Hello]")).choices[0].message.content == "Hello"
    refused = (await ask(openai, "[refuse]")).choices[0].message
    assert (refused.content, refused.refusal) == (None, "I can't help with that.")
    called = (await ask(openai, '[call lookup {"id":"x"}]')).choices[0].message.tool_calls[0]
    assert (called.function.name, called.function.arguments) == ("lookup", '{"id":"x"}')
    emulator.script("As the script says.")
    assert (await ask(openai, "Hi")).choices[0].message.content == "As the script says."


async def test_a_limit_cuts_the_answer_short(openai: AsyncOpenAI) -> None:
    told = await ask(openai, "[long 50]", max_completion_tokens=5)
    assert told.choices[0].finish_reason == "length"
    assert told.usage.completion_tokens == 5


async def test_a_failure_is_told_whole_and_in_a_stream(openai: AsyncOpenAI) -> None:
    with pytest.raises(APIStatusError, match="scripted model was told to fail"):
        await ask(openai, "[fail]")
    with pytest.raises(Exception, match="scripted model was told to fail"):
        _ = [each async for each in await ask(openai, "[fail]", stream=True)]


async def test_a_deployment_that_is_not_there_or_does_something_else_is_refused(
    openai: AsyncOpenAI,
) -> None:
    create: Any = openai.chat.completions.create
    with pytest.raises(NotFoundError, match="deployment for this resource does not exist") as told:
        await create(model="gpt-none", messages=[{"role": "user", "content": "Hi"}])
    assert told.value.code == "DeploymentNotFound"
    with pytest.raises(BadRequestError, match="chatCompletion operation does not work") as told:
        await create(model="scripted-embedding", messages=[{"role": "user", "content": "Hi"}])
    assert told.value.code == "OperationNotSupported"


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([], "Missing required parameter: 'messages'"),
        ([{"role": "robot", "content": "Hi"}], "Invalid value: 'robot'"),
        ([{"role": "tool", "tool_call_id": "x", "content": "Hi"}], "No tool call found"),
    ],
)
async def test_messages_that_are_none_are_refused(
    openai: AsyncOpenAI, messages: list[dict[str, str]], sentence: str
) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        await ask(openai, *messages)


WRONG: dict[str, dict[str, Any]] = {
    "fewer tokens than one": {"max_tokens": -1},
    "a tool without a type": {"tools": [{}]},
    "a function without a name": {"tools": [{"type": "function", "function": {}}]},
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_no_chat_can_have_is_refused(openai: AsyncOpenAI, case: str) -> None:
    with pytest.raises(BadRequestError, match=r"Invalid|Missing"):
        await ask(openai, "Hi", **WRONG[case])


async def test_odd_requests_are_answered_as_far_as_they_can_be(openai: AsyncOpenAI) -> None:
    endless = await ask(openai, "Hi", max_tokens=10**30, n=None)
    assert endless.choices[0].finish_reason == "stop"
    choice = {"type": "function", "function": {"name": ["get_weather"]}}
    nothing = await ask(openai, "Hi", tools=[WEATHER], tool_choice=choice)
    assert nothing.choices[0].message.tool_calls is None
    function = {"name": "f", "arguments": "{}", "type": 5, "call_id": [1]}
    called = [{"type": "function", "id": "c", "function": function}]
    replied = await ask(
        openai,
        {"role": "assistant", "content": None, "tool_calls": called},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
    )
    assert "f answered “42”" in replied.choices[0].message.content
