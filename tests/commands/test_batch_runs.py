"""`mcp-foundry batch` as a process: killed, interrupted, twice at once, at a terminal."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.rigs.calling import LONGEST
from tests.rigs.command_line import end_of, run, start
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from anyio.abc import Process

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")


def words(folder: Path, emulator: Emulator, *more: str, rows: str = "") -> list[str]:
    output = str(folder / "out.jsonl")
    project = ["--agent", "helper", "--endpoint", emulator.endpoint]
    return ["batch", rows or str(folder / "rows.jsonl"), "--output", output, *project, *more]


def ask_for(folder: Path, *messages: str, **fields: str) -> None:
    rows = [json.dumps({"message": message, **fields}) for message in messages]
    (folder / "rows.jsonl").write_text("\n".join(rows))


def answers(folder: Path) -> dict[int, dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert len({line["id"] for line in lines}) == len(lines)
    return {line["id"]: line for line in lines}


@asynccontextmanager
async def started(*given: str) -> AsyncGenerator[Process]:
    async with await start(*given) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def written(folder: Path, *, lines: int, under_way: int) -> None:
    """Wait until so many answers, and so many ids, are on the disk."""
    with anyio.fail_after(LONGEST):
        while True:
            output, lock = folder / "out.jsonl", folder / "out.jsonl.lock"
            if output.exists() and lock.exists():
                found = output.read_text().count("\n"), lock.read_text().count("resp_")
                if found == (lines, under_way):
                    return
            await anyio.sleep(0.02)


async def test_a_killed_run_is_gone_on_with_and_no_question_is_paid_for_twice(
    tmp_path: Path,
) -> None:
    ask_for(tmp_path, "One", f"{HOLD} two", f"{HOLD} three", "Four")
    async with held_project() as (emulator, model):
        given = words(tmp_path, emulator, "--concurrency", "2")
        async with started(*given) as process:
            await written(tmp_path, lines=1, under_way=2)
            process.kill()
            await process.wait()
        with (tmp_path / "out.jsonl").open("a") as output:
            output.write('{"id": 4, "status": "comp')  # as a power cut leaves it
        model.release()
        done = await run(*given)
        assert done.code == 0
        assert emulator.runs_created == 4
    texts = [answer["text"] for _, answer in sorted(answers(tmp_path).items())]
    assert texts == ["One", f"{HOLD} two", f"{HOLD} three", "Four"]
    cut, end = done.stderr.splitlines()
    assert cut.endswith("out.jsonl: the last line was cut short, and is taken out.")
    assert "4 completed (1 of them before) · 0 failed" in end
    assert not (tmp_path / "out.jsonl.lock").exists()


@only_posix
async def test_an_interrupted_run_cancels_what_is_under_way_and_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    async with held_project() as (emulator, model):
        given = words(tmp_path, emulator, "--concurrency", "2")
        ask_for(tmp_path, "One", *[HOLD] * 3)
        async with started(*given) as process:
            await written(tmp_path, lines=1, under_way=2)
            second = await run(*given)
            process.send_signal(signal.SIGINT)
            first = await end_of(process)
        assert second.code == 2
        assert f"out.jsonl is being written by process {process.pid}. Wait" in second.stderr
        assert first.code == 130
        (end,) = first.stderr.splitlines()
        assert "interrupted: 1 completed · 0 failed · 0 other" in end
        assert end.endswith("The same command goes on from there.")
        assert emulator.live == []
        assert list(answers(tmp_path)) == [1]
        assert not (tmp_path / "out.jsonl.lock").exists()
        model.release()
        assert (await run(*given)).code == 0
        assert emulator.runs_created == 6


async def test_an_answer_that_may_be_at_the_service_is_looked_for_and_not_asked_again(
    tmp_path: Path, emulator: Emulator
) -> None:
    async def tried(code: int) -> str:
        done = await run(*words(tmp_path, emulator))
        assert done.code == code
        assert emulator.runs_created == 1
        assert (tmp_path / "out.jsonl.lock").exists() is bool(code)
        emulator.clear_faults()
        return json.loads((tmp_path / "out.jsonl").read_text()).get("text") or done.stderr

    ask_for(tmp_path, "[say One]")
    emulator.fault(empty=True, after_start=True)
    emulator.fail_next(403, on="list", times=9)
    assert "so a run may have been started; it was not started again" in await tried(1)
    emulator.fail_next(403, on="list", times=9)
    assert "1 failed (1 forbidden)" in await tried(1)
    assert await tried(0) == "One"


async def test_rows_from_stdin_are_asked_while_others_are_still_to_come(
    tmp_path: Path, emulator: Emulator
) -> None:
    async with started(*words(tmp_path, emulator, rows="-")) as process:
        assert process.stdin is not None
        await process.stdin.send(b'{"message": "[say One]"}\n')
        await written(tmp_path, lines=1, under_way=0)
        await process.stdin.send(b'message\n{"message": "[say Two]"}')
        await process.stdin.aclose()
        done = await end_of(process)
    assert done.code == 6
    assert [answers(tmp_path)[row].get("text") for row in (1, 2, 3)] == ["One", None, "Two"]


async def test_turns_of_one_conversation_are_taken_in_their_order_and_hold_up_no_other_rows(
    tmp_path: Path,
) -> None:
    async with held_project() as (emulator, model):
        given = words(tmp_path, emulator, "--concurrency", "2")
        ask_for(tmp_path, "Begin", conversation_id="new")
        assert (await run(*given)).code == 0
        conversation = answers(tmp_path)[1]["conversation_id"]
        (tmp_path / "out.jsonl").unlink()
        ask_for(tmp_path, *[f"{HOLD} it"] * 3, conversation_id=conversation)
        with (tmp_path / "rows.jsonl").open("a") as rows:
            rows.writelines(f'\n{{"message": "Other {number}"}}' for number in range(5))
        async with started(*given) as process:
            await written(tmp_path, lines=5, under_way=1)
            model.release()
            assert (await end_of(process)).code == 0
    assert list(answers(tmp_path)) == [4, 5, 6, 7, 8, 1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
async def test_a_person_sees_how_far_it_is(tmp_path: Path) -> None:
    from tests.rigs.terminal import at_terminal

    ask_for(tmp_path, "[fail server_error It broke]", *["[say One]"] * 19)
    given = ["batch", str(tmp_path / "rows.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    with at_terminal(*given) as terminal:
        assert await terminal.ends() == 6
    *_, bar, end = terminal.screen
    assert "━ 20/20 · 1 failed · " in bar
    assert bar.endswith(" tokens")
    assert end.startswith("mcp-foundry: 19 completed · 1 failed (1 run_failed) · 0 other · ")
    assert any("row 1: run_failed: " in line for line in terminal.screen)
