"""`mcp-foundry call batch_ask --lines`: each answer a line, when it comes."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio import to_thread

from mcp_foundry.cli import main
from tests.rigs.command_line import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")


def batch(*messages: str) -> list[str]:
    requests = json.dumps([{"message": message} for message in messages])
    return ["call", "batch_ask", f"requests={requests}", "--lines"]


def test_every_answer_is_a_line_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    asked = batch("[say One]", "[slow 0.6] [say Two]", "[fail]")
    assert main([*asked, "--emulator"]) == 6
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    answers = {line["number"]: line for line in lines}
    assert len(lines) == len(answers) == 3
    assert [answers[number].get("text") for number in (1, 2)] == ["One", "Two"]
    assert answers[2]["agent"] == "helper:1"
    assert (answers[3]["status"], answers[3]["error"]["code"]) == ("failed", "run_failed")


@only_posix
async def test_an_answer_is_there_before_the_others_and_a_closed_pipe_stops_the_rest(
    emulator: Emulator,
) -> None:
    asked = batch("[say First]", "[slow 1]", "[slow 30]")
    words = [*COMMAND, *asked, "--agent", "helper", "--endpoint", emulator.endpoint]
    reading, writing = os.pipe()
    process = await anyio.open_process(words, stdout=writing, env=environment())
    os.close(writing)
    with anyio.fail_after(PATIENCE):
        with os.fdopen(reading) as lines:
            first = await to_thread.run_sync(lines.readline)
            assert json.loads(first)["text"] == "First"
            assert len(emulator.live) == 2
        code = await process.wait()
    assert code == 1
    assert emulator.live == []


def test_lines_are_for_batches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "ask_agent", "message=Hello", "--lines", "--emulator"]) == 2
    assert "--lines is for batch_ask" in capsys.readouterr().err
