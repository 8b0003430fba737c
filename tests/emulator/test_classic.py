"""The classic generation, through AgentsClient."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    ListSortOrder,
    MessageDeltaChunk,
    MessageRole,
    ThreadMessage,
    ThreadRun,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.emulator.clients import agents_client
from tests.emulator.frames import Frame, frames

pytestmark = pytest.mark.anyio


async def process(agents: AgentsClient, thread_id: str) -> ThreadRun:
    interval: Any = 0.01  # annotated as whole seconds, taken as any number
    return await agents.runs.create_and_process(
        thread_id=thread_id, agent_id=CLASSIC_AGENT, polling_interval=interval
    )


def http_response(pipeline: Any, *_: object) -> Any:  # noqa: ANN401 - the SDK's untyped `cls` hook
    """Let an operation answer with the open HTTP response."""
    return pipeline.http_response


async def ask(agents: AgentsClient, message: str) -> tuple[ThreadRun, list[ThreadMessage]]:
    """Ask on a new thread, poll, and read the run's messages, oldest first."""
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content=message)
    run = await process(agents, thread.id)
    listed = agents.messages.list(thread.id, run_id=run.id, order=ListSortOrder.ASCENDING)
    return run, [message async for message in listed]


async def stream(agents: AgentsClient, message: str) -> list[Frame]:
    """The events of one streamed run on a new thread."""
    body: Any = {
        "assistant_id": CLASSIC_AGENT,
        "stream": True,
        "thread": {"messages": [{"role": "user", "content": message}]},
    }
    chunks: Any = await agents.create_thread_and_run(body, stream=True)
    return frames(await join(chunks))


