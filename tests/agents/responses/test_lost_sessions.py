"""Answers whose session came to its end before them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import TEST_LIMITS
from tests.rigs.calling import answered, ask, failed
from tests.rigs.hosted import HOSTED

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("box", definition=HOSTED)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, agent="box")


@pytest.mark.parametrize("status", ["failed", "expired", "deleted"])
async def test_an_answer_whose_session_died_is_said_to_be_lost(
    emulator: Emulator, connect: Connect, status: str
) -> None:
    async with connect(max_wait=0.3) as client:
        early = await ask(client, "[slow 60]")
        (session,) = emulator.store.sessions
        emulator.end_session(session, status)
        assert early["status"] == "in_progress"
    async with connect() as client:
        error = await failed(client, "get_answer", answer_id=early["answer_id"])
    assert error["code"] == "run_failed"
    assert f"answer '{early['answer_id']}' is lost" in error["message"]


async def test_a_call_that_waits_over_a_session_that_dies_is_told_so(
    emulator: Emulator, connect: Connect
) -> None:
    errors: list[Any] = []

    async with connect() as client, anyio.create_task_group() as tasks:

        async def call() -> None:
            errors.append(await failed(client, "ask_agent", message="[slow 60]"))

        tasks.start_soon(call)
        await emulator.wait_for(lambda it: it.live)
        (session,) = emulator.store.sessions
        emulator.end_session(session, "failed")
    assert errors[0]["code"] == "run_failed"
    assert "is lost" in errors[0]["message"]


async def test_an_answer_whose_session_lives_is_waited_for(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(max_wait=0.3) as client:
        early = await ask(client, "[slow 60]")
    async with connect(max_wait=1, limits=replace(TEST_LIMITS, poll=0.05)) as client:
        emulator.fault(on="resume_stream", status=400, times=100)
        again = await answered(client, "get_answer", answer_id=early["answer_id"])
        assert again["status"] == "in_progress"
        await answered(client, "cancel_answer", answer_id=early["answer_id"])
