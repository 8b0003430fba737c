"""Functions of the caller, the choice of tools and the settings of a request."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.rigs.asking_tools import MCP, ask, kinds

pytestmark = pytest.mark.anyio

PLACE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1},
    },
    "required": ["city", "unit", "days"],
}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": PLACE,
}
TIME = {"type": "function", "name": "local_time", "description": "Hours and minutes there."}


async def test_a_function_is_called_with_arguments_from_its_schema_and_the_message(
    openai: AsyncOpenAI,
) -> None:
    response = await ask(openai, "How is New York, in fahrenheit, for 3 days?", WEATHER)
    (call,) = response.output
    assert call.type == "function_call"
    assert json.loads(call.arguments) == {"city": "New York", "unit": "fahrenheit", "days": 3}


async def test_what_a_function_answered_is_used_in_the_next_turn(openai: AsyncOpenAI) -> None:
    asked = await ask(openai, "The weather in Oslo?", WEATHER)
    (call,) = asked.output
    assert call.type == "function_call"
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain"}
    response = await ask(openai, [output], WEATHER, previous_response_id=asked.id)
    assert kinds(response) == ["message"]
    assert "get_weather answered “Rain”." in response.output_text
    assert "scripted model" in response.output_text


@pytest.mark.parametrize(
    ("message", "called"),
    [
        ("The weather, please", ["get_weather"]),
        ("The time, please, with hours", ["local_time"]),
        ("The weather and the time in hours", ["get_weather", "local_time"]),
        ("Something else", ["get_weather"]),
    ],
)
async def test_the_message_says_which_functions_are_called(
    openai: AsyncOpenAI, message: str, called: list[str]
) -> None:
    response = await ask(openai, message, WEATHER, TIME)
    assert [call.name for call in response.output if call.type == "function_call"] == called


CHOICES: dict[str, tuple[Any, list[str]]] = {
    "none": ("none", []),
    "auto": ("auto", ["web_search_call", "function_call"]),
    "required": ("required", ["web_search_call", "function_call"]),
    "a function": ({"type": "function", "name": "local_time"}, ["function_call"]),
    "a kind": ({"type": "web_search"}, ["web_search_call"]),
    "some": (
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "web_search"}]},
        ["web_search_call"],
    ),
}


@pytest.mark.parametrize("case", CHOICES)
async def test_the_choice_of_tools_is_kept_to(openai: AsyncOpenAI, case: str) -> None:
    choice, used = CHOICES[case]
    search = {"type": "web_search"}
    response = await ask(openai, "Hello", search, WEATHER, TIME, tool_choice=choice)
    assert [kind for kind in kinds(response) if kind != "message"] == used
    if case == "a function":
        assert [call.name for call in response.output if call.type == "function_call"] == [
            "local_time"
        ]


async def test_directives_have_the_last_word(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "[say Just this.]", WEATHER, {"type": "web_search"}, MCP)
    assert (kinds(response), response.output_text) == (["message"], "Just this.")


async def test_an_answer_ends_at_the_limit_of_the_request(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "Tell me a long story", max_output_tokens=16)
    assert response.status == "incomplete"
    assert response.incomplete_details
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.usage
    assert response.usage.output_tokens == 16
    whole = await ask(openai, "[long 16]", max_output_tokens=16)
    assert whole.status == "completed"


async def test_what_a_request_sets_is_shown_by_the_response(openai: AsyncOpenAI) -> None:
    response = await ask(
        openai,
        "Hi",
        WEATHER,
        instructions="Be brief.",
        temperature=0.3,
        top_p=0.5,
        tool_choice="none",
        parallel_tool_calls=False,
        truncation="auto",
        max_output_tokens=400,
        user="somebody",
        text={"verbosity": "low"},
    )
    shown = response.to_dict()
    assert {
        "instructions": "Be brief.",
        "temperature": 0.3,
        "top_p": 0.5,
        "tool_choice": "none",
        "parallel_tool_calls": False,
        "truncation": "auto",
        "max_output_tokens": 400,
        "user": "somebody",
        "text": {"format": {"type": "text"}, "verbosity": "low"},
    }.items() <= shown.items()
    assert [tool.type for tool in response.tools] == ["function"]
