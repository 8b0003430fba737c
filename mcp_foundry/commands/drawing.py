"""Results and progress drawn by rich, which the extra `cli` brings: for a terminal only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mcp_foundry.commands.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ANY_WIDTH = 10_000


class DrawnTerminal(Terminal):
    """A terminal with a bar for what is counted, and with what the agent does set apart."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self._console = Console(stderr=True)
        self._bar = Progress(
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self._console
        )
        self._task: TaskID | None = None

    def close(self) -> None:
        """End what was begun."""
        super().close()
        self._bar.stop()

    def _line(self, message: str) -> None:
        self._console.print(Text(message, style="dim"))

    def _count(self, done: float, total: float, message: str) -> None:
        del message
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
            self._bar.start()
        self._bar.update(self._task, completed=int(done))


def draw_table(rows: Sequence[Mapping[str, str]], *, folds: bool = False) -> bool:
    """Print rows with a column for every field that any of them has.

    Args:
        rows: What stands in each field.
        folds: Whether cells may be folded: they are read, and nobody copies them.

    Returns:
        Whether there was room: a cell that is folded or cut cannot be copied.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table()
    for column in columns:
        table.add_column(column, no_wrap=not folds, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row.get(column, "")) for column in columns))
    console = Console()
    wanted = console.measure(table, options=console.options.update(width=_ANY_WIDTH)).maximum
    if wanted > console.width and not folds:
        return False
    console.print(table)
    return True
