"""Answers and streams of the new generation, through the OpenAI client."""

import pytest
from azure.ai.projects.aio import AIProjectClient
from openai import AsyncOpenAI, BadRequestError

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from mcp_foundry.emulator.model.writing import WORDS
from tests.rigs.asking_responses import HELPER, RESEARCHER, stream

pytestmark = pytest.mark.anyio


async def test_the_answer_proves_who_was_asked_and_what(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="What is Foundry?", extra_body=HELPER)
    assert response.output_text == (
        "I am the scripted model inside the mcp-foundry emulator, not a real one. "
        "You asked helper (version 1): “What is Foundry?”. This is turn 1 of this conversation."
    )
    assert response.usage
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


async def test_a_version_can_be_pinned(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="Hi", extra_body=RESEARCHER)
    assert "researcher (version 1)" in response.output_text
    extra = response.model_extra or {}
    assert extra["agent_reference"] == RESEARCHER["agent_reference"]


async def test_without_a_version_the_latest_answers(openai: AsyncOpenAI) -> None:
    body = {"agent_reference": {"type": "agent_reference", "name": "researcher"}}
    response = await openai.responses.create(input="Hi", extra_body=body)
    assert (response.model_extra or {})["agent_reference"]["version"] == "2"


async def test_a_long_message_is_quoted_by_its_beginning_and_length(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="é" * 2_000_000, extra_body=HELPER)
    assert f"“{'é' * 120}…” (2,000,000 characters)" in response.output_text


async def test_a_conversation_alone_answers_its_last_message(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create(
        items=[{"type": "message", "role": "user", "content": "From the items"}]
    )
    response = await openai.responses.create(conversation=conversation.id, extra_body=HELPER)
    assert "“From the items”" in response.output_text


async def test_a_model_can_be_asked_without_an_agent(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(model=DEFAULT_MODEL, input=[])
    assert "You went on with scripted-model." in response.output_text


async def test_structured_inputs_fill_the_instructions(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    inputs = {"name": {"required": True}, "tone": {"default_value": "kind"}}
    emulator.store.add_agent(
        "templated",
        definition={
            "kind": "prompt",
            "model": DEFAULT_MODEL,
            "instructions": "Serve {{name}}, be {{ tone }}.",
            "structured_inputs": inputs,
        },
    )
    body: dict[str, object] = {"agent_reference": {"name": "templated"}}
    given = {**body, "structured_inputs": {"name": "Ada"}}
    response = await openai.responses.create(input="Hi", extra_body=given)
    assert response.instructions == "Serve Ada, be kind."
    with pytest.raises(BadRequestError, match="Missing required structured input: 'name'"):
        await openai.responses.create(input="Hi", extra_body=body)


async def test_a_stream_comes_in_the_recorded_order(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "Hi")
    assert names == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert response.status == "completed"


async def test_deltas_join_to_the_text_and_are_numbered(openai: AsyncOpenAI) -> None:
    events = await openai.responses.create(input="[long 40]", stream=True, extra_body=HELPER)
    text, numbers, final = "", list[int](), ""
    async for event in events:
        numbers.append(event.sequence_number)
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.completed":
            final = event.response.output_text
    assert text == final == " ".join(WORDS * 4)
    assert numbers == list(range(len(numbers)))


async def test_the_endpoint_of_an_agent_needs_no_reference(project: AIProjectClient) -> None:
    async with project.get_openai_client(agent_name="helper") as client:
        reply = await client.responses.with_raw_response.create(input="Hi")
    assert reply.headers["x-agent-version-resolved"] == "1"
    assert "helper (version 1)" in reply.text
