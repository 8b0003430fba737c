"""`mcp-foundry batch`: rows in, a line for each answer out, and what a second run does."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.batching.lock import Lock, UnderWay
from tests.rigs.somebody_else import somebody_else

if TYPE_CHECKING:
    from collections.abc import Callable

Answers = dict[str | int, dict[str, Any]]
SAYS_ONE = '{"message": "[say One]"}\n'


class Folder:
    """A folder with a file of questions, and one of answers once there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.questions = path / "questions.jsonl"
        self.output = path / "answers.jsonl"

    def ask(self, *words: str) -> int:
        """Ask the questions; the exit code."""
        given = ["batch", str(self.questions), "--output", str(self.output)]
        return main([*given, *words, "--emulator"])

    def rows(self, *rows: dict[str, Any]) -> None:
        """Write the questions."""
        self.questions.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    @property
    def answers(self) -> Answers:
        """The answers, by their ids; one line each."""
        lines = [json.loads(line) for line in self.output.read_text(encoding="utf-8").splitlines()]
        assert len({line["id"] for line in lines}) == len(lines)
        assert all(next(iter(line)) == "id" for line in lines)
        return {line.pop("id"): line for line in lines}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """The lines on stderr; stdout has none."""

    def read() -> list[str]:
        said = capsys.readouterr()
        assert said.out == ""
        return said.err.splitlines()

    return read


def test_each_row_is_asked_and_a_second_run_asks_only_what_is_not_completed(
    folder: Folder, told: Callable[[], list[str]]
) -> None:
    folder.rows(
        {"message": "[say One] [cite url]", "id": "one"},
        {"message": "[say Two]", "agent": "asst_helper"},
        {"message": "[fail server_error It broke]"},
        {"message": "[say Half] [incomplete max_output_tokens]"},
        {"message": "[approve github.create {}]"},
        {"text": "no message"},
        {"message": "again", "id": "one"},
        {"message": " "},
    )
    assert folder.ask() == 6
    first = folder.answers
    assert first["one"]["status"] == "completed"
    assert first["one"]["text"].startswith("One")
    assert {"agent", "conversation_id", "answer_id", "usage"} <= first["one"].keys()
    assert first[2]["agent"] == "asst_helper"
    assert "It broke" in first[3]["error"]["message"]
    assert first[4]["incomplete_reason"] == "max_output_tokens"
    assert first[5]["pending"][0]["kind"] == "approval"
    assert first[6]["error"] == {
        "code": "invalid_request",
        "message": "row 6: it has no message",
    }
    assert first[8]["error"]["code"] == "invalid_request"
    *rows, end = told()
    assert "mcp-foundry: row 6: it has no message" in rows
    assert "mcp-foundry: row 7: it has the id of row 1, 'one', and is not asked" in rows
    assert end.startswith("mcp-foundry: 2 completed · 4 failed (3 invalid_request, 1 run_failed) ")
    assert end.endswith(" tokens. The same command asks the rest again.")

    lines = folder.output.read_text().splitlines()
    assert folder.ask() == 6
    assert [line for line in lines if '"completed"' in line] == [
        line for line in folder.output.read_text().splitlines() if '"completed"' in line
    ]
    assert folder.answers[5]["answer_id"] != first[5]["answer_id"]
    assert folder.answers.keys() == first.keys()
    assert "2 completed (2 of them before) · 4 failed" in told()[-1]
    assert sorted(folder.path.iterdir()) == [folder.output, folder.questions]


@pytest.mark.parametrize(
    ("rows", "words", "code"),
    [
        (SAYS_ONE, [], 0),
        ("", [], 0),
        (SAYS_ONE + "no json\n", ["--tolerant"], 0),
        ("no json\n", ["--tolerant"], 1),
        ('{"message": "[incomplete max_output_tokens]"}', [], 6),
    ],
)
def test_the_exit_code_says_how_it_ended(
    folder: Folder, rows: str, words: list[str], code: int
) -> None:
    folder.questions.write_text(rows)
    assert folder.ask(*words) == code
    assert folder.ask(*words) == code


def test_a_message_is_made_of_columns_by_a_text_or_a_file(folder: Folder) -> None:
    folder.questions = folder.path / "articles.csv"
    folder.questions.write_bytes(b"\xef\xbb\xbfid;title\r\n7;Naive\r\n")
    assert folder.ask("--message", "Summarise {title}") == 0
    assert "“Summarise Naive”" in folder.answers["7"]["text"]
    (folder.path / "prompt.md").write_text("@ {title} {{}}")
    folder.output.unlink()
    assert folder.ask("--message", f"@{folder.path / 'prompt.md'}") == 0
    assert "“@ Naive {}”" in folder.answers["7"]["text"]
    folder.output.unlink()
    assert folder.ask("--message", "@@{title}") == 0
    assert "“@Naive”" in folder.answers["7"]["text"]


