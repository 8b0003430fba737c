"""The output keeps its lines whole and its memory small, whatever its reader and writers do."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio import to_thread, wait_all_tasks_blocked
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCResponse

from mcp_foundry.transport.stdio.json_rpc import encode
from mcp_foundry.transport.stdio.messages import Client
from mcp_foundry.transport.stdio.pipes import InputLines, Output

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

pytestmark = pytest.mark.anyio

both_ways = pytest.mark.parametrize("platform", [sys.platform, "win32"])

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot poll its pipes")

LINE = b"x" * 1023
ENDED = LINE + b"\n"


def pipe() -> tuple[int, int]:
    """The two ends of a pipe."""
    return os.pipe()


def socket_pair() -> tuple[int, int]:
    """The two ends of a connection, which is what Node.js gives its children."""
    reader, writer = socket.socketpair()
    return reader.detach(), writer.detach()


@asynccontextmanager
async def output_to(
    fd: int, platform: str, closed: Callable[[int], None]
) -> AsyncGenerator[Output]:
    output = Output(fd, platform=platform, closed=closed)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(output.pump)
        tasks.start_soon(output.watch)
        with anyio.fail_after(10):
            yield output
        tasks.cancel_scope.cancel()


async def read(fd: int, count: int) -> bytes:
    def read_all() -> bytes:
        data = bytearray()
        while len(data) < count and (chunk := os.read(fd, count - len(data))):
            data += chunk
        return bytes(data)

    return await to_thread.run_sync(read_all)


@on_posix
@pytest.mark.parametrize("ends", [pipe, socket_pair])
async def test_a_reader_that_does_not_read_makes_its_writers_wait(
    ends: Callable[[], tuple[int, int]],
) -> None:
    reader, writer = ends()
    written = 0

    async def write() -> None:
        nonlocal written
        for _ in range(2000):
            await output.write(LINE)
            written += 1

    async with output_to(writer, sys.platform, closed=lambda _: None) as output:
        async with anyio.create_task_group() as writing:
            writing.start_soon(write)
            await wait_all_tasks_blocked()
            assert output.is_stuck
            assert written < 1000
            assert await read(reader, 2000 * len(ENDED)) == ENDED * 2000
        assert written == 2000
    os.close(reader)
    os.close(writer)


@on_posix
async def test_a_client_that_does_not_read_is_not_read_from_without_bound() -> None:
    requests, client_stdin = pipe()
    client_stdout, answers = pipe()
    count = 3000
    taken = 0
    answer = JSONRPCResponse(jsonrpc="2.0", id=1, result={"text": "x" * 1000})

    async def write_requests() -> None:
        line = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
        await to_thread.run_sync(os.write, client_stdin, line * count)

    async def serve(client: Client) -> None:
        nonlocal taken
        while taken < count:
            client.hand_over(await client.next())
            taken += 1
            serving.start_soon(client.answers.send, SessionMessage(answer))

    async with output_to(answers, sys.platform, closed=lambda _: None) as output:
        lines = InputLines(requests, platform=sys.platform)
        client = Client(lines, output, drain=0, ended=lambda: None)
        async with anyio.create_task_group() as serving:
            serving.start_soon(write_requests)
            serving.start_soon(serve, client)
            while not output.is_stuck:
                await anyio.lowlevel.checkpoint()
            await wait_all_tasks_blocked()
            assert taken < 2000
            expected = (encode(answer) + b"\n") * count
            assert await read(client_stdout, len(expected)) == expected
    for fd in (requests, client_stdin, client_stdout, answers):
        os.close(fd)


@both_ways
async def test_a_writer_that_is_cancelled_leaves_no_torn_line(platform: str) -> None:
    reader, writer = pipe()
    long_line = b"y" * 2**20
    async with output_to(writer, platform, closed=lambda _: None) as output:
        async with anyio.create_task_group() as writing:
            writing.start_soon(output.write, long_line)
            writing.start_soon(output.write, LINE)
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            assert output.is_stuck
            writing.cancel_scope.cancel()
        expected = long_line + b"\n" + ENDED
        assert await read(reader, len(expected)) == expected
    os.close(reader)
    os.close(writer)


@both_ways
async def test_everything_is_written_once_it_is_flushed(platform: str) -> None:
    reader, writer = pipe()
    async with output_to(writer, platform, closed=lambda _: None) as output:
        for _ in range(200):
            await output.write(LINE)
        async with anyio.create_task_group() as reading:
            reading.start_soon(output.flush)
            assert await read(reader, 200 * len(ENDED)) == ENDED * 200
    os.close(reader)
    os.close(writer)


@both_ways
async def test_writers_are_told_of_a_reader_that_has_gone(platform: str) -> None:
    reader, writer = pipe()
    codes: list[int] = []
    async with output_to(writer, platform, closed=codes.append) as output:
        os.close(reader)
        await output.write(LINE)
        await output.flush()
        with pytest.raises(anyio.BrokenResourceError):
            await output.write(LINE)
    assert set(codes) == {0}
    os.close(writer)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")  # noqa: PTH110 - evaluated at import
async def test_an_output_that_fails_otherwise_ends_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = os.open("/dev/full", os.O_WRONLY)
    codes: list[int] = []
    async with output_to(writer, sys.platform, closed=codes.append) as output:
        await output.write(LINE)
        await output.flush()
    assert codes == [1]
    assert "No space left" in caplog.text
    os.close(writer)


@on_posix
async def test_a_peer_that_sends_to_the_output_is_not_taken_for_gone() -> None:
    reader, writer = socket_pair()
    codes: list[int] = []
    async with output_to(writer, sys.platform, closed=codes.append) as output:
        os.write(reader, b"unasked")
        await wait_all_tasks_blocked()
        await output.write(LINE)
        assert await read(reader, len(ENDED)) == ENDED
    assert codes == []
    os.close(reader)
    os.close(writer)
