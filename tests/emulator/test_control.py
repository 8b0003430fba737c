"""The state of the emulator, forgotten from another process."""

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from openai import AsyncOpenAI, NotFoundError

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator

pytestmark = pytest.mark.anyio


async def test_its_state_can_be_forgotten_and_is_seeded_anew(
    emulator: Emulator,
    raw: aiohttp.ClientSession,
    openai: AsyncOpenAI,
    project: AIProjectClient,
) -> None:
    seeded = [agent.name async for agent in project.agents.list()]
    await project.agents.delete("helper")
    emulator.store.add_agent("mine")
    made = await openai.conversations.create()
    emulator.fault(status=500)
    emulator.script("[say Scripted]")
    emulator.behave(lists_responses=False)

    async with raw.delete("/_emulator/state") as reply:
        assert reply.status == 200

    assert [agent.name async for agent in project.agents.list()] == seeded
    with pytest.raises(NotFoundError):
        await openai.conversations.retrieve(made.id)
    answer = await openai.responses.create(model=DEFAULT_MODEL, input="[say Mine]")
    assert answer.output_text == "Mine"
    assert emulator.behaviour.lists_responses
    async with raw.get("/_emulator/state") as reply:
        state = await reply.json()
    assert (state["runs_created"], state["runs_taken"]) == (1, 1)


async def test_what_is_under_way_is_cancelled_when_the_state_is_forgotten(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    running = await openai.responses.create(model=DEFAULT_MODEL, input="[slow 60]", background=True)
    await emulator.wait_for(lambda it: it.runs_taken)
    await emulator.reset()
    assert emulator.live == []
    with pytest.raises(NotFoundError):
        await openai.responses.retrieve(running.id)


async def test_a_stream_ends_when_the_state_is_forgotten(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    stream = await openai.responses.create(
        model=DEFAULT_MODEL, input="[slow 60]", background=True, stream=True
    )
    await emulator.wait_for(lambda it: it.runs_taken)
    await emulator.reset()
    kinds = [event.type async for event in stream]
    assert kinds[-1] == "response.failed"


async def test_files_that_code_writes_after_that_are_found(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    await emulator.reset()
    await openai.responses.create(model=DEFAULT_MODEL, input="[file chart.csv]")
    (container,) = (each for each in emulator.store.files.containers if each != "cntr_emulator")
    files = await openai.containers.files.list(container)
    assert [file.path for file in files.data] == ["/mnt/data/chart.csv"]


async def test_a_script_that_is_no_json_is_refused(raw: aiohttp.ClientSession) -> None:
    async with raw.post("/_emulator/script", data=b"[say") as reply:
        assert reply.status == 400
        assert "not JSON" in (await reply.json())["error"]
