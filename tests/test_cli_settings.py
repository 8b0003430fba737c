"""The settings of the command line: flags, variables, files of them, and their messages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from tests.rigs.command_line import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["clean_environment"]

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.mark.parametrize("words", [[], ["serve"], ["check"], ["call", "list_agents"]])
def test_every_command_says_in_one_line_that_the_endpoint_is_missing(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "FOUNDRY_PROJECT_ENDPOINT=https://" in told.err
    assert "--emulator" in told.err


def test_a_wrong_flag_is_named_with_its_value_and_a_right_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--max-wait", "soon", "check", "--emulator"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "--max-wait='soon'" in told
    assert "--max-wait=50" in told


def test_a_wrong_variable_is_named_with_its_value_and_a_right_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_FOUNDRY_APPROVALS", "always")
    assert main(["check", "--emulator"]) == 2
    assert "MCP_FOUNDRY_APPROVALS='always'" in capsys.readouterr().err


def test_a_password_in_the_endpoint_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoint", "https://anna:secret@host/api/projects/p"]) == 2
    told = capsys.readouterr().err
    assert "https://***@host" in told
    assert "secret" not in told


@pytest.mark.parametrize(
    "words",
    [
        ["--agent", "nobody", "check", "--emulator"],
        ["--emulator", "check", "--agent", "nobody"],
        ["--emulator", "--agent", "somebody", "check", "--agent=nobody"],
    ],
)
def test_flags_stand_before_and_after_the_command_and_the_later_one_wins(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert "agent 'nobody'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "offered"),
    [
        (["--read-only"], False),
        (["--read-only=on"], False),
        (["--read-only", "off"], True),
        (["--read-only=off"], True),
        ([], True),
    ],
)
def test_a_switch_needs_no_value(
    flags: list[str], offered: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*flags, "call", "no_such_tool", "--emulator"]) == 2
    assert ("create_agent_version" in capsys.readouterr().err) is offered


def test_a_file_of_variables_yields_to_the_environment_and_that_to_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("export FOUNDRY_AGENT_NAME='of-file' # the agent\nAZURE_CLIENT_ID=of-file\n")
    words = ["check", "--emulator", "--env-file", str(file)]
    assert main(words) == 1
    assert "agent 'of-file'" in capsys.readouterr().out
    # azure-identity reads its own variables from the environment.
    assert os.environ["AZURE_CLIENT_ID"] == "of-file"
    monkeypatch.setenv("FOUNDRY_AGENT_NAME", "of-environment")
    main(words)
    assert "agent 'of-environment'" in capsys.readouterr().out
    main([*words, "--agent", "of-flag"])
    assert "agent 'of-flag'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"FOUNDRY_AGENT_NAME: helper\n", "line 1"), (b"A=\xff\n", "is not UTF-8 text")],
)
def test_a_file_that_holds_no_variables_says_what_is_wrong(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.env").write_bytes(content)
    assert main(["check", "--emulator", "--env-file", str(tmp_path / "settings.env")]) == 2
    assert told in capsys.readouterr().err


def test_the_embedded_emulator_needs_no_endpoint_and_minds_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOUNDRY_PROJECT_ENDPOINT", "nonsense")
    assert main(["check", "--emulator"]) == 0
    assert "http://127.0.0.1:" in capsys.readouterr().out
