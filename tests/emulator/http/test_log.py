"""A line for each request: what was asked, what it got, what the model did, and no word of it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from azure.ai.agents.models import ToolOutput
from openai import AsyncOpenAI

from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MODEL, TOKEN, Emulator
from tests.rigs.sdk_clients import agents_client, openai_client

pytestmark = pytest.mark.anyio
Told = tuple[Emulator, list[str]]


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    """An emulator, and the lines it wrote."""
    lines: list[str] = []
    async with Emulator(log=lines.append) as emulator:
        yield emulator, lines


@pytest.fixture
async def client(told: Told) -> AsyncIterator[AsyncOpenAI]:
    async with openai_client(told[0]) as opened:
        yield opened


def plain(line: str) -> str:
    """A line without what differs each time: ids, times, lengths of text."""
    line = re.sub(r"(?<=say )(?!34)\d+", "N", line)
    return re.sub(r"\d+ ms", "N ms", re.sub(r"(resp|run|thread)_[0-9a-zA-Z]+", r"\1", line))


@pytest.mark.parametrize("stream", [False, True])
async def test_a_question_is_told_with_what_the_model_did_and_nothing_that_was_said(
    told: Told, client: AsyncOpenAI, stream: bool
) -> None:
    create: Any = client.responses.create
    asked = "[search secrets] [long 34]"
    answer: Any = await create(model=DEFAULT_MODEL, input=asked, stream=stream)
    if stream:
        assert [event async for event in answer]
    lines = told[1]
    assert [plain(line) for line in lines] == [
        "POST /openai/v1/responses 200 N ms; resp: search, say 34 tokens, completed"
    ]
    assert "secrets" not in lines[0]
    assert TOKEN not in lines[0]


async def test_what_outlives_its_request_is_told_once_it_ends(
    told: Told, client: AsyncOpenAI
) -> None:
    emulator, lines = told
    asked = "[slow 0.05] [fail server_error It broke]"
    await client.responses.create(model=DEFAULT_MODEL, input=asked, background=True)
    await emulator.wait_for(lambda _: len(lines) == 2)
    assert [plain(line) for line in lines] == [
        "POST /openai/v1/responses 200 N ms; resp: queued",
        "resp: pause, failed",
    ]


async def test_a_run_of_the_classic_generation_is_told_each_time_it_goes_on(told: Told) -> None:
    emulator, lines = told
    emulator.script("[call f]")
    async with agents_client(emulator) as agents:
        thread = await agents.threads.create()
        run = await agents.runs.create(thread.id, agent_id=CLASSIC_AGENT)
        await emulator.wait_for(lambda _: len(lines) == 3)
        action: Any = (await agents.runs.get(thread.id, run.id)).required_action
        (call,) = action.submit_tool_outputs.tool_calls
        outputs = [ToolOutput(tool_call_id=call.id, output="secret")]
        await agents.runs.submit_tool_outputs(thread.id, run.id, tool_outputs=outputs)
        await emulator.wait_for(lambda _: len(lines) == 6)
    ends = [plain(line) for line in lines if line.startswith("run_")]
    assert ends == ["run: call function, requires_action", "run: say N tokens, completed"]


async def test_a_path_stays_in_its_line(told: Told) -> None:
    emulator, lines = told
    headers = {"Authorization": "Bearer secret"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{emulator.endpoint}/agents/a%0Ab?token=secret") as reply,
    ):
        assert reply.status == 404
    assert [plain(line) for line in lines] == ["GET /agents/a%0Ab 404 N ms"]


async def test_what_never_gets_a_reply_is_told_as_such(told: Told) -> None:
    emulator, lines = told
    emulator.fault(on="any", disconnect=True)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{emulator.endpoint}/threads")  # a GET would be tried again
    assert [plain(line) for line in lines] == ["POST /threads closed N ms"]
