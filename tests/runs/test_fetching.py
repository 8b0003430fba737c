"""Answers that were handed over, fetched by `get_answer`: by whom, how often, and in what way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import Connect, failure, structured
from tests.rigs.calling import GENERATIONS, Told, ask
from tests.rigs.cancelling import LONG, settled
from tests.rigs.fetching import PATIENCE, fetch, late_id, reads
from tests.rigs.held_model import HOLD, held_project

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
    told, answers = Told(), list[dict[str, Any]]()

    async def wait(client: Client, answer_id: str) -> None:
        asked = {"answer_id": answer_id}
        result = await client.call_tool("get_answer", asked, progress_callback=told)
        answers.append(structured(result))

    async with held_project() as (emulator, model):
        project = emulator.endpoint
        async with connect({"mode": mode}, endpoint=project, max_wait=PATIENCE) as client:
            early = await ask(client, HOLD, agent)
        async with (
            connect({"mode": mode}, endpoint=project, max_wait=0) as client,
            anyio.create_task_group() as calls,
        ):
            calls.start_soon(wait, client, early["answer_id"])
            await told.until(lambda it: len(it.messages) == 2)
            model.release()
    assert answers[0]["status"] == "completed"
    assert told.messages == told.lines
    assert told.grew()


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
    told = Told()
    async with connect(max_wait=PATIENCE) as client:
        asked = late_id(await ask(client, LONG, agent))
    async with connect() as client:
        async with anyio.create_task_group() as calls:
            calls.start_soon(lambda: client.call_tool("get_answer", asked, progress_callback=told))
            await told.until(lambda it: it.messages)
            calls.cancel_scope.cancel()
        await settled(emulator)


@GENERATIONS
async def test_two_may_wait_for_one_answer_and_one_may_leave(connect: Connect, agent: str) -> None:
    answers: list[dict[str, Any]] = []

    async def stay(client: Client, answer: dict[str, Any]) -> None:
        while answer["status"] == "in_progress":
            answer = await fetch(client, answer["answer_id"])
        answers.append(answer)

    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, max_wait=1) as client,
    ):
        early = await ask(client, HOLD, agent)
        async with anyio.create_task_group() as staying:
            staying.start_soon(stay, client, early)
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(fetch, client, early["answer_id"])
                await anyio.wait_all_tasks_blocked()
                leaving.cancel_scope.cancel()
            model.release()
        assert answers[0]["text"] == HOLD
        assert emulator.runs_created == 1
