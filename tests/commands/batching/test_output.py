"""A file of answers, as runs that were cut short have left it."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.index import COMPLETED
from mcp_foundry.commands.batching.output import CannotWriteError, Output

if TYPE_CHECKING:
    from pathlib import Path

DONE = {"status": "completed", "text": "x"}
FAILED = {"status": "failed", "text": "x"}


def line(identifier: str | int, **answer: object) -> str:
    return json.dumps({"id": identifier, **answer}) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def done(output: Output, *identifiers: str | int) -> list[bool]:
    return [output.index.find(each).done == COMPLETED for each in identifiers]


def test_the_newest_line_of_an_id_counts(file: Path) -> None:
    file.write_text(line("a", **FAILED) + line("b", **DONE) + line("a", **DONE) + line(3, **FAILED))
    with closing(Output(file)) as output:
        assert done(output, "a", "b", 3, "3", "c") == [True, True, False, False, False]
        output.tidy()
    assert file.read_text() == line("b", **DONE) + line("a", **DONE) + line(3, **FAILED)
    assert list(file.parent.iterdir()) == [file]


def test_a_line_that_was_cut_short_is_taken_out(file: Path) -> None:
    whole, last = line("a", **DONE), line("b", **DONE)
    for end in range(1, len(last) - 2):
        file.write_text(whole + last[:end])
        with closing(Output(file)) as output:
            assert output.repaired
            assert done(output, "a", "b") == [True, False]
            output.add(1, {})
        assert file.read_text() == whole + line(1)


def test_a_last_line_that_only_lacks_its_end_is_kept(file: Path) -> None:
    file.write_text(line("a", **DONE) + line("b", **DONE).rstrip())
    with closing(Output(file)) as output:
        assert not output.repaired
        assert done(output, "b") == [True]
        output.add("c", DONE)
    assert file.read_text() == line("a", **DONE) + line("b", **DONE) + line("c", **DONE)


def test_a_line_that_another_program_wrote_is_read_too(file: Path) -> None:
    file.write_text('{"id":"a\\"b","status":"completed"}\n{"status": "completed", "id": 2}\n')
    with closing(Output(file)) as output:
        assert done(output, 'a"b', 2) == [True, True]


@pytest.mark.parametrize("content", ["id,message\n", '{"message": "x"}\n', "[1]\n", "notes", "7\n"])
def test_what_is_no_file_of_answers_stays_as_it_is(content: str, file: Path) -> None:
    file.write_text(content)
    with pytest.raises(UsageError, match="its line 1 is none"):
        Output(file)
    assert file.read_text() == content


def test_an_answer_is_one_line_whatever_is_in_it(file: Path) -> None:
    text = "a\nb\u2028c\x85d\ud800 東京"
    with closing(Output(file)) as output:
        output.add(1, {"status": "completed", "text": text})
    written = file.read_text(encoding="utf-8")
    assert len(written.splitlines()) == 1
    assert json.loads(written)["text"] == text
    assert "東京" in written


@pytest.mark.skipif(sys.platform != "linux", reason="there is no full disk to be had")
def test_a_full_disk_leaves_whole_lines(file: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(Output(file)) as output:
        output.add("a", DONE)
        size = file.stat().st_size
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
            with pytest.raises(CannotWriteError, match="cannot be written: File too large"):
                output.add("b", DONE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert file.stat().st_size == size
        output.add("c", DONE)
    assert file.read_text() == line("a", **DONE) + line("c", **DONE)
