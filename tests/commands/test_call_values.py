"""Values of `mcp-foundry call` that stand in files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def called(*words: str) -> int:
    return main(["call", *words, "--emulator"])


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_a_text_value_is_that_of_a_file_as_it_stands_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt = tmp_path / "a prompt.md"
    prompt.write_bytes(b"\xef\xbb\xbfYou are {a} poet.\r\n@you=1\n")  # with the mark of editors
    assert called("create_agent_version", "agent_name=poet", f"instructions=@{prompt}") == 0
    assert printed(capsys)["definition"]["instructions"] == "You are {a} poet.\r\n@you=1\n"


def test_two_signs_are_a_literal_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("ask_agent", "message=@@team, hello") == 0
    assert "“@team, hello”" in printed(capsys)["text"]


def test_json_is_read_from_a_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "requests.json"
    file.write_text(json.dumps([{"message": "[say One]"}, {"message": "[say Two]"}]))
    assert called("batch_ask", f"requests=@{file}") == 0
    assert [answer["text"] for answer in printed(capsys)["answers"]] == ["One", "Two"]


def test_of_a_list_of_files_a_name_with_the_sign_is_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "@notes.txt").write_text("This is it.")
    assert called("ask_agent", "message=Read", "files=@notes.txt", "--files", str(tmp_path)) == 0
    assert "This is it." in printed(capsys)["text"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            ("message", None),
            "cannot be read: No such file or directory. Correct the path behind the @; ",
        ),
        (("message", None), "a text that itself begins with @ is written with @@."),
        (("message", b"\xff\x00"), "is not UTF-8 text"),
        (("message", "folder"), "cannot be read"),
        (("inputs", b"{"), "inputs takes object as JSON, which"),
    ],
)
def test_a_file_that_is_no_value_stops_before_anything_is_asked(
    given: tuple[str, bytes | str | None],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, content = given
    file = tmp_path / "value"
    if content == "folder":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    assert called("ask_agent", "message=Hello", f"{name}=@{file}") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert str(file) in said.err
