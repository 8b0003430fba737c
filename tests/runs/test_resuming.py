"""A stream that broke is gone on with, where the service can; only else is the run looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.conftest import TEST_LIMITS, Connect, structured
from tests.rigs.calling import GENERATIONS, LONGEST, Told, ask

if TYPE_CHECKING:
    from mcp.client import Client

pytestmark = pytest.mark.anyio

LONG = "[long 60]"


def reads(emulator: Emulator) -> list[str]:
    """How the run was read after its own stream: `stream` or `plain`."""
    gets = [request for request in emulator.received if request.method == "GET"]
    return ["stream" if "stream" in request.query else "plain" for request in gets]


async def streamed(client: Client, message: str, agent: str = "helper") -> tuple[Any, Told]:
    told = Told()
    question = {"message": message, "agent": agent}
    result = await client.call_tool("stream_agent", question, progress_callback=told)
    return structured(result), told


async def test_a_stream_that_broke_goes_on_where_it_was(emulator: Emulator, client: Client) -> None:
    emulator.fault(drop_after_events=20)
    answer, told = await streamed(client, LONG)
    assert answer["status"] == "completed"
    assert "".join(told.texts) == answer["text"]
    assert reads(emulator) == ["stream"]
    (resumed,) = (request for request in emulator.received if request.method == "GET")
    assert resumed.query["starting_after"] == "19"
    assert emulator.runs_created == 1


async def test_a_stream_that_breaks_again_and_again_goes_on_each_time(
    emulator: Emulator, client: Client
) -> None:
    emulator.fault(drop_after_events=20)
    emulator.fault(on="resume_stream", drop_after_events=10, times=3)
    answer, told = await streamed(client, LONG)
    assert "".join(told.texts) == answer["text"]
    assert reads(emulator) == ["stream"] * 4


@pytest.mark.parametrize(
    "fault",
    [{"status": 400}, {"status": 500}, {"status": 404}, {"empty": True}],
)
async def test_where_the_stream_cannot_be_gone_on_with_the_run_is_looked_at(
    emulator: Emulator, client: Client, fault: dict[str, Any]
) -> None:
    emulator.fault(drop_after_events=5)
    emulator.fault(on="resume_stream", **fault)
    answer = await ask(client, "[slow 0.1] [say Fetched.]", "helper")
    assert answer["text"] == "Fetched."
    assert reads(emulator)[:2] == ["stream", "plain"]
    assert emulator.runs_created == 1


async def test_a_resumed_stream_that_is_too_old_is_not_tried_twice(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(resume_seconds=0)
    emulator.fault(drop_after_events=5)
    answer = await ask(client, "[slow 0.5] [say Fetched.]", "helper")
    assert answer["text"] == "Fetched."
    assert reads(emulator).count("stream") == 1


async def test_a_network_that_comes_back_brings_the_stream_back(
    emulator: Emulator, client: Client
) -> None:
    emulator.fault(drop_after_events=3)
    emulator.fault(on="resume_stream", status=503)
    answer = await ask(client, "[slow 0.5] [say Streamed.]", "helper")
    assert answer["text"] == "Streamed."
    assert reads(emulator)[:3] == ["stream", "plain", "stream"]


async def test_what_the_service_does_again_is_told_again_from_its_beginning(
    connect: Connect,
) -> None:
    async with Emulator(tokens_per_second=10) as slow, connect(endpoint=slow.endpoint) as client:
        slow.fault(restart=True)
        answer, told = await streamed(client, "[long 10]")
    (notice,) = (line for line in told.lines if "began anew" in line)
    anew = told.messages[told.messages.index(notice) + 1 :]
    assert "".join(text for text in anew if not text.startswith("⋯ ")) == answer["text"]


async def test_text_of_a_run_that_another_process_asked_for_comes_from_its_stream(
    connect: Connect,
) -> None:
    async with Emulator(tokens_per_second=10) as slow:
        async with connect(endpoint=slow.endpoint, max_wait=0.8) as first:
            early = await ask(first, LONG, "helper")
        async with connect(endpoint=slow.endpoint, max_wait=3) as second:
            asked = {"answer_id": early["answer_id"]}
            later = structured(await second.call_tool("get_answer", asked))
    assert later["status"] == "in_progress"
    assert later["text"].startswith("alpha naïve token 東京")


@GENERATIONS
async def test_a_stream_that_breaks_inside_a_chunk_holds_neither_its_call_nor_its_slot(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(drop_after_events=4, broken_chunk=True, times=3)
    limits = replace(TEST_LIMITS, silence=0.3)
    async with connect(concurrency=1, max_wait=0, limits=limits) as client:
        for _ in range(4):
            assert (await ask(client, "[say Whole.]", agent))["text"] == "Whole."
    assert emulator.runs_created == 4


@GENERATIONS
async def test_a_stream_that_breaks_inside_a_chunk_is_not_waited_for_until_it_is_called_silent(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(drop_after_events=4, broken_chunk=True)
    limits = replace(TEST_LIMITS, silence=600)
    async with connect(max_wait=0, limits=limits) as client:
        with anyio.fail_after(LONGEST):
            assert (await ask(client, "[say Whole.]", agent))["text"] == "Whole."
    assert emulator.runs_created == 1


@GENERATIONS
async def test_a_run_of_which_nothing_is_heard_is_looked_up_when_someone_asks_for_it(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence=4)
    limits = replace(TEST_LIMITS, silence=60, quiet=0)
    async with connect(max_wait=0.3, limits=limits) as client:
        early = await ask(client, "[say There.]", agent)
        assert early["status"] == "in_progress"
        asked = {"answer_id": early["answer_id"]}
        answer = structured(await client.call_tool("get_answer", asked))
    assert (answer["status"], answer["text"]) == ("completed", "There.")
