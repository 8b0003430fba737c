"""Answers and streams of the classic generation, through AgentsClient."""

from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    MessageDeltaChunk,
    MessageRole,
)

from mcp_foundry.emulator import CLASSIC_AGENT
from tests.rigs.asking_classic import ask, names, process, stream

pytestmark = pytest.mark.anyio


async def test_the_answer_proves_who_was_asked_and_what(agents: AgentsClient) -> None:
    run, messages = await ask(agents, "What is Foundry?")
    assert run.status == "completed"
    assert run.usage.total_tokens == run.usage.prompt_tokens + run.usage.completion_tokens
    assert messages[0].text_messages[0].text.value == (
        "I am the scripted model inside the mcp-foundry emulator, not a real one. You asked "
        "helper (asst_helper): “What is Foundry?”. This is turn 1 of this conversation."
    )


async def test_a_thread_remembers(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    for message in ("One", "Two"):
        await agents.messages.create(thread.id, role=MessageRole.USER, content=message)
        await process(agents, thread.id)
    newest = await anext(aiter(agents.messages.list(thread.id)))
    text = newest.text_messages[0].text.value
    assert "turn 2 of this conversation; it began with “One”" in text


async def test_a_stream_comes_in_the_recorded_order(agents: AgentsClient) -> None:
    events = await stream(agents, "Hi")
    assert names(events) == [
        "thread.created",
        "thread.run.created",
        "thread.run.queued",
        "thread.run.in_progress",
        "thread.run.step.created",
        "thread.run.step.in_progress",
        "thread.message.created",
        "thread.message.in_progress",
        "thread.message.delta",
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
        "done",
    ]


async def test_the_official_parser_reads_a_stream(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content="[say Hello there]")
    client: Any = agents  # the SDK's stream is typed in part only
    said: list[str] = []
    async with await client.runs.stream(thread.id, agent_id=CLASSIC_AGENT) as events:
        async for _, data, _ in events:
            said.extend([data.text] if isinstance(data, MessageDeltaChunk) else [])
    assert "".join(said) == "Hello there"


@pytest.mark.parametrize(
    ("directive", "kind"),
    [
        ("[search tea]", "bing_grounding"),
        ("[mcp github.search]", "mcp"),
        ("[code]", "code_interpreter"),
    ],
)
async def test_a_directive_uses_a_tool_in_a_step(
    agents: AgentsClient, directive: str, kind: str
) -> None:
    run, _ = await ask(agents, directive)
    steps = [step async for step in agents.run_steps.list(run.thread_id, run.id)]
    assert [step.type for step in steps] == ["message_creation", "tool_calls"]
    step = await agents.run_steps.get(run.thread_id, run.id, steps[1].id)
    assert step.as_dict()["step_details"]["tool_calls"][0]["type"] == kind


async def test_citations_point_at_their_markers(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[cite]")
    text = messages[0].text_messages[0].text
    notes = [note.as_dict() for note in text.annotations]
    assert [note["type"] for note in notes] == ["url_citation", "file_citation", "file_path"]
    for note in notes:
        assert text.value[note["start_index"] : note["end_index"]] == note["text"]


async def test_a_refusal_is_a_part_of_its_own(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[refuse]")
    assert messages[0].as_dict()["content"] == [
        {"type": "refusal", "refusal": "I can't help with that."}
    ]


async def test_thought_is_not_shown_and_consent_is_said_in_text(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[reason] [oauth github]")
    assert [each.text_messages[0].text.value for each in messages] == [
        "Please sign in to github first: https://login.example.com/consent?state=emulator"
    ]


async def test_several_messages_come_in_one_run(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[messages 3]")
    assert [each.text_messages[0].text.value for each in messages] == [
        f"Message {each} of 3." for each in (1, 2, 3)
    ]


async def test_a_failure_carries_its_code_and_message(agents: AgentsClient) -> None:
    run, _ = await ask(agents, "[fail rate_limit_exceeded Too many tokens]")
    assert run.status == "failed"
    assert (run.last_error.code, run.last_error.message) == (
        "rate_limit_exceeded",
        "Too many tokens",
    )


async def test_an_incomplete_answer_keeps_its_text_and_reason(agents: AgentsClient) -> None:
    run, messages = await ask(agents, "[incomplete max_completion_tokens]")
    assert run.status == "incomplete"
    assert run.as_dict()["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert messages[0].text_messages[0].text.value.startswith("I am the scripted model")
