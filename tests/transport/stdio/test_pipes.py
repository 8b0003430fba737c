"""The input gives its lines as they were written, however they arrive."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from mcp_foundry.transport.stdio.pipes import InputLines, LineTooLongError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

both_ways = pytest.mark.parametrize("platform", [sys.platform, "win32"])

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot poll its pipes")


@both_ways
async def test_lines_are_split_wherever_the_chunks_end(platform: str) -> None:
    reader, writer = os.pipe()
    lines = InputLines(reader, platform=platform)
    with anyio.fail_after(10):
        for piece in (b"one\ntw", b"o", b"\n\n \r\nthree\r\n", b"four"):
            os.write(writer, piece)
            if b"\n" in piece:
                assert await lines.next() in {b"one", b"two", b"three\r"}
        os.close(writer)
        rest = [await lines.next(), await lines.next(), await lines.next()]
    assert rest == [b"three\r", b"four", None]
    os.close(reader)


@both_ways
async def test_a_line_over_the_bound_is_given_up_once_however_long_it_is(
    platform: str, tmp_path: Path
) -> None:
    file = tmp_path / "input"
    file.write_bytes(b"x" * 1_000_000 + b"\nnext\n" + b"x" * 1_000_000)
    with file.open("rb") as stdin:
        lines = InputLines(stdin.fileno(), platform=platform, longest=100_000)
        with pytest.raises(LineTooLongError):
            await lines.next()
        assert await lines.next() == b"next"
        with pytest.raises(LineTooLongError):
            await lines.next()
        assert await lines.next() is None


@on_posix
async def test_two_readers_of_one_pipe_wait_for_each_other() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    got: list[bytes | None] = []

    async def read_one(fd: int) -> None:
        got.append(await InputLines(fd, platform=sys.platform).next())

    with anyio.fail_after(10):
        async with anyio.create_task_group() as reading:
            reading.start_soon(read_one, reader)
            reading.start_soon(read_one, os.dup(reader))
            await wait_all_tasks_blocked()
            os.write(writer, b"one\n")
            while not got:
                await anyio.lowlevel.checkpoint()
            await wait_all_tasks_blocked()
            os.write(writer, b"two\n")
    assert got == [b"one", b"two"]
    os.close(reader)
    os.close(writer)


@on_posix
async def test_an_input_that_cannot_be_read_has_ended(tmp_path: Path) -> None:
    directory = os.open(tmp_path, os.O_RDONLY)
    assert await InputLines(directory, platform=sys.platform).next() is None
    os.close(directory)
