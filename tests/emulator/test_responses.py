"""The new generation, through the OpenAI client."""

import anyio
import pytest
from azure.ai.projects.aio import AIProjectClient
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses import Response

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from mcp_foundry.emulator.model import CONSENT_LINK, WORDS
from tests.emulator.clients import openai_client

pytestmark = pytest.mark.anyio

HELPER = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
RESEARCHER = {"agent_reference": {"type": "agent_reference", "name": "researcher", "version": "1"}}


async def stream(client: AsyncOpenAI, message: str) -> tuple[list[str], Response]:
    """The names of a stream's events, repeated ones once, and its last response."""
    names: list[str] = []
    events = await client.responses.create(input=message, stream=True, extra_body=HELPER)
    last: object = None
    async for event in events:
        last = event
        if not names or names[-1] != event.type:
            names.append(event.type)
    response = getattr(last, "response", None)
    assert isinstance(response, Response)
    return names, response


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
    assert "researcher (version 2)" in response.output_text


async def test_a_long_message_is_quoted_by_its_beginning_and_length(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="é" * 2_000_000, extra_body=HELPER)
    assert f"“{'é' * 120}…” (2,000,000 characters)" in response.output_text


async def test_a_follow_up_remembers_by_response_id(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(input="The sky is green", extra_body=HELPER)
    second = await openai.responses.create(
        input="Is it?", previous_response_id=first.id, extra_body=HELPER
    )
    assert "turn 2 of this conversation; it began with “The sky is green”" in second.output_text


async def test_a_follow_up_remembers_by_conversation(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create()
    await openai.responses.create(input="One", conversation=conversation.id, extra_body=HELPER)
    second = await openai.responses.create(
        input="Two", conversation={"id": conversation.id}, extra_body=HELPER
    )
    assert "turn 2 of this conversation; it began with “One”" in second.output_text
    items = [item async for item in openai.conversations.items.list(conversation.id)]
    assert [getattr(item, "role", "") for item in items] == ["assistant", "user"] * 2


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


TOOLS = {
    "[search tea]": ("web_search_call", "response.web_search_call.searching"),
    "[mcp github.search]": ("mcp_call", "response.mcp_call_arguments.done"),
    "[code]": ("code_interpreter_call", "response.code_interpreter_call_code.done"),
    "[reason]": ("reasoning", "response.reasoning_summary_text.done"),
}


@pytest.mark.parametrize(("directive", "kind", "name"), [(k, *v) for k, v in TOOLS.items()])
async def test_a_directive_uses_a_tool_before_the_answer(
    openai: AsyncOpenAI, directive: str, kind: str, name: str
) -> None:
    names, response = await stream(openai, directive)
    assert [item.type for item in response.output] == [kind, "message"]
    assert name in names


async def test_citations_of_all_kinds_point_at_their_markers(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[cite]")
    message = response.output[0]
    assert message.type == "message"
    part = message.content[0]
    assert part.type == "output_text"
    notes = {note.type: note for note in part.annotations}
    assert set(notes) == {
        "url_citation",
        "file_citation",
        "container_file_citation",
        "file_path",
    }
    url, plot = notes["url_citation"], notes["container_file_citation"]
    assert url.type == "url_citation"
    assert part.text[url.start_index : url.end_index] == "【4:0†source】"
    assert plot.type == "container_file_citation"
    assert part.text[plot.start_index : plot.end_index] == "【4:2†plot.png】"
    assert "response.output_text.annotation.added" in names


async def test_a_refusal_is_a_part_of_its_own(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[refuse]")
    assert response.output_text == ""
    assert response.output[0].type == "message"
    assert response.output[0].content[0].type == "refusal"
    assert "response.refusal.delta" in names


async def test_several_messages_come_in_one_response(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[messages 3]")
    assert response.output_text == "Message 1 of 3.Message 2 of 3.Message 3 of 3."


async def test_a_failure_carries_its_code_and_message(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[fail rate_limit_exceeded Too many tokens]")
    assert names[-1] == "response.failed"
    assert response.error
    assert (response.error.code, response.error.message) == (
        "rate_limit_exceeded",
        "Too many tokens",
    )


async def test_an_incomplete_answer_keeps_its_text_and_reason(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[incomplete content_filter]")
    assert names[-1] == "response.incomplete"
    assert response.incomplete_details
    assert response.incomplete_details.reason == "content_filter"
    assert response.output_text.startswith("I am the scripted model")


async def test_exactly_the_text_that_was_asked_for(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "please [say a [b] {c 😄\n]now")
    assert response.output_text == "a [b] {c 😄"


async def test_words_in_brackets_that_are_no_directives_are_text(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="[hello] [say never closed", extra_body=HELPER)
    assert "“[hello] [say never closed”" in response.output_text


async def test_a_script_decides_whatever_is_asked(emulator: Emulator, openai: AsyncOpenAI) -> None:
    emulator.script("Scripted words", "[refuse]")
    first = await openai.responses.create(input="[say no]", extra_body=HELPER)
    second = await openai.responses.create(input="[say no]", extra_body=HELPER)
    third = await openai.responses.create(input="[say no]", extra_body=HELPER)
    assert [first.output_text, second.output_text, third.output_text] == [
        "Scripted words",
        "",
        "no",
    ]


@pytest.mark.parametrize(
    ("approve", "words"),
    [(True, "You approved github.merge"), (False, "You denied github.merge")],
)
async def test_an_approval_is_asked_for_and_answered(
    openai: AsyncOpenAI, approve: bool, words: str
) -> None:
    first = await openai.responses.create(
        input='[approve github.merge {"pr": [7]}]', extra_body=HELPER
    )
    request = first.output[0]
    assert request.type == "mcp_approval_request"
    assert (request.server_label, request.name, request.arguments) == (
        "github",
        "merge",
        '{"pr": [7]}',
    )
    second = await openai.responses.create(
        input=[
            {
                "type": "mcp_approval_response",
                "approval_request_id": request.id,
                "approve": approve,
            }
        ],
        previous_response_id=first.id,
        extra_body=HELPER,
    )
    assert words in second.output_text
    assert ("mcp_call" in [item.type for item in second.output]) is approve


async def test_a_function_is_called_and_its_output_used(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(
        input='[call get_weather {"city": "Oslo"}]', extra_body=HELPER
    )
    call = first.output[0]
    assert call.type == "function_call"
    assert (call.name, call.arguments, first.status) == (
        "get_weather",
        '{"city": "Oslo"}',
        "completed",
    )
    second = await openai.responses.create(
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}],
        previous_response_id=first.id,
        extra_body=HELPER,
    )
    assert "get_weather answered “rain”" in second.output_text


async def test_consent_is_asked_for_with_a_link(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="[oauth github]", extra_body=HELPER)
    item = response.output[0].to_dict()
    assert item["type"] == "oauth_consent_request"
    assert item["consent_link"] == CONSENT_LINK


async def test_a_background_response_goes_on_and_can_be_streamed_again(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(
        input="[slow 0.05] Hi", background=True, extra_body=HELPER
    )
    assert started.status == "queued"
    assert emulator.live == [started.id]
    await emulator.wait_for(lambda it: not it.live)
    done = await openai.responses.retrieve(started.id)
    assert done.status == "completed"
    whole = [e async for e in await openai.responses.retrieve(started.id, stream=True)]
    rest = [
        e async for e in await openai.responses.retrieve(started.id, stream=True, starting_after=4)
    ]
    assert whole[0].type == "response.created"
    assert [e.sequence_number for e in rest] == [e.sequence_number for e in whole[5:]]


async def test_a_background_response_can_be_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(input="[slow 60]", background=True, extra_body=HELPER)
    cancelled = await openai.responses.cancel(started.id)
    assert cancelled.status == "cancelled"
    assert emulator.live == []
    assert (await openai.responses.cancel(started.id)).status == "cancelled"


async def test_a_response_in_progress_shows_its_text_so_far() -> None:
    async with (
        Emulator(tokens_per_second=200, first_token=0.001) as emulator,
        openai_client(emulator) as client,
    ):
        events = await client.responses.create(
            input="[long 500]", stream=True, background=True, extra_body=HELPER
        )
        seen = ""
        async for event in events:
            if event.type == "response.output_text.delta":
                seen += event.delta
            if len(seen) > 20:
                break
        partial = await client.responses.retrieve(emulator.live[0])
        assert partial.status == "in_progress"
        assert partial.output_text.startswith(seen)
        await events.close()
        await client.responses.cancel(partial.id)
        assert (await client.responses.retrieve(partial.id)).output_text.startswith(seen)


async def test_a_response_no_one_listens_to_is_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    events = await openai.responses.create(input="[slow 60]", stream=True, extra_body=HELPER)
    first = await anext(aiter(events))
    assert first.type == "response.created"
    await events.close()
    await emulator.wait_for(lambda it: not it.live)
    assert (await openai.responses.retrieve(first.response.id)).status == "cancelled"


async def test_a_response_is_cancelled_while_its_client_waits_for_the_whole(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    with anyio.move_on_after(0.2):
        await openai.responses.create(input="[slow 60]", extra_body=HELPER)
    await emulator.wait_for(lambda it: it.runs_taken == 1 and not it.live)


async def test_a_response_that_is_not_stored_is_gone(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="Hi", store=False, extra_body=HELPER)
    with pytest.raises(NotFoundError, match="not found"):
        await openai.responses.retrieve(response.id)


async def test_a_response_can_be_deleted_and_its_input_read(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="Hi", extra_body=HELPER)
    items = [item async for item in openai.responses.input_items.list(response.id)]
    assert [item.type for item in items] == ["message"]
    await openai.responses.delete(response.id)
    with pytest.raises(NotFoundError):
        await openai.responses.retrieve(response.id)


async def test_the_endpoint_of_an_agent_needs_no_reference(project: AIProjectClient) -> None:
    async with project.get_openai_client(agent_name="helper") as client:
        reply = await client.responses.with_raw_response.create(input="Hi")
    assert reply.headers["x-agent-version-resolved"] == "1"
    assert "helper (version 1)" in reply.text


async def test_conversations_are_kept_changed_and_deleted(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create(metadata={"a": "1"})
    await openai.conversations.update(conversation.id, metadata={"a": "2"})
    assert (await openai.conversations.retrieve(conversation.id)).metadata == {"a": "2"}
    added = await openai.conversations.items.create(
        conversation.id,
        items=[
            {"type": "message", "role": "user", "content": text} for text in ("one", "two", "three")
        ],
    )
    one, two, three = (item.id or "" for item in added.data)
    listing = openai.conversations.items.list
    oldest = await listing(conversation.id, order="asc", limit=2)
    assert ([item.id for item in oldest.data], oldest.has_more) == ([one, two], True)
    assert [item.id async for item in listing(conversation.id, limit=1)] == [three, two, one]
    await openai.conversations.items.delete(two, conversation_id=conversation.id)
    assert [item.id async for item in listing(conversation.id)] == [three, one]
    with pytest.raises(NotFoundError, match="Item"):
        await openai.conversations.items.retrieve(two, conversation_id=conversation.id)
    await openai.conversations.delete(conversation.id)
    with pytest.raises(NotFoundError, match="Conversation"):
        await openai.conversations.retrieve(conversation.id)
