"""`mcp-foundry ask --continue`: what is remembered, by ids alone, and what where nothing can be."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.talking.remembered import Remembered
from mcp_foundry.settings.values import Settings
from tests.rigs.command_line import run

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable moves the folder"),
]
HERE = Settings(endpoint="https://here.services.ai.azure.com/api/projects/p")
ELSEWHERE = Settings(endpoint="https://elsewhere.services.ai.azure.com/api/projects/p")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state folder, which is not there yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


async def test_the_last_conversation_goes_on_with_an_agent_or_with_any(
    emulator: Emulator, home: Path
) -> None:
    place = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint, "FOUNDRY_AGENT_NAME": "researcher"}
    assert (await run("ask", "helper:1", "One", **place)).code == 0
    assert (await run("ask", "asst_helper", "Two", **place)).code == 0
    last = await run("ask", "--continue", "Three", **place)
    assert "(asst_helper): “Three”" in last.stdout
    assert "it began with “Two”" in last.stdout
    first = await run("ask", "--continue", "helper", "-", given="Four", **place)
    assert "You asked helper (version 1): “Four”" in first.stdout
    assert "it began with “One”" in first.stdout
    assert [each.method for each in emulator.received if each.path.startswith("/agents")] == []
    (file,) = (home / "mcp-foundry").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert emulator.endpoint not in file.read_text("utf-8")
    assert "One" not in file.read_text("utf-8")
    assert '"helper:1"' in file.read_text("utf-8"), "with the version that was asked for"
    other = await run("ask", "--continue", "weather", "Five", **place)
    assert (other.code, other.stdout) == (2, "")
    assert "no conversation with 'weather' in this project is remembered" in other.stderr


async def test_an_answer_stands_where_nothing_can_be_remembered(
    emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    place = {
        "FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint,
        "XDG_STATE_HOME": str(tmp_path / "file"),
    }
    done = await run("ask", "helper", "[say Hello]", **place)
    assert (done.code, done.stdout, done.stderr) == (0, "Hello\n", "")
    on = await run("ask", "--continue", "Go on", **place)
    assert (on.code, on.stdout) == (2, "")
    assert "--continue: what was remembered cannot be read: " in on.stderr
    assert "Pass --conversation ID." in on.stderr


@pytest.mark.usefixtures("home")
def test_a_file_that_is_none_of_ours_is_passed_over_and_kept_small() -> None:
    remembered = Remembered(HERE)
    assert remembered.last("helper") is None
    remembered.note("helper:2", "resp_1")
    with remembered.path.open("ab") as file:
        file.write(b'\xff\n[]\n{"a": 1}\n["x", 1, 2]\n["cut')
    remembered.note("lost", "resp_2")
    found = remembered.last("helper")
    assert found is not None
    assert (found.agent, found.conversation_id) == ("helper:2", "resp_1")
    assert Remembered(ELSEWHERE).last("") is None
    for number in range(1000):
        remembered.note(f"agent-{number}", f"resp_{number}")
    assert remembered.last("helper") is None
    assert remembered.last("agent-999") is not None
    assert remembered.path.stat().st_size < 20_000
    assert [each.name for each in remembered.path.parent.iterdir()] == ["conversations.jsonl"]


@pytest.mark.usefixtures("home")
def test_commands_that_end_at_once_lose_nothing_of_each_other() -> None:
    def note(number: int) -> None:
        Remembered(HERE).note(f"agent-{number}", f"resp_{number}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(note, range(80)))
    remembered = Remembered(HERE)
    assert all(remembered.last(f"agent-{number}") for number in range(80))
    lines = remembered.path.read_text("utf-8").splitlines()
    assert sorted(json.loads(line)[2] for line in lines) == sorted(f"resp_{n}" for n in range(80))


def test_without_a_home_nothing_is_written_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "")

    def homeless(path: str) -> str:
        return path  # as it is for a user without an entry

    monkeypatch.setattr("os.path.expanduser", homeless)
    with pytest.raises(OSError, match="home"):
        Remembered(HERE)
    assert list(tmp_path.iterdir()) == []
