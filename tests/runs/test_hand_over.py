"""Answers that take longer than a caller waits: handed over, kept for a while, and whole."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS, LONGEST, ask
from tests.rigs.fetching import PATIENCE, fetch, late_id, reads
from tests.rigs.held_model import ENOUGH_FOR_OTHERS, HOLD, held_project
from tests.rigs.stdio_process import ServerProcess, call, handshake

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_a_late_answer_is_handed_over_and_goes_on(
    connect: Connect, mode: str, agent: str
) -> None:
    async with (
        held_project() as (emulator, model),
        connect(
            {"mode": mode},
            endpoint=emulator.endpoint,
            max_wait=PATIENCE,
            limits=replace(TEST_LIMITS, silence=LONGEST),
        ) as client,
    ):
        result = await client.call_tool("stream_agent", {"message": HOLD, "agent": agent})
        early = structured(result)
        assert early["status"] == "in_progress"
        assert "Call get_answer" in result.content[0].text  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - the first content is text
        again = await fetch(client, early["answer_id"])
        assert again["status"] == "in_progress"
        assert len(emulator.live) == 1
        model.release()
        while again["status"] == "in_progress":
            again = await fetch(client, early["answer_id"])
        assert (again["status"], again["text"]) == ("completed", HOLD)
        assert again["conversation_id"] == early["conversation_id"]
        assert (emulator.runs_created, reads(emulator)) == (1, 0)


@GENERATIONS
async def test_what_was_written_so_far_comes_with_the_hand_over(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(slow=0.05)
    async with connect(max_wait=1) as client:
        early = await ask(client, "[long 100]", agent)
        assert early["status"] == "in_progress"
        assert early["text"].startswith("alpha naïve")
        whole = await fetch(client, early["answer_id"])
        assert whole["text"].startswith(early["text"])


@contextmanager
def server_process(endpoint: str) -> Generator[ServerProcess]:
    """The server as it is installed, killed and never ended when it is left."""
    command = [sys.executable, "-m", "mcp_foundry", "--endpoint", endpoint]
    with subprocess.Popen(  # noqa: S603 - this Python, and a package of ours
        [*command, "--max-wait", str(PATIENCE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield ServerProcess(process)
        process.kill()


@GENERATIONS
async def test_an_answer_survives_the_death_of_its_server(connect: Connect, agent: str) -> None:
    async with held_project() as (emulator, model):
        with server_process(emulator.endpoint) as server:
            await server.send(*handshake(), call(1, "ask_agent", message=HOLD, agent=agent))
            early = (await server.answer(1))["result"]["structuredContent"]
            assert early["status"] == "in_progress"
        assert len(emulator.live) == 1
        model.release()
        async with connect(endpoint=emulator.endpoint) as client:
            answer = await fetch(client, early["answer_id"])
        assert (answer["status"], answer["text"]) == ("completed", HOLD)
        assert emulator.runs_created == 1


async def test_a_batch_hands_over_item_by_item(connect: Connect) -> None:
    agents = ["helper", "asst_helper", "asst_helper"]
    requests = [{"message": m, "agent": a} for m, a in zip(("A", HOLD, "C"), agents, strict=True)]
    async with held_project() as (emulator, model):
        project = emulator.endpoint
        async with connect(endpoint=project, max_wait=ENOUGH_FOR_OTHERS) as client:
            batch = structured(await client.call_tool("batch_ask", {"requests": requests}))
        model.release()
        early = batch["answers"]
        assert [answer["status"] for answer in early] == ["completed", "in_progress", "completed"]
        assert (batch["completed"], batch["unfinished"]) == (2, 1)
        async with connect(endpoint=project) as client:
            assert (await fetch(client, early[1]["answer_id"]))["text"] == HOLD
        assert emulator.runs_created == 3


async def test_what_handed_over_runs_leave_behind_is_bounded_in_number(connect: Connect) -> None:
    limits = replace(TEST_LIMITS, kept=2, silence=LONGEST)
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, limits=limits, max_wait=PATIENCE) as client,
    ):
        early = [await ask(client, HOLD) for _ in range(3)]
        model.release()
        await emulator.wait_for(lambda it: not it.live and not it.busy_connections)
        for answer in early[1:]:
            assert (await fetch(client, answer["answer_id"]))["text"] == HOLD
        assert reads(emulator) == 0
        # The oldest is forgotten here; the service still has it.
        assert (await fetch(client, early[0]["answer_id"]))["text"] == HOLD
        assert reads(emulator) == 1


async def test_what_handed_over_runs_leave_behind_is_given_back_in_time(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, run=1)
    async with connect(limits=limits, max_wait=PATIENCE) as client:
        old = await ask(client, "[slow 0.4]")
        await emulator.wait_for(lambda it: not it.live)
        late = await ask(client, "[slow 5]")
        # Its own second is over when this one is given up, so the first is older than that.
        while not (result := await client.call_tool("get_answer", late_id(late))).is_error:
            assert structured(result)["status"] == "in_progress"
        assert failure(result)["code"] == "timeout"
        before = reads(emulator)
        assert (await fetch(client, old["answer_id"]))["status"] == "completed"
        assert reads(emulator) == before + 1
