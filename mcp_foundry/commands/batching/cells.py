"""CSV: a header, and a row of as many cells for each question."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.lines import Fields

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.commands.batching.lines import Lines

# What parts cells: Excel writes semicolons where a comma parts decimals.
_DELIMITERS = ",;\t"


class Cells:
    """The rows of a CSV file.

    Args:
        lines: Its lines, from the first one on.

    Attributes:
        columns: Their names, from the header.

    Raises:
        UsageError: There is no header that names each column once.
    """

    def __init__(self, lines: Lines) -> None:
        # For the process, as the module has it; its own 128 KB refuse cells that others write.
        csv.field_size_limit(lines.longest)
        self._lines = lines
        self._is_over = False
        try:
            header = lines.first().decode()
        except UnicodeDecodeError:
            raise UsageError(
                f"{lines.name} is no text in UTF-8: its first line cannot be read. Rows are JSONL "
                "or CSV with a header; save a spreadsheet as CSV UTF-8."
            ) from None
        delimiter = next((sign for sign in _DELIMITERS if len(_parted(header, sign)) > 1), ",")
        self._reader = csv.reader(self._decoded(), delimiter=delimiter)
        self.columns = [name.strip() for name in next(self._reader, list[str]())]
        named = [name for name in self.columns if name]
        if twice := next((name for name in named if named.count(name) > 1), ""):
            raise UsageError(f"{lines.name} has two columns {twice!r}. Rename one of them.")

    def _decoded(self) -> Generator[str]:
        for line in self._lines:
            yield line.decode(errors="surrogateescape")
        self._is_over = True

    def __iter__(self) -> Generator[Fields]:
        """Read the rows; blank lines are none."""
        while True:
            line = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                self._lines.cut = False
                yield Fields(line, None, f"it is no CSV: {wrong}. Is each quotation mark closed?")
                continue
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield self._fields(line, cells)

    def _fields(self, line: int, cells: list[str]) -> Fields:
        if self._lines.cut:
            self._lines.cut = False
            return Fields(line, None, f"it is longer than {self._lines.longest:,} bytes")
        # What there is tells its id, by which whoever reads the answers finds it.
        values = dict(zip(self.columns, cells, strict=False))
        if self._is_over:  # a row was to go on
            return Fields(line, values, "it has a quotation mark that is never closed")
        if len(cells) != len(self.columns):
            count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
            return Fields(line, values, f"it has {count}, and the header {len(self.columns)}")
        for name, cell in values.items():
            if not cell.isascii() and any("\udc80" <= sign <= "\udcff" for sign in cell):
                return Fields(line, None, f"its {name or 'cell'} is no UTF-8")
        return Fields(line, values)


def _parted(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))
