"""The end of a session, while calls are under way."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.session import open_session
from mcp_foundry.runs.asker import Request
from tests.rigs.calling import GENERATIONS

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.runs.run import Run
    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_a_session_that_ends_cancels_the_runs_that_are_still_waited_for(
    emulator: Emulator, settings: Settings, agent: str
) -> None:
    # As when Ctrl+C cancels the session and the call at once: the call may notice it last.
    failures: list[FoundryError] = []

    async def unwatched(run: Run) -> None:
        await run.done.wait()

    with anyio.fail_after(20):
        async with anyio.create_task_group() as calls, AsyncExitStack() as stack:
            foundry = await stack.enter_async_context(open_session(settings))
            question = await foundry.question(Request("[slow 30]", agent, ""))

            async def ask() -> None:
                try:
                    await foundry.runs.ask(question, unwatched)
                except FoundryError as failure:
                    failures.append(failure)

            calls.start_soon(ask)
            await emulator.wait_for(lambda emulated: emulated.live)
            await stack.aclose()
            assert emulator.live == []
    assert [failure.code for failure in failures] == ["run_failed"]


@GENERATIONS
async def test_a_batch_that_nobody_was_told_of_ends_with_the_session(
    emulator: Emulator, settings: Settings, agent: str
) -> None:
    few = replace(settings, concurrency=2)
    with anyio.fail_after(5):
        async with AsyncExitStack() as stack:
            foundry = await stack.enter_async_context(open_session(few))
            batch = foundry.ask_all([Request("[slow 30]", agent, "")] * 5)
            await emulator.wait_for(lambda emulated: len(emulated.live) == 2)
            await stack.aclose()
            assert batch.done.is_set()
            assert emulator.live == []
    assert emulator.runs_created == 2
