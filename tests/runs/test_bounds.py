"""No wait is without a bound, and each says which it was and how long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS, answered, ask
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.raw_service import raw_service
from tests.rigs.secure_project import needs_a_shell, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

LONGEST = 10
"""Seconds after which a test gives up; every bound here is far below."""


@needs_a_shell
async def test_a_connection_that_does_not_come_about_is_given_up(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    limits = replace(TEST_LIMITS, connect=0.5, silence=60)
    # It takes the connection, and never answers the greeting of TLS.
    async with raw_service() as service:
        endpoint = service.endpoint.replace("http://", "https://")
        async with connect(endpoint=endpoint, limits=limits) as client:
            with anyio.fail_after(LONGEST):
                error = failure(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert error["code"] == "connection_failed"
    assert "within 0.5 s, so nothing was started" in error["message"]


@GENERATIONS
async def test_a_first_byte_that_does_not_come_is_given_up(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(hang=True)
    async with connect(limits=replace(TEST_LIMITS, silence=0.5)) as client:
        with anyio.fail_after(LONGEST):
            question = {"message": "Hi", "agent": agent}
            error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "timeout"
    assert "took the request and then said nothing for 0.5 s" in error["message"]


@GENERATIONS
async def test_a_stream_that_falls_silent_is_not_waited_for(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence=4)
    async with connect(limits=replace(TEST_LIMITS, silence=0.5)) as client:
        with anyio.fail_after(LONGEST):
            question = {"message": "[say Fetched.]", "agent": agent}
            answer = structured(await client.call_tool("ask_agent", question))
    assert answer["text"] == "Fetched."


@GENERATIONS
async def test_keep_alives_are_signs_of_life(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence=4, silence_comments=0.1)
    limits = replace(TEST_LIMITS, silence=0.5)
    async with connect(limits=limits, max_wait=1.5) as client:
        question = {"message": "[say Hi.]", "agent": agent}
        answer = structured(await client.call_tool("ask_agent", question))
    assert answer["status"] == "in_progress"
    assert [request.method for request in emulator.received] == ["POST"]


@GENERATIONS
async def test_a_run_that_keeps_alive_and_never_begins_ends_with_the_longest_life(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence_comments=0.1)
    async with connect(limits=replace(TEST_LIMITS, run=0.6), max_wait=0) as client:
        with anyio.fail_after(LONGEST):
            question = {"message": "[slow 30]", "agent": agent}
            error = failure(await client.call_tool("ask_agent", question))
        await emulator.wait_for(lambda it: not it.busy_connections)
    assert error["code"] == "timeout"
    assert "not done after 0.6 s" in error["message"]


@GENERATIONS
async def test_a_read_that_is_not_answered_is_given_up(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    limits = replace(TEST_LIMITS, read=0.4, lost=0.5, silence=60)
    async with connect(limits=limits) as client:
        question = {"message": "[say Hi.]", "agent": agent}
        answer = structured(await client.call_tool("ask_agent", question))
        emulator.fault(on="get", hang=True, times=9)
        with anyio.fail_after(LONGEST):
            asked = {"answer_id": answer["answer_id"]}
            error = failure(await client.call_tool("get_answer", asked))
    assert error["code"] == "timeout"
    assert "no answer from the service within 0.4 s" in error["message"]


@GENERATIONS
async def test_a_server_ends_though_a_run_that_was_handed_over_still_speaks(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    with anyio.fail_after(LONGEST):
        async with connect(max_wait=0.3) as client:
            question = {"message": "[slow 20]", "agent": agent}
            assert structured(await client.call_tool("ask_agent", question))["answer_id"]
        await emulator.wait_for(lambda it: not it.open_connections)
    # Handed over is promised: it goes on at the service.
    assert len(emulator.live) == 1


@GENERATIONS
async def test_a_question_that_could_not_be_sent_in_time_was_never_asked(
    connect: Connect, agent: str
) -> None:
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, max_wait=0.3, concurrency=1) as client,
    ):
        early = await ask(client, HOLD, agent)
        result = await client.call_tool("ask_agent", {"message": "Second", "agent": agent})
        error = failure(result)
        assert error["code"] == "timeout"
        assert "not asked within 0.3 s" in error["message"]
        assert "Nothing was started" in error["message"]
        model.release()
        while early["status"] == "in_progress":
            early = await answered(client, "get_answer", answer_id=early["answer_id"])
        assert emulator.runs_created == 1


@GENERATIONS
async def test_a_run_that_is_named_late_is_handed_over_late(connect: Connect, agent: str) -> None:
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, max_wait=0.3) as client,
    ):
        emulator.fault(delay=0.6)
        answer = await ask(client, HOLD, agent)
        assert answer["status"] == "in_progress"
        model.release()
        while answer["status"] == "in_progress":
            answer = await answered(client, "get_answer", answer_id=answer["answer_id"])
    assert answer["text"] == HOLD


@GENERATIONS
async def test_an_answer_that_comes_while_its_name_is_awaited_is_the_answer(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(status=400, delay=0.5)
    async with connect(max_wait=0.3) as client:
        question = {"message": "Hi", "agent": agent}
        error = failure(await client.call_tool("ask_agent", question))
    assert (error["code"], error["status"]) == ("invalid_request", 400)


@GENERATIONS
async def test_a_run_that_is_never_named_is_given_up_with_a_warning(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence_comments=0.1)
    limits = replace(TEST_LIMITS, silence=0.5, cancel=0.3)
    async with connect(limits=limits, max_wait=0.3) as client:
        with anyio.fail_after(5):
            result = await client.call_tool("ask_agent", {"message": "Hi", "agent": agent})
        assert failure(result)["code"] == "timeout"
        assert "A run may have been started" in failure(result)["message"]
        await emulator.wait_for(lambda it: not it.busy_connections)
    assert emulator.runs_created == 1


@GENERATIONS
async def test_a_caller_may_wait_for_ever(connect: Connect, agent: str) -> None:
    async with connect(max_wait=0) as client:
        question = {"message": "[slow 0.5] [say Patience.]", "agent": agent}
        answer = structured(await client.call_tool("ask_agent", question))
    assert answer["text"] == "Patience."