def test_what_the_words_name_has_to_be_there(folder: Folder, told: Callable[[], list[str]]) -> None:
    def complaint(questions: Path, output: Path, *words: str) -> str:
        folder.questions, folder.output = questions, output
        assert folder.ask(*words) == 2
        (line,) = told()
        return line.removeprefix("mcp-foundry: ")

    there, out, missing = folder.questions, folder.output, folder.path / "missing"
    there.write_text(SAYS_ONE)
    (folder.path / "link").symlink_to(there)
    assert complaint(missing, out) == f"{missing} cannot be read: No such file or directory"
    assert "is a folder" in complaint(folder.path, out)
    assert "is a folder" in complaint(there, folder.path)
    assert "there is no folder" in complaint(there, missing / "out")
    assert "needs a file" in complaint(there, Path("-"))
    assert "is the file with the questions" in complaint(there, folder.path / "link")
    assert "--message names {x}" in complaint(there, out, "--message", "{x}")
    assert f"{missing} cannot be read" in complaint(there, out, "--message", f"@{missing}")
    (folder.path / "notes").write_text("of mine")
    assert "is no file of answers" in complaint(there, folder.path / "notes")
    assert (folder.path / "notes").read_text() == "of mine"
    assert not out.exists()


def test_rows_of_one_conversation_are_asked_in_their_order_and_hold_up_no_others(
    folder: Folder,
) -> None:
    folder.rows({"message": "[say Begun]", "conversation_id": "new", "agent": "asst_helper"})
    assert folder.ask() == 0
    # An embedded emulator forgets with its process, so that this thread is not there; each fails.
    thread = folder.answers[1]["conversation_id"]
    folder.output.unlink()
    talk = [{"message": f"turn {n}", "conversation_id": thread, "id": f"t{n}"} for n in range(90)]
    folder.rows(*talk, *({"message": f"[say {n}]"} for n in range(9)))
    assert folder.ask("--concurrency", "3") == 6
    answers = folder.answers
    assert len(answers) == 99
    assert [name for name in answers if str(name).startswith("t")] == [row["id"] for row in talk]


def test_an_answer_that_was_under_way_and_is_no_more_is_asked_for_again(folder: Folder) -> None:
    folder.questions.write_text(SAYS_ONE)
    path = folder.path / "answers.jsonl.lock"
    lock = Lock(path, 2)
    lock.put(0, UnderWay(1, "helper", "", "a mark", 1.5, f"resp_{'0' * 48}"))
    lock.put(1, UnderWay("gone", "helper", "", "a mark that nothing has", 1.5))
    lock.close()
    assert folder.ask() == 0
    assert folder.answers[1]["text"] == "One"
    assert list(folder.answers) == [1]
    assert not path.exists()


def test_what_does_not_fit_into_the_budget_is_not_asked(
    folder: Folder, told: Callable[[], list[str]]
) -> None:
    folder.rows(*({"message": f"[say {'word ' * 200}]"} for _ in range(40)))
    assert folder.ask("--budget", "3000") == 6
    done = len(folder.answers)
    assert 3 <= done < 12
    *_, why, end = told()
    assert "do not fit into the budget of 3,000 in any hour" in why
    assert f"{done} completed · 0 failed · 0 other" in end
    assert "The same command asks the rest" in end


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk to be had")  # noqa: PTH110 - no path of ours
def test_a_full_disk_ends_it(folder: Folder, told: Callable[[], list[str]]) -> None:
    folder.rows({"message": "[say One]"}, *[{"message": "[slow 60]"}] * 9)
    folder.output = folder.path / "full"
    folder.output.symlink_to("/dev/full")
    assert folder.ask("--concurrency", "2") == 1
    (line,) = told()
    assert line.startswith(
        f"mcp-foundry: {folder.output} cannot be written: No space left on device. "
    )
    assert "0 completed" in line
    assert "The same command" not in line, "of a device nothing can be read again"


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not read-only there")
def test_a_folder_that_nothing_may_be_written_to_is_told(told: Callable[[], list[str]]) -> None:
    # Not pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        folder.questions.write_text(SAYS_ONE)
        folder.path.chmod(0o555)
        import_module("mcp_foundry.commands.batch")  # which somebody else may not be able to read
        with somebody_else():
            assert folder.ask() == 2
        folder.path.chmod(0o700)
    assert told() == [f"mcp-foundry: {folder.output} cannot be written: Permission denied."]
