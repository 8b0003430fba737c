"""Items and values that the Responses API does not know, and the words in which it says so."""

from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, BadRequestError

from mcp_foundry.emulator import DEFAULT_MODEL
from tests.rigs.asking_raw import HELPER, RESPONSES, error_of

pytestmark = pytest.mark.anyio

CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}}


def says(role: str, content: object) -> dict[str, Any]:
    """A message."""
    return {"role": role, "content": content}


def of_kind(kind: str, **further: object) -> dict[str, Any]:
    """An item or a part of that type."""
    return {"type": kind, **further}


WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no items": (
        {"input": 5},
        (
            "Invalid type for 'input': expected one of an array of objects or string, "
            "but got an integer instead."
        ),
        "input",
        "invalid_type",
    ),
    "a number": (
        {"input": [5]},
        "Invalid type for 'input[0]': expected an object, but got an integer instead.",
        "input[0]",
        "invalid_type",
    ),
    "null": (
        {"input": [None]},
        "Invalid type for 'input[0]': expected an object, but got null instead.",
        "input[0]",
        "invalid_type",
    ),
    "a role": (
        {"input": [says("tool", "Hi")]},
        (
            "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and "
            "'user'."
        ),
        "input[0]",
        "invalid_value",
    ),
    "a type": (
        {"input": [says("user", "Hi"), of_kind("poem")]},
        "Invalid value: 'poem'. Supported values are: 'additional_tools', 'agent_message', ",
        "input[1]",
        "invalid_value",
    ),
    "a type that is none": (
        {"input": [of_kind("x") | {"type": ["message"]}]},
        "Invalid value: '['message']'. Supported values are: ",
        "input[0]",
        "invalid_value",
    ),
    "no content": (
        {"input": [{"role": "user"}]},
        "Missing required parameter: 'input[0].content'.",
        "input[0].content",
        "missing_required_parameter",
    ),
    "content of null": (
        {"input": [says("user", None)]},
        (
            "Invalid type for 'input[0].content': expected one of an array of objects or string, "
            "but got null instead."
        ),
        "input[0].content",
        "invalid_type",
    ),
    "a part of another API": (
        {"input": [says("user", [of_kind("text", text="Hi")])]},
        "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', ",
        "input[0].content[0]",
        "invalid_value",
    ),
    "input of an assistant": (
        {"input": [says("assistant", [of_kind("input_text", text="Hi")])]},
        "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
        "input[0].content[0]",
        "invalid_value",
    ),
    "an output without a call": (
        {"input": [of_kind("function_call_output", output="x")]},
        "Missing required parameter: 'input[0].call_id'.",
        "input[0].call_id",
        "missing_required_parameter",
    ),
    "a file of nothing": (
        {"input": [says("user", [of_kind("input_file", filename="a.pdf")])]},
        "Missing required parameter: 'input[0].content[0].file_id'.",
        "input[0].content[0].file_id",
        "missing_required_parameter",
    ),
    "too hot": (
        {"temperature": 2.5},
        (
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, "
            "but got 2.5 instead."
        ),
        "temperature",
        "decimal_above_max_value",
    ),
    "a share below nothing": (
        {"top_p": -1},
        "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        "top_p",
        "decimal_below_min_value",
    ),
    "too few tokens": (
        {"max_output_tokens": 10},
        (
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
            "got 10 instead."
        ),
        "max_output_tokens",
        "integer_below_min_value",
    ),
    "a temperature in words": (
        {"temperature": "hot"},
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        "temperature",
        "invalid_type",
    ),
    "too many tools": (
        {"tools": [TOOL] * 129},
        (
            "Invalid 'tools': array too long. Expected an array with maximum length 128, "
            "but got an array with length 129 instead."
        ),
        "tools",
        "array_above_max_length",
    ),
    "a name for no function": (
        {"tools": [{**TOOL, "name": "a.b"}]},
        (
            "Invalid 'tools[0].name': string does not match pattern. Expected a string "
            "that matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
        "tools[0].name",
        "invalid_value",
    ),
    "a choice of nothing": (
        {"tools": [TOOL], "tool_choice": of_kind("function", name="g")},
        "Tool choice 'g' not found in 'tools' parameter.",
        "tool_choice",
        "",
    ),
    "a choice of a tool of the service": (
        {"tools": [TOOL], "tool_choice": of_kind("image_generation")},
        "Tool choice 'image_generation' not found in 'tools' parameter.",
        "tool_choice",
        "",
    ),
    "a conversation without an id": (
        {"conversation": {"id": 5}},
        "Invalid type for 'conversation.id': expected a string, but got an integer instead.",
        "conversation.id",
        "invalid_type",
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_goes_to_a_model_is_refused_in_the_words_of_its_api(
    openai: AsyncOpenAI, case: str
) -> None:
    body, sentence, param, code = WRONG[case]
    given = {"input": "Hi", "model": DEFAULT_MODEL, **body}
    with pytest.raises(BadRequestError) as refused:
        await openai.post("/responses", body=given, cast_to=object)
    error: Any = refused.value.body
    assert error["message"].startswith(sentence)
    assert (error["param"], error["code"] or "") == (param, code)


async def test_what_goes_to_an_agent_is_refused_as_a_violation_of_the_schema(
    raw: aiohttp.ClientSession,
) -> None:
    body = {**HELPER, "input": [says("user", [of_kind("text", text="Hi")])]}
    async with raw.post(RESPONSES, json=body) as response:
        assert response.status == 400
        error = await error_of(response)
    (detail,) = error["details"]
    assert (error["code"], error["param"]) == ("invalid_payload", "/")
    assert (detail["code"], detail["param"]) == ("ValidationError", "/input/0/content/0")
    assert detail["message"].startswith("Invalid value: 'text'.")


KNOWN: list[dict[str, Any]] = [
    of_kind("reasoning", id="rs_1", summary=[]),
    of_kind("web_search_call", id="ws_1", status="completed"),
    of_kind("item_reference", id="msg_1"),
    of_kind("mcp_list_tools", id="mcpl_1", server_label="x", tools=[]),
    of_kind("image_generation_call", id="ig_1", status="completed", result=None),
    of_kind("apply_patch_call", id="a", call_id="c", status="completed", operation={}),
    of_kind("memory_search_call", id="m", status="completed"),
    of_kind("bing_grounding_call", id="b", call_id="c", arguments="{}"),
    of_kind("workflow_action", id="w"),
    says("developer", [of_kind("input_text", text="Be kind.")]),
    says("assistant", [of_kind("output_text", text="Hi"), of_kind("refusal", refusal="No")]),
    says("user", [of_kind("input_image", image_url="data:image/png;base64,AA==")]),
]


@pytest.mark.parametrize("item", KNOWN, ids=lambda item: str(item.get("type", item.get("role"))))
async def test_items_that_are_known_are_taken(openai: AsyncOpenAI, item: dict[str, Any]) -> None:
    items: Any = [item, says("user", "Hi")]
    await openai.responses.create(input=items, model=DEFAULT_MODEL)
    await openai.conversations.create(items=items)


async def test_a_conversation_takes_twenty_items_at_a_time(openai: AsyncOpenAI) -> None:
    items: Any = [says("user", "Hi")] * 21
    made = await openai.conversations.create(items=items[:20])
    for refused in (
        openai.conversations.create(items=items),
        openai.conversations.items.create(made.id, items=items),
    ):
        with pytest.raises(BadRequestError, match="Expected an array with maximum length 20"):
            await refused
    wrong: Any = [of_kind("poem")]
    with pytest.raises(BadRequestError, match="Invalid value: 'poem'"):
        await openai.conversations.items.create(made.id, items=wrong)


async def test_a_choice_of_what_is_declared_is_taken(openai: AsyncOpenAI) -> None:
    tools: Any = [TOOL, of_kind("web_search")]
    for choice in ("auto", "required", of_kind("function", name="f"), of_kind("web_search")):
        chosen: Any = choice
        await openai.responses.create(
            input="[say Hi]", model=DEFAULT_MODEL, tools=tools, tool_choice=chosen
        )
