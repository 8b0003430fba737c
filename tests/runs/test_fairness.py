"""One caller's thousand questions leave room for another's one: for its run, and in the loop."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.contract.caller import Caller
from mcp_foundry.project.callers import Callers
from mcp_foundry.project.session import open_session
from mcp_foundry.runs.asker import Asker, Request
from mcp_foundry.settings.values import Settings
from tests.conftest import structured
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.issuer import ALICE, BOB, TENANT, issuing
from tests.rigs.service import KEYS, Service, replica, variables

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp_foundry.agents.question import Question
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.project.session import FoundrySession

pytestmark = pytest.mark.anyio

LONGEST = 30.0
THOUSAND = 1000


@asynccontextmanager
async def sessions(
    emulator: Emulator, at_once: int
) -> AsyncGenerator[tuple[FoundrySession, FoundrySession]]:
    """Yield Alice's session and Bob's, where one may have as many runs as there may be."""
    told = {
        "FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint,
        "MCP_FOUNDRY_AUTH": "entra",
        "MCP_FOUNDRY_IDENTITY": "server",
        "MCP_FOUNDRY_KEYS": KEYS,
        "MCP_FOUNDRY_CONCURRENCY": str(at_once),
    }
    with anyio.fail_after(LONGEST):
        async with open_session(Settings.read(told)) as foundry:
            callers = Callers(foundry.shared)
            alice, bob = Caller(TENANT, ALICE), Caller(TENANT, BOB)
            with callers.session_of(alice) as first, callers.session_of(bob) as second:
                yield first, second


async def test_a_question_is_answered_while_all_that_another_may_have_under_way_is(
    tmp_path: Path,
) -> None:
    bounds = {"MCP_FOUNDRY_CONCURRENCY": "6", "MCP_FOUNDRY_PER_USER": "4"}
    asked = {"requests": [{"message": HOLD}] * THOUSAND, "agent": "helper"}
    with anyio.fail_after(LONGEST):
        async with (
            issuing(tmp_path) as issuer,
            held_project() as (emulator, _),
            replica(tmp_path / "log", variables(issuer, emulator, **bounds)) as running,
        ):
            service = Service(issuer, emulator, [running])
            async with (
                service.client(ALICE) as alice,
                service.client(BOB) as bob,
                anyio.create_task_group() as tasks,
            ):
                for _ in range(2):
                    tasks.start_soon(alice.call_tool, "batch_ask", asked)
                await emulator.wait_for(lambda it: len(it.live) == 4, timeout=LONGEST)
                answer = await bob.call_tool("ask_agent", {"message": "Hello", "agent": "helper"})
                assert structured(answer)["status"] == "completed"
                assert len(emulator.live) == 4
                assert emulator.runs_created == 5
                tasks.cancel_scope.cancel()


async def test_where_no_run_is_free_the_next_but_one_at_most_is_whose_turn_it_is() -> None:
    async with (
        held_project() as (emulator, model),
        sessions(emulator, at_once=2) as (alice, bob),
    ):
        batches = [alice.ask_all([Request(HOLD, "helper", "")] * 20) for _ in range(3)]
        await emulator.wait_for(lambda it: len(it.live) == 2, timeout=LONGEST)
        run = bob.runs.begin(await bob.question(Request("Bob asks", "helper", "")))
        await anyio.wait_all_tasks_blocked()
        assert emulator.runs_created == 2
        model.release()
        await bob.runs.follow(run)
        for batch in batches:
            await batch.done.wait()
        asked = [json.dumps(each.body) for each in emulator.received if each.method == "POST"]
        (place,) = [place for place, body in enumerate(asked) if "Bob asks" in body]
        assert place in {2, 3}


async def test_a_batch_begins_one_question_at_a_time_where_others_share_the_loop() -> None:
    turns, turn = list[int](), 0

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await anyio.lowlevel.checkpoint()

    async with (
        held_project() as (emulator, model),
        sessions(emulator, at_once=50) as (alice, _),
        anyio.create_task_group() as tasks,
    ):

        async def question(request: Request) -> Question:
            turns.append(turn)
            return await alice.question(request)

        model.release()
        asker = Asker(alice.runs, question, alice.roster.explain, alice.files.keep)
        batch = alice.batches.begin([Request("Hello", "helper", "")] * 100, asker)
        tasks.start_soon(count)
        await batch.done.wait()
        tasks.cancel_scope.cancel()
    assert len(turns) == 100
    assert all(later - earlier > 1 for earlier, later in pairwise(turns))
