"""Many questions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import structured
from tests.rigs.calling import GENERATIONS, LONGEST, Told, answered, failed
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


def says(*texts: str) -> list[dict[str, Any]]:
    return [{"message": f"[say {text}]"} for text in texts]


@GENERATIONS
async def test_two_hundred_answers_come_in_the_order_of_their_questions(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    texts = [f"Answer {number}." for number in range(200)]
    async with connect() as client:
        batch = await answered(client, "batch_ask", requests=says(*texts), agent=agent)
    assert [answer["text"] for answer in batch["answers"]] == texts
    assert (batch["completed"], batch["failed"]) == (200, 0)
    assert emulator.runs_created == 200


async def test_each_question_may_name_its_own_agent_and_conversation(client: Client) -> None:
    first = structured(await client.call_tool("ask_agent", {"message": "My name is Ada"}))
    requests: list[dict[str, Any]] = [
        {"message": "One"},
        {"message": "Two", "agent": "asst_helper"},
        {"message": "Three", "agent": "researcher:1"},
        {"message": "Four", "agent": "helper", "conversation_id": first["conversation_id"]},
    ]
    batch = await answered(client, "batch_ask", requests=requests, agent="weather")
    agents = [answer.get("agent", batch["agent"]) for answer in batch["answers"]]
    assert agents == ["weather:1", "asst_helper", "researcher:1", "helper:1"]
    assert "it began with “My name is Ada”" in batch["answers"][3]["text"]


async def test_a_question_fails_by_itself(client: Client) -> None:
    requests = [
        {"message": "[say Well.]"},
        {"message": "[fail server_error It broke]"},
        {"message": "x", "agent": "nobody"},
        {"message": "x", "agent": "a/b"},
        {"message": " "},
        {"message": "[say Half] [incomplete max_output_tokens]"},
    ]
    result = await client.call_tool("batch_ask", {"requests": requests})
    batch = structured(result)
    statuses = [answer["status"] for answer in batch["answers"]]
    assert statuses == ["completed", "failed", "failed", "failed", "failed", "incomplete"]
    codes = [answer["error"]["code"] for answer in batch["answers"][1:5]]
    assert codes == ["run_failed", "agent_not_found", "invalid_request", "invalid_request"]
    assert "It broke" in batch["answers"][1]["error"]["message"]
    assert (batch["completed"], batch["failed"], batch["unfinished"]) == (1, 4, 1)
    shown: Any = result.content[0]
    assert shown.text.startswith("1. Well.")
    assert "completed: 1 · failed: 4 · other: 1 · tokens: " in shown.text.splitlines()[-1]


@pytest.mark.parametrize("count", [0, 1001])
async def test_no_question_and_more_than_a_thousand_are_refused_before_anything_is_sent(
    emulator: Emulator, connect: Connect, count: int
) -> None:
    async with connect() as client:
        error = await failed(client, "batch_ask", requests=says(*["x"] * count))
    assert error["code"] == "invalid_request"
    assert "requests" in error["message"]
    assert emulator.received == []


@GENERATIONS
async def test_no_more_runs_are_under_way_than_the_settings_allow(
    connect: Connect, agent: str
) -> None:
    most = 0

    def counted(it: Emulator) -> bool:
        nonlocal most
        most = max(most, len(it.live))
        return it.runs_created == 12 and not it.live

    batch = {"requests": [{"message": HOLD}] * 12, "agent": agent}
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, concurrency=3) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(emulator.wait_for, counted, LONGEST)
        tasks.start_soon(client.call_tool, "batch_ask", batch)
        await emulator.wait_for(lambda it: len(it.live) == 3, timeout=LONGEST)
        model.release()
    assert most == 3


async def test_progress_counts_up_to_the_whole(connect: Connect) -> None:
    told = Told()
    batch = {"requests": [{"message": text} for text in ("One", "Two", HOLD, HOLD)]}
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(lambda: client.call_tool("batch_ask", batch, progress_callback=told))
        await told.until(lambda it: "2 of 4 answered" in it.messages)
        model.release()
    assert told.grew()
    assert set(told.totals) == {4}
    assert told.numbers[-1] == 4
    assert told.messages[-1] == "4 of 4 answered"


async def test_a_batch_that_waits_gives_signs_of_life(connect: Connect) -> None:
    told = Told()
    batch = {"requests": [{"message": HOLD}]}
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(lambda: client.call_tool("batch_ask", batch, progress_callback=told))
        await told.until(lambda it: it.messages.count("0 of 1 answered") == 2)
        model.release()
    assert told.grew()
    assert told.numbers[-1] == 1
