"""Conversations that a client keeps itself, and sends whole with each request."""

from typing import Any

import pytest
from azure.ai.projects.models import ToolType
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, DEFAULT_MODEL, Emulator

pytestmark = pytest.mark.anyio

ASKED = {"role": "user", "content": "The weather?"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "Rain"}
SAID = {"role": "assistant", "content": "It rains."}
APPROVAL = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "server_label": "docs",
    "name": "lookup",
    "arguments": "{}",
}
GIVEN = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}


async def answer(openai: AsyncOpenAI, *items: dict[str, Any], **further: object) -> str:
    create: Any = openai.responses.create
    response = await create(model=DEFAULT_MODEL, input=list(items), store=False, **further)
    return str(response.output_text)


async def test_an_output_beside_its_call_is_used_without_a_response_before_it(
    openai: AsyncOpenAI,
) -> None:
    said = await answer(openai, ASKED, CALL, OUTPUT)
    assert "get_weather answered “Rain”." in said
    assert "You asked" not in said


async def test_an_approval_beside_its_request_is_acted_on(openai: AsyncOpenAI) -> None:
    assert "You approved docs.lookup" in await answer(openai, ASKED, APPROVAL, GIVEN)


async def test_what_was_acted_on_before_is_past(openai: AsyncOpenAI) -> None:
    said = await answer(openai, ASKED, CALL, OUTPUT, SAID, {"role": "user", "content": "Thanks"})
    assert "answered “Rain”" not in said
    assert "“Thanks”" in said
    assert "This is turn 2 of this conversation; it began with “The weather?”" in said


async def test_an_output_and_a_message_after_it_are_both_answered(openai: AsyncOpenAI) -> None:
    said = await answer(openai, ASKED, CALL, OUTPUT, {"role": "user", "content": "And now?"})
    assert "get_weather answered “Rain”." in said
    assert "“And now?”" in said


async def test_a_loop_with_declared_functions_comes_to_its_end(openai: AsyncOpenAI) -> None:
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
    create: Any = openai.responses.create
    items: list[Any] = [ASKED]
    for _ in range(3):
        response = await create(model=DEFAULT_MODEL, input=items, tools=[tool], store=False)
        items += [each.to_dict() for each in response.output]
        made = [each for each in response.output if each.type == "function_call"]
        items += [{**OUTPUT, "call_id": each.call_id} for each in made]
        if not made:
            assert "get_weather answered “Rain”." in response.output_text
            break
    else:
        raise AssertionError


WRONG: dict[str, tuple[list[dict[str, Any]], str]] = {
    "an output of nothing": ([ASKED, OUTPUT], "No tool call found for function call output"),
    "a call without output": ([ASKED, CALL], "No tool output found for function call call_1"),
    "an output twice": ([ASKED, CALL, OUTPUT, OUTPUT], "No tool call found"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_history_that_does_not_fit_together_is_refused(
    openai: AsyncOpenAI, case: str
) -> None:
    items, words = WRONG[case]
    with pytest.raises(BadRequestError, match=words):
        await answer(openai, *items)


async def test_a_reference_stands_for_what_the_conversation_holds(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(model=DEFAULT_MODEL, input="[call f {}]")
    reference = {"type": "item_reference", "id": first.output[0].id}
    create: Any = openai.responses.create
    call_id = getattr(first.output[0], "call_id", "")
    response = await create(
        model=DEFAULT_MODEL,
        input=[reference, {**OUTPUT, "call_id": call_id}],
        previous_response_id=first.id,
    )
    assert "f answered “Rain”." in response.output_text
    with pytest.raises(NotFoundError, match="Item with id 'rs_none' not found"):
        await answer(openai, {"type": "item_reference", "id": "rs_none"})


@pytest.mark.parametrize("kind", [each.value for each in ToolType])
async def test_what_any_tool_leaves_is_taken_back(
    emulator: Emulator, openai: AsyncOpenAI, kind: str
) -> None:
    tool = {"type": kind, "name": "it", "server_label": "it", "require_approval": "never"}
    memory = {"memory_store_name": DEFAULT_MEMORY_STORE, "scope": "anna"}
    emulator.store.add_agent("user", tools=[{**tool, **memory}])
    first = await openai.responses.create(
        input="Hi",
        extra_body={"agent_reference": {"type": "agent_reference", "name": "user"}},
        extra_headers={"x-ms-oai-image-generation-deployment": "gpt-image-1"},
    )
    history: Any = [each.to_dict(warnings=False) for each in first.output]
    taken = await openai.conversations.create(items=history)
    kept = [each.type async for each in openai.conversations.items.list(taken.id, order="asc")]
    assert kept == [each["type"] for each in history]
    assert kept
