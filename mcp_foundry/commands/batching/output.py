"""The file of answers: a line for each, gone on with where an earlier run ended."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.index import ANSWERED, COMPLETED, Index

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp_foundry.commands.batching.rows import Id

# How each of our lines begins; what it says of many megabytes need not be read.
_BEGINNING = re.compile(rb'\{\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*,\s*"status"\s*:\s*"(\w+)"')
_OURS = b'{"id": '
# Unicode's other ends of a line, at which some programs part what is one line of JSON.
_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}


class CannotWriteError(Exception):
    """An answer could not be written; the message is for stderr."""


class Output:
    """The answers of a batch.

    Args:
        path: Their file, whose lock is held.

    Attributes:
        index: What is known of each id.
        repaired: Whether the last line was cut short, and is taken out.

    Raises:
        UsageError: It is none of ours, or no file.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.index = Index()
        self.repaired = False
        self._path = path
        self._lines = 0
        self._keeps = keeps(path)
        flags = os.O_WRONLY | (os.O_CREAT if self._keeps else 0) | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o666)
        self._size = self._repair() if self._keeps else 0

    def add(self, identifier: Id, answer: dict[str, Any]) -> None:
        """Write an answer, in one piece.

        Args:
            identifier: That of its row.
            answer: Its JSON.

        Raises:
            CannotWriteError: There is no room for it, or the file is gone.
        """
        text = json.dumps({"id": identifier, **answer}, ensure_ascii=False).translate(_ENDS)
        line = memoryview(f"{text}\n".encode(errors="backslashreplace"))
        place = self._size
        try:
            while line:
                written = os.write(self._file, line)
                self._size += written
                line = line[written:]
        except OSError as wrong:
            with suppress(OSError):  # no file, or no room for less either
                os.ftruncate(self._file, place)
                self._size = os.lseek(self._file, place, os.SEEK_SET)
            raise CannotWriteError(
                f"{self._path} cannot be written: {wrong.strerror or wrong}"
            ) from None
        self._note(identifier, place, ANSWERED)

    def _note(self, identifier: Id, place: int, done: int) -> None:
        self._lines += 1
        self.index.note(identifier, place, done)

    def tidy(self) -> None:
        """Take out the lines that newer ones of the same ids stand for.

        Raises:
            CannotWriteError: There is no room for a second file; the first one is as it was.
        """
        if not self._keeps or self._lines == self.index.count():
            return
        newer = self._path.with_name(f"{self._path.name}.new")
        try:
            with newer.open("wb") as file:
                for place, identifier, _, line in _answers(self._path):
                    if identifier is not None and self.index.find(identifier).place == place:
                        file.write(line)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(self._path, newer)
            os.close(self._file)
            self._file = -1
            newer.replace(self._path)
        except OSError as wrong:
            with suppress(OSError):
                newer.unlink(missing_ok=True)
            raise CannotWriteError(
                f"{self._path} keeps lines that newer ones stand for: {wrong.strerror or wrong}"
            ) from None

    def close(self) -> None:
        """Write no more."""
        if self._file >= 0:
            os.close(self._file)
        self.index.close()

    def _repair(self) -> int:
        """Read what is there, cut off a line that was not finished; return the size."""
        size, ended = 0, True
        for place, identifier, status, line in _answers(self._path):
            if identifier is None:
                self.repaired = True
                break
            size = place + len(line)
            ended = line.endswith(b"\n")
            self._note(identifier, place, COMPLETED if status == "completed" else 0)
        os.ftruncate(self._file, size)
        os.lseek(self._file, size, os.SEEK_SET)
        return size if ended else size + os.write(self._file, b"\n")


def keeps(path: Path) -> bool:
    """Whether what is written there can be read again: no device, no pipe."""
    return not path.exists() or stat.S_ISREG(path.stat().st_mode)


def _answers(path: Path) -> Generator[tuple[int, Id | None, str, bytes]]:
    """Read answers: where each begins, its id (None of a line that was not finished), its status.

    Raises:
        UsageError: A line is none.
    """
    with path.open("rb") as file:
        place = 0
        for number, line in enumerate(file, 1):
            try:
                identifier, status = _read(line)
            except (ValueError, TypeError, KeyError):
                raise UsageError(
                    f"{path} is no file of answers: its line {number} is none. Name another file "
                    "as --output."
                ) from None
            yield place, identifier, status, line
            place += len(line)


def _read(line: bytes) -> tuple[Id | None, str]:
    found = _BEGINNING.match(line)
    if found and line.endswith(b"}\n"):
        return json.loads(found[1]), found[2].decode()
    try:
        answer = json.loads(line)
    except ValueError:
        if not line.endswith(b"\n") and (line.startswith(_OURS) or _OURS.startswith(line)):
            return None, ""
        raise
    return answer["id"], str(answer["status"])
