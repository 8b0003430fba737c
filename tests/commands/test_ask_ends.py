"""How `mcp-foundry ask` ends before its answer does; and a draft that is begun anew on the way."""

from __future__ import annotations

import os
import signal
import sys
from subprocess import DEVNULL
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.commands.talking.page import Page
from mcp_foundry.commands.talking.stdout import Stdout
from mcp_foundry.emulator import Emulator
from tests.rigs.command_line import COMMAND, PATIENCE, end_of, environment, start

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")
ANEW = "⋯ helper:1 began anew: forget what it wrote so far"


async def read_until(stream: ByteReceiveStream | None, text: str) -> str:
    read = b""
    with anyio.fail_after(PATIENCE):
        while text.encode() not in read:
            assert stream is not None
            read += await stream.receive()
    return read.decode()


@only_posix
async def test_ctrl_c_leaves_what_was_written_and_cancels_the_run() -> None:
    async with Emulator(tokens_per_second=40) as emulator:
        words = ["ask", "helper", "[long 4000]"]
        async with await start(*words, FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
            assert process.stdin is not None
            await process.stdin.aclose()
            await read_until(process.stdout, "alpha naïve token")
            process.send_signal(signal.SIGINT)
            await emulator.wait_for(lambda emulated: not emulated.live)
            ended = await end_of(process)
    assert ended.code == 130
    assert ended.stderr == "mcp-foundry: interrupted\n"


@only_posix
@pytest.mark.parametrize("message", ["[slow 30]", "[long 4000]"])
async def test_a_closed_stdout_ends_it_also_while_nothing_is_written(message: str) -> None:
    reading, writing = os.pipe()
    async with Emulator(tokens_per_second=40) as emulator:
        process = await anyio.open_process(
            [*COMMAND, "ask", "helper", message],
            stdin=DEVNULL,
            stdout=writing,
            env=environment(FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint),
        )
        async with process:
            os.close(writing)
            await emulator.wait_for(lambda emulated: emulated.live, timeout=PATIENCE)
            os.close(reading)
            await emulator.wait_for(lambda emulated: not emulated.live)
            with anyio.fail_after(PATIENCE):
                assert await process.wait() == 1
                assert process.stderr is not None
                with pytest.raises(anyio.EndOfStream):  # nothing is said of it
                    await process.stderr.receive()


@only_posix
async def test_a_stdin_that_never_ends_is_told_of_and_can_be_left(emulator: Emulator) -> None:
    words = ["ask", "helper", "Hello"]
    async with await start(*words, FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
        told = await read_until(process.stderr, "\n")
        assert told.startswith("mcp-foundry: waiting for the end of stdin.")
        assert told.endswith("add < /dev/null\n")
        process.send_signal(signal.SIGINT)
        ended = await end_of(process)
    assert (ended.code, ended.stdout, ended.stderr) == (130, "", "")
    assert emulator.received == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has a device that is full")
async def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "wb") as full:  # noqa: ASYNC230, PTH123 - a device, opened at once
        command = [sys.executable, "-m", "mcp_foundry", "ask", "Hello", "--emulator"]
        done = await anyio.run_process(command, stdout=full, check=False)
    assert done.returncode == 1
    assert done.stderr == b"mcp-foundry: stdout cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("told", "text", "written", "exact"),
    [
        (["One two"], "One two three", "One two three\n", True),
        (["One", " two\n"], "One two\n", "One two\n", True),
        (["One two", ANEW, "One"], "One two", "One two\n", True),
        (["One two", ANEW, "One two", " three"], "One two three", "One two three\n", True),
        (["One", ANEW, "Another"], "Another", "One\n\nAnother\n", False),
        (["See (foundry://files/c/f.png)"], "See (/tmp/f.png)", "See (/tmp/f.png)\n", True),
        ([], "", "", True),
    ],
)
async def test_a_pipe_gets_the_answer_alone_or_is_told(
    told: list[str], text: str, written: str, exact: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page(Stdout(None, lambda _: None))
    for message in told:
        await page.hear(0, None, message)
    await page.end({"status": "completed", "text": text})
    assert capsys.readouterr().out == written
    assert page.is_exact is exact
