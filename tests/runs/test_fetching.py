"""Answers that were handed over, fetched by `get_answer`: by whom, how often, and in what way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import Connect, failure, structured
from tests.rigs.calling import GENERATIONS, ask
from tests.rigs.fetching import PATIENCE, fetch, late_id, reads

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_any_server_finds_an_answer_at_once(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect() as first:
        answer = await ask(first, "[say Yes.]", agent)
    async with connect() as second:
        again = await fetch(second, answer["answer_id"])
    assert again == answer
    assert emulator.runs_created == 1


@GENERATIONS
async def test_waiting_for_an_answer_reports_progress(
    connect: Connect, agent: str, mode: str
) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert (total, (message or "")[:2]) == (None, "⋯ ")
        heard.append(progress)

    async with connect({"mode": mode}, max_wait=PATIENCE) as client:
        early = await ask(client, "[slow 4]", agent)
    async with connect({"mode": mode}) as client:
        result = await client.call_tool(
            "get_answer", {"answer_id": early["answer_id"]}, progress_callback=hear
        )
    assert structured(result)["status"] == "completed"
    assert len(heard) >= 2
    assert heard == sorted(set(heard))


@GENERATIONS
async def test_an_answer_that_could_not_be_fetched_is_fetched_when_asked_again(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(slow=0.2, drop_after_events=4)
    emulator.fault(on="get", status=429, retry_after=3600, times=100)
    async with connect(max_wait=PATIENCE) as client:
        early = await ask(client, "[say There.]", agent)
        assert early["status"] == "in_progress"
        result = await client.call_tool("get_answer", late_id(early))
        while not result.is_error:
            result = await client.call_tool("get_answer", late_id(early))
        assert failure(result)["code"] == "rate_limited"
        assert f"call get_answer with answer_id={early['answer_id']}" in failure(result)["message"]
        emulator.clear_faults()
        assert (await fetch(client, early["answer_id"]))["text"] == "There."


@GENERATIONS
async def test_a_failure_that_nobody_heard_of_is_no_answer(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(slow=0.2, drop_after_events=4)
    emulator.fault(on="get", status=429, retry_after=3600)
    async with connect(max_wait=PATIENCE) as client:
        early = await ask(client, "[say There.]", agent)
        await emulator.wait_for(lambda it: reads(it) and not it.busy_connections)
        await anyio.wait_all_tasks_blocked()
        assert (await fetch(client, early["answer_id"]))["text"] == "There."
    assert emulator.runs_created == 1


@GENERATIONS
async def test_cancelling_the_wait_for_an_answer_cancels_its_run(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect(max_wait=PATIENCE) as client:
        early = await ask(client, "[slow 30]", agent)
    async with connect() as client:
        with anyio.move_on_after(PATIENCE):
            await client.call_tool("get_answer", late_id(early))
        await emulator.wait_for(lambda it: not it.live, timeout=3)
    assert emulator.busy_connections == 0


@GENERATIONS
async def test_two_may_wait_for_one_answer_and_one_may_leave(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect(max_wait=PATIENCE) as client:
        early = await ask(client, "[slow 0.8] [say Both.]", agent)
        answer = early
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fetch_and_leave, client, early["answer_id"])
            while answer["status"] == "in_progress":
                answer = await fetch(client, early["answer_id"])
    assert answer["text"] == "Both."
    assert emulator.runs_created == 1


async def fetch_and_leave(client: Client, answer_id: str) -> None:
    with anyio.move_on_after(PATIENCE / 3):
        await fetch(client, answer_id)
