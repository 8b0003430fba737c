"""The rows of a file as questions; what cannot be read is told, and costs no other row."""

from __future__ import annotations

from contextlib import closing
from json import dumps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard, cast

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.cells import Cells
from mcp_foundry.commands.batching.lines import LONGEST, Lines, read_object, read_objects
from mcp_foundry.commands.batching.template import Template
from mcp_foundry.runs.asker import Request

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from mcp_foundry.commands.batching.lines import Fields

Id = str | int
LONGEST_ID = 500
"""Bytes of a row's id, as JSON: it is noted while its answer is under way."""

_JSONL = frozenset({".jsonl", ".ndjson", ".json"})
_CSV = frozenset({".csv", ".tsv"})


class Row(NamedTuple):
    """A question of a file.

    Attributes:
        number: Which row it is, from 1.
        id: By what its answer is found; its number where it has none.
        request: What is asked.
        complaint: Why it cannot be asked.
        where: How messages name it.
    """

    number: int
    id: Id
    request: Request
    complaint: str
    where: str


class Rows:
    """The rows of a file.

    Args:
        name: Its path; `-` for stdin.
        message: A template of the message; empty where the rows have a message.
        longest: See `Lines`.

    Raises:
        UsageError: It cannot be read, or its columns are not those that are needed.
    """

    def __init__(self, name: str, message: str = "", longest: int = LONGEST) -> None:
        self._template = Template(message) if message else None
        self._lines = Lines(name, longest)
        self._cells: Cells | None = None
        try:
            self._check(name)
        except UsageError:
            self.close()
            raise

    def close(self) -> None:
        """Read no more."""
        self._lines.close()

    def _check(self, name: str) -> None:
        first = self._lines.first()
        if _is_jsonl(name, first):
            self._check_object(first)
            return
        self._cells = Cells(self._lines)
        if first:
            self._check_columns(self._cells.columns)

    def _check_object(self, first: bytes) -> None:
        name = self._lines.name
        if first.lstrip().startswith(b"["):
            raise UsageError(
                f"{name} is a JSON array, and rows are an object a line. To make them: "
                f"jq -c '.[]' {name}"
            )
        if first and self._template:
            fields = read_object(self._lines, first)
            if fields.values is not None:
                self._template.check(fields.values, f"the first row of {name}")

    def _check_columns(self, columns: list[str]) -> None:
        name = self._lines.name
        if self._template:
            self._template.check(columns, name)
        elif "message" not in columns:
            raise UsageError(
                f"{name} has no column message. Its first line, which has to name the columns, "
                f"has: {', '.join(columns)}. Name one message (and others agent, conversation_id "
                "and id, if need be), or pass --message 'Summarise {COLUMN}'."
            )

    def __iter__(self) -> Generator[Row]:
        """Read the rows, once; then the file is closed."""
        number = 0
        try:
            for number, fields in enumerate(self._fields(), 1):
                yield self._row(number, fields)
        except OSError as wrong:
            number += 1
            complaint = f"{self._lines.name} cannot be read further: {wrong.strerror or wrong}"
            yield Row(number, number, Request("", "", ""), complaint, f"row {number}")
        finally:
            self.close()

    def count(self) -> int:
        """Count the rows instead of reading them."""
        with closing(self._lines):
            if self._cells is None:
                return sum(1 for line in self._lines if line.strip())
            return sum(1 for _ in self._cells)

    def _fields(self) -> Iterable[Fields]:
        return self._cells or read_objects(self._lines)

    def _row(self, number: int, fields: Fields) -> Row:
        where = f"row {number}"
        if fields.line != number:
            where += f" (line {fields.line})"
        identifier: Id = number
        request, complaint = Request("", "", ""), fields.complaint
        try:
            identifier = _id((fields.values or {}).get("id"), number)
            if fields.values is not None and not complaint:
                request = self._request(fields.values)
        except _Wrong as wrong:
            complaint = complaint or str(wrong)
        return Row(number, identifier, request, complaint, where)

    def _request(self, values: dict[str, Any]) -> Request:
        if self._template:
            try:
                message = self._template.fill(values)
            except KeyError as lacking:
                raise _Wrong(f"it has no {lacking.args[0]!r}, which --message names") from None
        elif values.get("message") is None:
            raise _Wrong("it has no message")
        else:
            message = _text(values, "message")
        agent, conversation_id = _text(values, "agent"), _text(values, "conversation_id")
        if self._cells:  # where these are columns for a message
            return Request(message, agent, conversation_id)
        inputs: object = values.get("inputs") or {}
        files: object = values.get("files") or []
        if not isinstance(inputs, dict):
            raise _Wrong(f"its inputs are no JSON object: {_shown(inputs)}")
        if not _are_texts(files):
            raise _Wrong(f"its files are no list of texts: {_shown(files)}")
        return Request(message, agent, conversation_id, cast("dict[str, Any]", inputs), files)


class _Wrong(Exception):  # noqa: N818 - a row that is, as the message says
    """A row has something that is not what it has to be."""


def _is_jsonl(name: str, first: bytes) -> bool:
    suffix = PurePath(name).suffix.lower()
    if suffix in _JSONL | _CSV:
        return suffix in _JSONL
    return not first or first.lstrip()[:1] in {b"{", b"["}


def _id(value: object, number: int) -> Id:
    if value is None or value == "":
        return number
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _Wrong(f"its id is neither text nor a whole number: {_shown(value)}")
    if len(dumps(value)) > LONGEST_ID:
        raise _Wrong(f"its id is longer than {LONGEST_ID} bytes")
    return value


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(f"its {name} is no text: {_shown(value)}")
    return value


def _shown(value: object) -> str:
    return dumps(value, ensure_ascii=False)[:60]


def _are_texts(value: object) -> TypeGuard[list[str]]:
    if not isinstance(value, list):
        return False
    return all(isinstance(each, str) for each in cast("list[object]", value))
