"""What a reader types from the pages is taken, and does what they say."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.line.parser import parse
from tests.docs.command_lines import Line, blocks, sentences
from tests.docs.pages import ALL, ROOT
from tests.rigs.command_line import COMMAND, clean_environment

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["clean_environment"]

LEFT_RUNNING = ["emulator", "--env"]
PID = "FOUNDRY_EMULATOR_PID"
BY_THE_SHELL = ("echo ", "printf ", "kill ")
"""How those lines begin that are run beside those of this program."""


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_on_a_page_is_one(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        f"{line.text}: {capsys.readouterr().err}"
        for line in (*blocks(page), *sentences(page))
        if line.words is not None and not is_taken(line.words)
    ]
    assert wrong == []


def is_taken(words: list[str]) -> bool:
    try:
        return bool(parse(words))
    except SystemExit as ended:
        return not ended.code  # after --help


def has_a_project(line: Line) -> bool:
    """Whether it has an emulator, or leaves one running for the lines that follow."""
    return line.words is not None and ("--emulator" in line.words or line.words == LEFT_RUNNING)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A new home, where one is; the emulator that was left running there ends with it."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    yield tmp_path
    if PID in os.environ:
        with suppress(ProcessLookupError):
            os.kill(int(os.environ[PID]), signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="the pages' shell is that of POSIX")
@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize(
    "page", [page for page in ALL if any(map(has_a_project, blocks(page)))], ids=lambda p: p.name
)
def test_every_line_that_has_a_project_does_what_the_page_says(
    page: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = home / "given"
    for line in blocks(page):
        if line.words is None:
            if line.text.startswith(BY_THE_SHELL):
                shell(line.text)
        elif line.words == LEFT_RUNNING:
            # By a process of its own, for this one would be the parent of what it leaves.
            told = shell(shlex.join([*COMMAND, *line.words])).decode()
            for variable in shlex.split(told.replace("export ", "")):
                monkeypatch.setenv(*variable.split("=", 1))
        elif has_a_project(line) or PID in os.environ:
            typed = b"Hello\n" if "chat" in line.words else b""
            given.write_bytes(shell(line.before[:-2]) if line.before.endswith("| ") else typed)
            with given.open(encoding="utf-8") as stdin:
                monkeypatch.setattr(sys, "stdin", stdin)
                code, told = main(line.words), capsys.readouterr()
            assert code == line.code, f"{line.text}: {told.err}"
            assert any(told), line.text


def shell(text: str) -> bytes:
    """Run a line that is not of this program, as far as it goes."""
    return subprocess.run(["sh", "-c", text], check=False, capture_output=True).stdout  # noqa: S603, S607 - a line of our own pages, in the reader's shell
