"""An emulator that `--env` left running, and what it told the shell."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.command_line import PATIENCE, Finished, environment, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

# Where it keeps certificates and logs is moved by variables on Linux only.
needs_folders = pytest.mark.skipif(sys.platform != "linux", reason="folders are moved by XDG_*")


def folders(root: Path) -> dict[str, str]:
    """Variables that move what the emulator keeps into a folder of the test."""
    return {"XDG_DATA_HOME": str(root / "data"), "XDG_STATE_HOME": str(root / "state")}


@dataclass(frozen=True)
class LeftRunning:
    """What the command said, and what a shell made of it."""

    finished: Finished
    variables: dict[str, str]

    @property
    def pid(self) -> int:
        """The process that goes on."""
        return int(self.variables["FOUNDRY_EMULATOR_PID"])

    async def program(self, path: Path) -> Finished:
        """Run a program that is told the printed variables and nothing else."""
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process(
                [sys.executable, str(path)], check=False, env=environment(**self.variables)
            )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


@asynccontextmanager
async def left_running(root: Path, *words: str) -> AsyncGenerator[LeftRunning]:
    """Leave an emulator running with `--env` for sh, and end it with the block."""
    finished = await run("emulator", *words, "--env", **folders(root))
    assert finished.code == 0, finished.stderr
    left = LeftRunning(finished, await evaluated(finished.stdout))
    try:
        yield left
    finally:
        with suppress(ProcessLookupError):
            os.kill(left.pid, signal.SIGTERM)


async def evaluated(said: str) -> dict[str, str]:
    """Return the variables that sh has after it evaluated those words, and had nothing before."""
    shell = shutil.which("sh")
    assert shell
    done = await anyio.run_process(
        [shell, "-c", 'eval "$1" && env -0', "sh", said],
        env={"PATH": os.environ["PATH"]},
    )
    pairs = [each.partition("=") for each in done.stdout.decode().split("\0") if each]
    return {name: value for name, _, value in pairs if name not in {"PATH", "PWD", "SHLVL", "_"}}
