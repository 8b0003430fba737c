"""Files of rows as they are read: lines of bytes, of a length that fits into memory."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from mcp_foundry.commands.arguments import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

LONGEST = 32 * 2**20
"""More than the largest file in a line takes."""

_MARK = b"\xef\xbb\xbf"


class Fields(NamedTuple):
    """A row before anything is made of it.

    Attributes:
        line: On which line it begins, from 1.
        values: By the names of its columns; None where there is nothing to be read.
        complaint: Why it cannot be asked.
    """

    line: int
    values: dict[str, Any] | None
    complaint: str = ""


class Lines:
    """The lines of a file, or of stdin.

    Args:
        name: Its path; `-` for stdin.
        longest: Bytes of a line, and characters of a cell, that are read.

    Attributes:
        name: How messages name it.
        longest: The same.
        number: Of the line that was read last, from 1.
        cut: Set where a line was too long, and is there in part.

    Raises:
        UsageError: It cannot be opened.
    """

    def __init__(self, name: str, longest: int = LONGEST) -> None:
        self.longest = longest
        self.name = "stdin" if name == "-" else name
        self.number = 0
        self.cut = False
        self._stream = _opened(name)
        self._again: list[bytes] = []

    def first(self) -> bytes:
        """Return the first line that is not blank, which will be read again.

        Raises:
            UsageError: It is no text in UTF-8.
        """
        line = next((each for each in self if each.strip()), b"")
        if b"\0" in line:
            raise UsageError(
                f"{self.name} is no text in UTF-8: it has a zero byte on line {self.number}. Rows "
                "are JSONL or CSV; save a spreadsheet as CSV UTF-8, and a file in UTF-16 as UTF-8."
            )
        if line:
            self._again.append(line)
            self.number -= 1
        return line

    def __iter__(self) -> Generator[bytes]:
        """Read on. Of a line that is too long, the rest is left out."""
        while line := self._again.pop() if self._again else self._read():
            self.number += 1
            yield line

    def _read(self) -> bytes:
        line = self._stream.readline(self.longest)
        if len(line) == self.longest and not line.endswith(b"\n"):
            self.cut = True
            while (rest := self._stream.readline(2**20)) and not rest.endswith(b"\n"):
                pass
            line += b"\n"
        return line if self.number else line.removeprefix(_MARK)

    def close(self) -> None:
        """Read no more."""
        self._stream.close()


def read_objects(lines: Lines) -> Generator[Fields]:
    """Read JSONL: an object a line."""
    for line in lines:
        if line.strip():
            yield read_object(lines, line)


def read_object(lines: Lines, line: bytes) -> Fields:
    """Read a line of JSONL, the last one of those lines."""
    if lines.cut:
        lines.cut = False
        return Fields(lines.number, None, f"it is longer than {lines.longest:,} bytes")
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as wrong:
        return Fields(lines.number, None, f"byte {wrong.start + 1} is no UTF-8")
    except (ValueError, RecursionError) as wrong:
        return Fields(lines.number, None, f"it is no JSON: {wrong}")
    if not isinstance(value, dict):
        return Fields(lines.number, None, 'it is no JSON object, such as {"message": "Hello"}')
    return Fields(lines.number, cast("dict[str, Any]", value))


def _opened(name: str) -> BinaryIO:
    try:
        if name == "-":
            # Not its own reader, whose lock the end of the process would wait for.
            return open(sys.stdin.fileno(), "rb", closefd=False)
        if os.path.isdir(name):  # noqa: PTH112 - a name as it was given
            raise UsageError(f"{name} is a folder. Name the file with the questions.")
        return open(name, "rb")  # noqa: PTH123 - a name as it was given
    except (OSError, ValueError, AttributeError) as wrong:
        reason = (wrong.strerror if isinstance(wrong, OSError) else "") or wrong
        raise UsageError(f"{'stdin' if name == '-' else name} cannot be read: {reason}") from None
