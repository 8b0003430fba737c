"""Every way in which serving over stdio ends: who is answered, what is cleaned up, how soon."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.stdio_process import (
    call,
    handshake,
    lines,
    modern,
    request,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

both_ways = pytest.mark.parametrize("platform", [sys.platform, "win32"])
"""Polled pipes where the platform has them, and threads, which are all that Windows has."""

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@both_ways
async def test_ends_at_once_when_the_input_ends_and_nothing_is_under_way(platform: str) -> None:
    with serving("--platform", platform, "--drain", "3600") as server:
        await server.send(*handshake())
        await server.answer("hello")
        server.end_input()
        assert await server.ended() == 0
        assert server.said == ["session opened", "session closed"]


async def test_ends_when_the_input_was_empty() -> None:
    with serving() as server:
        server.end_input()
        assert await server.ended() == 0
        assert server.said == ["session opened", "session closed"]


@both_ways
async def test_calls_under_way_are_answered_after_the_end_of_the_input(platform: str) -> None:
    with serving("--platform", platform, "--drain", "3600") as server:
        await server.send(*handshake(), call(1, "wait", seconds=0.2), call(2, "wait", seconds=0.1))
        server.end_input()
        assert await server.ended() == 0
        results = [answer["result"]["structuredContent"] for answer in server.answers[1:]]
        assert results == [{"result": "waited"}] * 2
        assert server.said[-1] == "session closed"


async def test_a_call_of_the_modern_era_is_answered_after_the_end_of_the_input() -> None:
    with serving("--drain", "3600") as server:
        await server.send(modern(1, "tools/call", name="wait", arguments={"seconds": 0.1}))
        server.end_input()
        assert await server.ended() == 0
        assert server.answers[0]["result"]["structuredContent"] == {"result": "waited"}


async def test_requests_still_unread_at_the_end_of_the_input_are_taken_in_order() -> None:
    with serving() as server:
        notes = [call(number, "note", text=f"note {number}") for number in range(200)]
        await server.send(*handshake(), *notes)
        server.end_input()
        assert await server.ended() == 0
        assert [line for line in server.said if line.startswith("note")] == [
            f"note {number}" for number in range(200)
        ]
        assert {answer["id"] for answer in server.answers} == {"hello", *range(200)}


async def test_the_last_line_of_the_input_needs_no_end() -> None:
    with serving() as server:
        await server.send_bytes(lines(request(1, "ping"))[:-1])
        server.end_input()
        assert await server.ended() == 0
        assert [answer["id"] for answer in server.answers] == [1]


@both_ways
async def test_what_outlasts_the_drain_is_cancelled_and_cleaned_up(platform: str) -> None:
    with serving("--platform", platform, "--drain", "0.1") as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600))
        await server.says("waiting")
        server.end_input()
        assert await server.ended() == 0
        assert server.said[-2:] == ["cleaned up", "session closed"]
        assert server.answers[-1]["error"]["message"] == "Connection closed"


async def test_a_call_that_the_client_cancelled_does_not_delay_the_end() -> None:
    with serving("--drain", "3600") as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600))
        await server.says("waiting")
        cancel = {"method": "notifications/cancelled", "params": {"requestId": 1}}
        await server.send({"jsonrpc": "2.0", **cancel})
        await server.says("cleaned up")
        server.end_input()
        assert await server.ended() == 0
        assert [answer["id"] for answer in server.answers] == ["hello"]


@both_ways
async def test_every_request_of_a_file_is_answered_whatever_the_drain(
    platform: str, tmp_path: Path
) -> None:
    requests = tmp_path / "requests.jsonl"
    waits = [call(number, "wait", seconds=0.02) for number in range(50)]
    requests.write_bytes(lines(*handshake(), *waits))
    with (
        requests.open("rb") as stdin,
        serving("--platform", platform, "--drain", "0", stdin=stdin) as server,
    ):
        assert await server.ended() == 0
    assert {answer["id"] for answer in server.answers} == {"hello", *range(50)}
    assert all("result" in answer for answer in server.answers)


async def test_a_file_is_read_no_faster_than_its_requests_are_answered(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    waits = [call(number, "wait", seconds=3600) for number in range(100)]
    requests.write_bytes(lines(*handshake(), *waits))
    with requests.open("rb") as stdin, serving(stdin=stdin) as server:
        for _ in range(16):
            await server.says("waiting")
        server.signal(signal.SIGTERM)
        await server.ended()
    assert server.said.count("waiting") == 16


@on_posix
@both_ways
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
async def test_a_signal_cancels_the_calls_and_closes_the_session(name: str, platform: str) -> None:
    number = signal.Signals[name]
    with serving("--platform", platform) as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600))
        await server.says("waiting")
        server.signal(number)
        assert await server.ended() == 128 + number
        assert server.said[-2:] == ["cleaned up", "session closed"]
        assert server.answers[-1]["error"]["message"] == "Connection closed"


@on_posix
async def test_a_signal_ends_an_idle_server_whose_input_stays_open() -> None:
    with serving() as server:
        await server.send(*handshake())
        await server.answer("hello")
        server.signal(signal.SIGINT)
        assert await server.ended() == 130
        assert server.said[-1] == "session closed"


@on_posix
async def test_a_further_signal_does_not_cut_the_cleaning_up_short() -> None:
    with serving() as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600, cleaning=0.2))
        await server.says("waiting")
        server.signal(signal.SIGINT)
        await server.says("cleaning")
        server.signal(signal.SIGTERM)
        assert await server.ended() == 130
        assert server.said[-2:] == ["cleaned up", "session closed"]


@on_posix
async def test_a_signal_ends_the_drain() -> None:
    with serving("--drain", "3600") as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600))
        await server.says("waiting")
        server.end_input()
        server.signal(signal.SIGTERM)
        assert await server.ended() == 143
        assert server.said[-2:] == ["cleaned up", "session closed"]


@on_posix
async def test_a_signal_ends_the_process_even_if_nothing_can_be_cancelled() -> None:
    """A call that cannot be cancelled, one that blocks the event loop, and a session's end."""

    async def end(number: int, tool: str, *options: str) -> None:
        with serving(*options) as server:
            await server.send(*handshake(), call(1, tool, seconds=3600))
            await server.says(f"{tool}ing")
            server.signal(number)
            assert await server.ended() == 128 + number
            assert "last words" in server.said
            assert server.said[-1].startswith("mcp-foundry: closing took longer")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end, signal.SIGTERM, "cling")
        tasks.start_soon(end, signal.SIGINT, "block")
        tasks.start_soon(end, signal.SIGTERM, "wait", "--closing", "3600")


@on_posix
async def test_a_client_that_closes_stdout_ends_an_idle_server() -> None:
    with serving() as server:
        await server.send(*handshake())
        await server.answer("hello")
        server.close_output()
        assert await server.ended() == 0
        assert server.said[-1] == "session closed"


@on_posix
async def test_a_client_that_closes_stdout_cancels_the_calls() -> None:
    with serving("--drain", "3600") as server:
        await server.send(*handshake(), call(1, "wait", seconds=3600))
        await server.says("waiting")
        server.close_output()
        assert await server.ended() == 0
        assert server.said[-2:] == ["cleaned up", "session closed"]


async def test_a_closed_stdout_is_noticed_by_writing_where_it_cannot_be_watched() -> None:
    with serving("--platform", "win32") as server:
        await server.send(*handshake())
        await server.answer("hello")
        server.close_output()
        await server.send(request(1, "ping"))
        assert await server.ended() == 0
        assert server.said[-1] == "session closed"
