"""`mcp-foundry chat` away from a terminal: each line is a turn, or a command."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.chatting.words import typed_path
from tests.rigs.command_line import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

__all__ = ["clean_environment"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean_environment")]


class Chatted(NamedTuple):
    code: int
    answers: list[str]
    told: str


class Chat(Protocol):
    def __call__(self, typed: str | bytes, *words: str) -> Chatted: ...


@pytest.fixture
def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Chat:
    """Chats on the embedded emulator; what is typed comes first."""

    def chat(typed: str | bytes, *words: str) -> Chatted:
        given = tmp_path / "stdin"
        given.write_bytes(typed.encode() if isinstance(typed, str) else typed)
        with given.open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            code = main(["chat", *words, "--emulator"])
        printed = capsys.readouterr()
        return Chatted(code, printed.out.splitlines(), printed.err)

    return chat


def test_each_line_is_a_turn_and_stdout_has_the_answers_only(chat: Chat) -> None:
    chatted = chat("\ufeffone\r\n\n[say Two]\n//three\nfour \\\nand five", "helper")
    assert chatted.code == 0
    assert [re.findall("“(.*?)”|turn (.)", line) for line in chatted.answers] == [
        [("one", ""), ("", "1")],
        [],
        [("/three", ""), ("", "3"), ("one", "")],
        [],  # its question goes on in the next line
        [("", "4"), ("one", "")],
    ]
    assert chatted.answers[1] == "Two"
    assert "“four \nand five”" in "\n".join(chatted.answers)
    assert chatted.told == ""


def test_an_answer_is_waited_for_however_long_it_takes(chat: Chat) -> None:
    assert chat("[slow 0.5] [say Late]", "--max-wait", "0.1").answers == ["Late"]


def test_a_conversation_begins_anew_with_a_word_and_with_another_agent(chat: Chat) -> None:
    typed = "one\n/new\ntwo\n/agent asst_helper\nthree\n/agent\n/agent helpr\nfour\n/quit\nfive\n"
    chatted = chat(typed)
    turns = [re.search(r"asked helper \((.*?)\).*This is turn (\d)", a) for a in chatted.answers]
    assert [turn and turn.groups() for turn in turns] == [
        ("version 1", "1"),
        ("version 1", "1"),
        ("asst_helper", "1"),
        ("asst_helper", "2"),
    ]
    assert "agent_not_found: " in chatted.told
    assert "\nTo see the agents, type: /agents\n" in chatted.told
    assert "The nearest names: helper" in chatted.told
    assert "Which agent? " in chatted.told


def test_what_can_be_typed_is_told_and_what_cannot_with_the_nearest(chat: Chat) -> None:
    chatted = chat("/help\n/agents\n/fiel x\n/zzz\n/\n")
    assert chatted.answers == []
    assert "  /agent NAME    talk to another agent, in a new conversation\n" in chatted.told
    assert re.search(r"^  helper +Answers general questions\.$", chatted.told, re.MULTILINE)
    assert "There is no /fiel. Did you mean /file? A message may begin with //.\n" in chatted.told
    assert "There is no /zzz. /help lists the commands." in chatted.told


def test_a_file_goes_along_once_however_its_path_is_written(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "my notes.txt").write_text("Lighthouse", encoding="utf-8")
    (tmp_path / ".hidden").write_text("Harbour", encoding="utf-8")
    chatted = chat(
        f"/file\n/file ~/my notes.txt\n/file '{tmp_path}{os.sep}.hidden'\n/file\n"
        f"/file {tmp_path}\n/file {tmp_path}{os.sep}none\n/file ~nobody-here/x\none\ntwo\n"
        "/file ~/.hidden\n[fail server_error It broke]\nthree\n/file ~/.hidden\n/new\nfour\n"
    )
    first, second, third, fourth = chatted.answers
    assert "Lighthouse" in first
    assert "Harbour" in first
    assert "You sent" not in second
    assert "Harbour" in third  # it did not go along with what failed
    assert "You sent" not in fourth
    assert "Nothing goes along yet." in chatted.told
    assert "Goes along with the next message: ~/my notes.txt, " in chatted.told
    assert "is a folder" in chatted.told
    assert "none cannot be read: " in chatted.told
    assert "~nobody-here/x cannot be read: " in chatted.told
    assert chatted.code == 1


@pytest.mark.parametrize(
    ("typed", "windows", "path"),
    [
        ("a.txt", False, "a.txt"),
        ('"a b.txt"', False, "a b.txt"),
        ("'a b.txt'", True, "a b.txt"),
        (r"it\ is\ there", False, "it is there"),
        (r"C:\Users\me\a b.txt", True, r"C:\Users\me\a b.txt"),
        (r'"C:\Users\me\a b.txt"', True, r"C:\Users\me\a b.txt"),
        ("it's", False, "it's"),
        ("a\0b", False, "a\0b"),
    ],
)
def test_a_path_is_read_as_it_was_typed_or_dropped(
    typed: str, windows: bool, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it is there").touch()
    assert typed_path(typed, windows=windows) == path


def test_what_the_command_line_names_wrong_is_wrong_usage(chat: Chat, tmp_path: Path) -> None:
    wrong = [["--file", str(tmp_path)], ["--input", "city"], ["--continue"]]
    told = [chat("one", *words) for words in wrong]
    assert [chatted[:2] for chatted in told] == [(2, [])] * 3
    assert [chatted.told.count("\n") for chatted in told] == [1, 1, 1]


async def test_files_inputs_and_the_conversation_go_on(emulator: Emulator, tmp_path: Path) -> None:
    inputs = {"city": {"required": True}, "doc": {}}
    tool = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["{{doc}}"]}}
    definition = {"kind": "prompt", "model": "scripted-model", "structured_inputs": inputs}
    emulator.store.add_agent("guide", definition=definition | {"tools": [tool]})
    (tmp_path / "notes.txt").write_text("Lighthouse", encoding="utf-8")
    (tmp_path / "more.txt").write_text("Harbour", encoding="utf-8")
    notes, more = str(tmp_path / "notes.txt"), str(tmp_path / "more.txt")
    place = {
        "FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint,
        "XDG_STATE_HOME": str(tmp_path),
        "LOCALAPPDATA": str(tmp_path),
        "HOME": str(tmp_path),
    }
    words = ["guide", "--input", "city=Oslo", "--input", f"doc={notes}"]
    first = await run("chat", *words, "--file", notes, "--file", more, given="one\ntwo\n", **place)
    assert (first.code, first.stderr) == (0, "")
    one, two = first.stdout.splitlines()
    assert ("Lighthouse" in one, "Harbour" in one) == (True, True)
    assert ("Lighthouse" in two, "Harbour" in two) == (True, False)  # an input is sent each time
    assert "turn 2" in two
    typed = "[refuse]\n/agent helper\nthree\n"
    again = await run("chat", "--continue", "--input", "city=Oslo", given=typed, **place)
    assert "turn 1" in again.stdout.splitlines()[-1]
    assert again.code == 5
    last = await run(
        "chat", "--continue", "--agent", "guide", "--input", "city=B", given="x", **place
    )
    assert "turn 4" in last.stdout
    assert "began with “one”" in last.stdout


@pytest.mark.parametrize("name", ["helpr", "asst_nobody", "no agent"])
def test_an_agent_that_is_not_there_is_told_at_once(chat: Chat, name: str) -> None:
    chatted = chat("one\ntwo\n", name)
    assert (chatted.code, chatted.answers) == (1, [])
    assert name in chatted.told
    assert chatted.told.count("\n") == 1


def test_a_failed_turn_is_a_sentence_and_the_next_goes_on_from_the_last_whole_one(
    chat: Chat,
) -> None:
    chatted = chat("one\n[fail server_error It broke]\n[call get_weather {}]\n[refuse]\ntwo\n")
    assert chatted.code == 1
    assert re.search("^run_failed: .*It broke", chatted.told, re.MULTILINE)
    assert "The agent waits for the output of get_weather({})" in chatted.told
    assert "turn 3 of this conversation; it began with “one”" in chatted.answers[-1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"\xff\xfe\x00", "stdin is not text in UTF-8."),
        (b"x" * 1_048_577, "a line of stdin has more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_line_of_text_ends_it(chat: Chat, line: bytes, told: str) -> None:
    chatted = chat(b"one\n" + line + b"\ntwo\n", "helper")
    assert (chatted.code, len(chatted.answers)) == (2, 1)
    assert told in chatted.told
