"""What is read of a file of questions, and what of it is told and costs no other row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.lines import LONGEST as ANY
from mcp_foundry.commands.batching.rows import Row, Rows

if TYPE_CHECKING:
    from pathlib import Path


LONGEST = 200_000


def rows_of(
    folder: Path,
    content: bytes | str,
    name: str = "rows",
    message: str = "",
    longest: int = ANY,
) -> list[Row]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    rows = list(Rows(str(file), message, longest))
    assert Rows(str(file), message, longest).count() == len(rows)
    return rows


def asked(folder: Path, content: bytes | str, name: str = "rows", message: str = "") -> list[str]:
    rows = rows_of(folder, content, name, message)
    assert not [row.complaint for row in rows if row.complaint]
    return [row.request.message for row in rows]


def test_jsonl_has_what_a_request_of_batch_ask_has(tmp_path: Path) -> None:
    row = {
        "message": "Hello",
        "agent": "helper",
        "conversation_id": "conv_1",
        "id": "a",
        "files": ["a.txt"],
        "inputs": {"n": 1},
        "of no interest": None,
    }
    first, second = rows_of(tmp_path, f'{json.dumps(row)}\n\n{{"message": "x", "id": null}}')
    assert first.id == "a"
    assert first.request == ("Hello", "helper", "conv_1", {"n": 1}, ["a.txt"])
    assert (second.number, second.id, second.where) == (2, 2, "row 2 (line 3)")
    assert second.request == ("x", "", "", {}, [])


def test_ids_may_begin_with_zero(tmp_path: Path) -> None:
    content = "".join(f'{{"id": {number}, "message": "x"}}\n' for number in range(3))
    assert [row.id for row in rows_of(tmp_path, content)] == [0, 1, 2]


@pytest.mark.parametrize(
    "content",
    [
        "id,message,agent\n7,Hello,helper\n8,x,\n",
        b"\xef\xbb\xbfid,message,agent\r\n7,Hello,helper\r\n\r\n8,x,\r\n",
        "id;message;agent\n7;Hello;helper\n8;x;",
        'id\t"message"\tagent\n"7"\tHello\thelper\n \n8\tx\t\n',
        " id , message,agent\n7,Hello,helper\n8,x,\n",
    ],
    ids=["commas", "Windows", "semicolons", "tabs", "spaces"],
)
def test_csv_is_read_as_programs_write_it(content: bytes | str, tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, content)
    assert (first.id, first.request) == ("7", ("Hello", "helper", "", {}, ()))
    assert (second.id, second.request) == ("8", ("x", "", "", {}, ()))


def test_cells_have_quotes_lines_and_ten_megabytes(tmp_path: Path) -> None:
    long = "word " * 2**21
    content = f'message,body\n"He said ""no"",\nand\r\nleft",{long}\nx,\n'
    assert asked(tmp_path, content) == ['He said "no",\nand\r\nleft', "x"]
    assert asked(tmp_path, content, message="{body}|")[0] == f"{long}|"


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv", "rows"])
def test_a_file_of_nothing_has_no_rows(name: str, tmp_path: Path) -> None:
    assert asked(tmp_path, "", name) == asked(tmp_path, b"\n\r\n", name) == []


def test_a_template_makes_the_message_of_columns(tmp_path: Path) -> None:
    template = "{{{a b}}} {n}"
    assert asked(tmp_path, "a b,n\nx,1\n", message=template) == ["{x} 1"]
    rows = '{"a b": "x", "n": [1, null]}\n{"a b": null, "n": "é"}'
    assert asked(tmp_path, rows, message=template) == ["{x} [1, null]", "{} é"]


WRONG_LINES = [
    ("no json", "it is no JSON: Expecting value"),
    ("[" * 100_000, "it is no JSON: "),
    ("[1]", "it is no JSON object"),
    (b'{"message": "\xff"}', "byte 14 is no UTF-8"),
    ('{"id": "c"}', "it has no message"),
    ('{"message": 7}', "its message is no text: 7"),
    ('{"message": "x", "agent": ["a"]}', 'its agent is no text: ["a"]'),
    ('{"message": "x", "files": "a.txt"}', 'its files are no list of texts: "a.txt"'),
    ('{"message": "x", "inputs": [1]}', "its inputs are no JSON object: [1]"),
    ('{"message": "x", "id": 1.5}', "its id is neither text nor a whole number: 1.5"),
    ('{"message": "x", "id": true}', "its id is neither text nor a whole number: true"),
    (json.dumps({"message": "x", "id": "é" * 100}), "its id is longer than 500 bytes"),
]


def test_a_line_that_cannot_be_asked_costs_no_other(tmp_path: Path) -> None:
    lines = [line.encode() if isinstance(line, str) else line for line, _ in WRONG_LINES]
    long = b'{"message": "%s"}' % (b"x" * LONGEST)
    good = b'{"message": "good"}'
    content = b"\n".join([good, *lines, long, good])
    first, *wrong, too_long, last = rows_of(tmp_path, content, longest=LONGEST)
    assert first.request.message == last.request.message == "good"
    for row, (_, complaint) in zip(wrong, WRONG_LINES, strict=True):
        assert row.complaint.startswith(complaint)
    assert too_long.complaint == "it is longer than 200,000 bytes"
    assert [row.id for row in wrong[:5]] == [2, 3, 4, 5, "c"]


def test_a_row_of_cells_that_cannot_be_asked_costs_no_other(tmp_path: Path) -> None:
    content = (
        b"id,message\na,good\nb\nc,x,y\nd,\xff\ne,"
        + b"x" * (LONGEST + 1)
        + b"\nf,good\ng,"
        + b'"never closed\n'
        + (b"x" * 1000 + b"\n") * (LONGEST // 1000)
        + b"h,good\n"
    )
    first, few, many, wrong, long, sixth, unclosed, *_, last = rows_of(
        tmp_path, content, longest=LONGEST
    )
    assert [row.request.message for row in (first, sixth, last)] == ["good"] * 3
    assert (few.id, few.complaint) == ("b", "it has 1 cell, and the header 2")
    assert (many.id, many.complaint) == ("c", "it has 3 cells, and the header 2")
    assert wrong.complaint == "its message is no UTF-8"
    assert long.complaint
    assert unclosed.complaint.endswith("Is each quotation mark closed?")


@pytest.mark.parametrize(
    "content", ['message,id\n"open,a\ngood,b', 'id,message\na,"open\nb,good\n']
)
def test_what_an_open_quotation_mark_takes_in_is_not_asked(content: str, tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, content)
    assert (row.where, row.complaint) == (
        "row 1 (line 2)",
        "it has a quotation mark that is never closed",
    )


@pytest.mark.parametrize(
    ("name", "content", "message", "told"),
    [
        ("q.csv", "title,body\nx,y\n", "", "has no column message. Its first line, which has to"),
        ("q.csv", "Hello there\n", "", "has: Hello there. Name one message"),
        ("q.csv", "message,a,a\n", "", "has two columns 'a'"),
        ("q.csv", "title\nx\n", "{titel}", "--message names {titel}, which"),
        ("q.csv", "title\nx\n", 'Say {"a": 1}', "It has: title. (A brace itself is {{ or }}.)"),
        ("q.csv", "title\nx\n", "{title", "a single { at character 1. Write {{ for a brace"),
        ("q.jsonl", '{"title": "x"}\n', "{titel}", "the first row of"),
        ("q.json", '[{"message": "x"}]', "", "is a JSON array, and rows are an object a line"),
        ("q", b"x\0", "", "is no text in UTF-8: it has a zero byte on line 1"),
        ("q.csv", "é,message\n".encode("latin-1"), "", "its first line cannot be read"),
    ],
)
def test_a_file_that_cannot_be_asked_of_is_told_once(
    name: str, content: bytes | str, message: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as wrong:
        rows_of(tmp_path, content, name, message)
    assert told in str(wrong.value)


def test_a_row_that_lacks_what_the_template_names_is_told_by_itself(tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, '{"a": "x"}\n{"b": "x"}\n', message="{a}")
    assert first.request.message == "x"
    assert second.complaint == "it has no 'a', which --message names"