async def join(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def names(events: list[Frame]) -> list[str]:
    """The names of events, repeated ones once."""
    listed = [name for name, _ in events]
    return [name for at, name in enumerate(listed) if at == 0 or listed[at - 1] != name]


async def submit(agents: AgentsClient, run: dict[str, Any], **given: object) -> list[Frame]:
    body: Any = {"stream": True, **given}
    http: Any = await agents.runs.submit_tool_outputs(
        run["thread_id"],
        run["id"],
        body,
        stream=True,
        cls=http_response,
    )
    return frames(await join(http.iter_bytes()))


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


@pytest.mark.parametrize(
    ("approve", "words"),
    [(True, "You approved github.merge"), (False, "You denied github.merge")],
)
async def test_an_approval_is_asked_for_and_answered(
    emulator: Emulator, agents: AgentsClient, approve: bool, words: str
) -> None:
    events = await stream(agents, '[approve github.merge {"pr": 7}]')
    assert names(events)[-2:] == ["thread.run.requires_action", "done"]
    run = events[-2][1]
    assert emulator.live == [run["id"]]
    (asked,) = run["required_action"]["submit_tool_approval"]["tool_calls"]
    assert (asked["server_label"], asked["name"], asked["arguments"]) == (
        "github",
        "merge",
        '{"pr": 7}',
    )
    approvals = [{"tool_call_id": asked["id"], "approve": approve}]
    after = await submit(agents, run, tool_approvals=approvals)
    text = next(data for name, data in after if name == "thread.message.completed")
    assert words in text["content"][0]["text"]["value"]
    assert emulator.live == []


async def test_a_function_is_called_and_its_output_used(agents: AgentsClient) -> None:
    events = await stream(agents, '[call get_weather {"city": "Oslo"}]')
    run = events[-2][1]
    (asked,) = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert asked["function"] == {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
    outputs = [{"tool_call_id": asked["id"], "output": "rain"}]
    after = await submit(agents, run, tool_outputs=outputs)
    assert after[0][1]["step_details"]["tool_calls"][0]["function"]["output"] == "rain"
    text = next(data for name, data in after if name == "thread.message.completed")
    assert "get_weather answered “rain”" in text["content"][0]["text"]["value"]


async def test_approvals_come_before_functions(agents: AgentsClient) -> None:
    run = (await stream(agents, "[call f] [approve a.b] [approve a.c]"))[-2][1]
    asked = run["required_action"]["submit_tool_approval"]["tool_calls"]
    approvals = [{"tool_call_id": each["id"], "approve": True} for each in asked]
    after = await submit(agents, run, tool_approvals=approvals)
    assert after[-2][1]["required_action"]["type"] == "submit_tool_outputs"


async def test_a_run_that_waits_too_long_expires(emulator: Emulator, agents: AgentsClient) -> None:
    emulator.action_expiry = 0.05
    run = (await stream(agents, "[call f]"))[-2][1]
    await emulator.wait_for(lambda it: not it.live)
    assert (await agents.runs.get(run["thread_id"], run["id"])).status == "expired"


async def test_a_run_is_cancelled_with_what_it_said() -> None:
    async with Emulator(tokens_per_second=50) as emulator, agents_client(emulator) as agents:
        run = await agents.create_thread_and_run(
            agent_id=CLASSIC_AGENT,
            thread={"messages": [{"role": "user", "content": "[long 1000]"}]},  # pyright: ignore[reportArgumentType] - the SDK takes plain JSON as well
        )
        with anyio.fail_after(5):
            while not (await agents.runs.get(run.thread_id, run.id)).started_at:
                pass
        assert (await agents.runs.cancel(run.thread_id, run.id)).status == "cancelling"
        await emulator.wait_for(lambda it: not it.live)
        assert (await agents.runs.get(run.thread_id, run.id)).status == "cancelled"
        messages = [message async for message in agents.messages.list(run.thread_id)]
        assert messages[0].as_dict()["status"] == "incomplete"
        steps = [step async for step in agents.run_steps.list(run.thread_id, run.id)]
        assert steps[0].status == "cancelled"


async def test_a_run_that_waits_is_cancelled_at_once(
    emulator: Emulator, agents: AgentsClient
) -> None:
    run = (await stream(agents, "[call f]"))[-2][1]
    await agents.runs.cancel(run["thread_id"], run["id"])
    assert emulator.live == []
    assert (await agents.runs.get(run["thread_id"], run["id"])).status == "cancelled"


async def test_a_run_goes_on_when_its_client_goes_away(
    emulator: Emulator, agents: AgentsClient
) -> None:
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content="[slow 0.1] Hi")
    body: Any = {"assistant_id": CLASSIC_AGENT, "stream": True}
    http: Any = await agents.runs.create(thread.id, body, stream=True, cls=http_response)
    await http.close()
    await emulator.wait_for(lambda it: it.runs_taken == 1 and not it.live)
    (run,) = [run async for run in agents.runs.list(thread.id)]
    assert run.status == "completed"


async def test_what_the_run_sets_goes_before_what_the_agent_has(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    run = await agents.runs.create(
        thread.id,
        agent_id=CLASSIC_AGENT,
        model="gpt-4o",
        additional_instructions="Be brief.",
        additional_messages=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],  # pyright: ignore[reportArgumentType] - the SDK takes plain JSON as well
    )
    assert run.model == "gpt-4o"
    assert run.instructions == "You are a helpful assistant.\nBe brief."


async def test_agents_are_created_changed_listed_and_deleted(agents: AgentsClient) -> None:
    agent = await agents.create_agent(
        model="gpt-4o",
        name="new",
        tools=[{"type": "mcp", "server_label": "x"}, {"type": "function", "function": {}}],  # pyright: ignore[reportArgumentType] - the SDK takes plain JSON as well
    )
    assert (await agents.update_agent(agent.id, name="renamed")).name == "renamed"
    assert (await agents.get_agent(agent.id)).name == "renamed"
    assert [each.id async for each in agents.list_agents()] == [
        agent.id,
        "asst_researcher",
        CLASSIC_AGENT,
    ]
    await agents.delete_agent(agent.id)
    with pytest.raises(ResourceNotFoundError, match="No assistant found with id"):
        await agents.get_agent(agent.id)


async def test_threads_and_messages_can_be_read_and_deleted(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    message = await agents.messages.create(thread.id, role=MessageRole.USER, content="Hi")
    assert (await agents.messages.get(thread.id, message.id)).id == message.id
    assert (await agents.threads.get(thread.id)).id == thread.id
    with pytest.raises(ResourceNotFoundError, match="No message found"):
        await agents.messages.get(thread.id, "msg_none")
    await agents.threads.delete(thread.id)
    with pytest.raises(ResourceNotFoundError, match="No thread found"):
        await agents.threads.get(thread.id)


async def test_a_thread_with_an_active_run_takes_neither_runs_nor_messages(
    agents: AgentsClient,
) -> None:
    run = (await stream(agents, "[call f]"))[-2][1]
    thread = run["thread_id"]
    with pytest.raises(HttpResponseError, match=f"already has an active run {run['id']}"):
        await agents.runs.create(thread, agent_id=CLASSIC_AGENT)
    with pytest.raises(HttpResponseError, match=f"while a run {run['id']} is active"):
        await agents.messages.create(thread, role=MessageRole.USER, content="Hi")
