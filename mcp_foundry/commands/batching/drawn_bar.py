"""The bar of a batch as rich draws it, which the extra `cli` brings."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from mcp_foundry.commands.batching.bar import Bar

if TYPE_CHECKING:
    from mcp_foundry.commands.batching.counts import Counts


class DrawnBar(Bar):
    """A bar that is drawn anew in its place."""

    interval = 0.25

    def __init__(self, counts: Counts) -> None:
        super().__init__(counts, shown=True)
        # What we write to stdout and stderr ourselves is none of its business.
        self._drawn = Progress(
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            console=Console(stderr=True),
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._drawn.add_task("", total=None, told="")

    def draw(self) -> None:
        """Draw it."""
        counts = self.counts
        with suppress(OSError):  # the terminal was closed
            self._drawn.start()
            self._drawn.update(
                self._task,
                completed=counts.done,
                total=counts.total or None,
                told=counts.progress(),
                refresh=True,
            )

    def say(self, line: str) -> None:
        """Write a line above it."""
        with suppress(OSError):
            self._drawn.console.print(Text(f"mcp-foundry: {line}"), soft_wrap=True)

    def close(self) -> None:
        """Draw it once more, and leave it there."""
        self.draw()
        with suppress(OSError):
            self._drawn.stop()
