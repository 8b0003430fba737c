"""What becomes of a classic run: waiting, cancelling, expiry; and of what it stands on."""

from typing import Any

import anyio
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    MessageRole,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.rigs.asking_classic import http_response, names, stream, submit
from tests.rigs.sdk_clients import agents_client

pytestmark = pytest.mark.anyio


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


async def test_items_of_the_new_generation_are_answered_in_text(agents: AgentsClient) -> None:
    events = await stream(agents, "[shell ls]")
    text = next(data for name, data in events if name == "thread.message.completed")
    assert text["content"][0]["text"]["value"] == "I have no tool for this: local shell."
    assert names(events)[-2:] == ["thread.run.completed", "done"]


async def test_approvals_come_before_functions(agents: AgentsClient) -> None:
    run = (await stream(agents, "[call f] [approve a.b] [approve a.c]"))[-2][1]
    asked = run["required_action"]["submit_tool_approval"]["tool_calls"]
    approvals = [{"tool_call_id": each["id"], "approve": True} for each in asked]
    after = await submit(agents, run, tool_approvals=approvals)
    assert after[-2][1]["required_action"]["type"] == "submit_tool_outputs"


async def test_a_run_that_waits_too_long_expires(emulator: Emulator, agents: AgentsClient) -> None:
    assert emulator.action_expiry == 600
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
        tools=[
            {"type": "mcp", "server_label": "x"},
            {"type": "function", "function": {"name": "f"}},
        ],  # pyright: ignore[reportArgumentType] - the SDK takes plain JSON as well
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


async def test_a_run_that_was_answered_in_time_does_not_expire() -> None:
    async with Emulator(first_token=0.2) as emulator, agents_client(emulator) as agents:
        emulator.action_expiry = 0.1
        run = (await stream(agents, "[call f]"))[-2][1]
        (asked,) = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        outputs = [{"tool_call_id": asked["id"], "output": "x"}]
        after = await submit(agents, run, tool_outputs=outputs)
    assert after[-2][0] == "thread.run.completed"
