"""The standard streams belong to the protocol, also where some of them are closed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.stdio_process import PATIENCE, SERVER, call, handshake, lines, serving

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = pytest.mark.anyio

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """A file whose call prints where only the protocol may."""
    file = tmp_path / "requests.jsonl"
    file.write_bytes(lines(*handshake(), call(1, "stray")))
    return file


async def redirected(redirection: str, requests: Path) -> subprocess.CompletedProcess[bytes]:
    """What the server answers to `requests` when a shell has redirected its streams."""
    shell = ["sh", "-c", f'exec "$0" "$1" {redirection}', sys.executable, SERVER]
    with requests.open("rb") as stdin, anyio.fail_after(PATIENCE):
        return await anyio.run_process(shell, stdin=stdin, check=False)


async def test_stray_prints_land_on_stderr() -> None:
    with serving() as server:
        await server.send(*handshake(), call(1, "stray"))
        assert await server.next_answer()
        answer = await server.next_answer()
        assert answer is not None
        assert answer["id"] == 1
        await server.says("a stray print")
        await server.says("a stray write")


@on_posix
async def test_without_stderr_stray_prints_land_nowhere(requests: Path) -> None:
    done = await redirected("2>&-", requests)
    assert {json.loads(line)["id"] for line in done.stdout.splitlines()} == {"hello", 1}
    assert done.returncode == 0


@on_posix
async def test_without_stdin_there_is_nothing_to_answer(requests: Path) -> None:
    done = await redirected("<&-", requests)
    assert (done.stdout, done.returncode) == (b"", 0)


@on_posix
async def test_without_stdout_the_server_says_so_and_fails(requests: Path) -> None:
    done = await redirected(">&-", requests)
    assert b"stdout is closed" in done.stderr
    assert done.returncode == 1
