"""How far a batch is, on stderr: a line now and then, or a bar where rich is there."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from mcp_foundry.commands.batching.counts import Counts

# Seconds between two lines.
_INTERVAL = 10.0
_MOST_TOLD = 100


class Bar:
    """Tells what a person is to know while a batch runs.

    Args:
        counts: How far it is.
        shown: Whether that is told; what went wrong is in any case.
    """

    interval = _INTERVAL

    def __init__(self, counts: Counts, *, shown: bool) -> None:
        self.counts = counts
        self.shown = shown
        self._told = 0

    def complain(self, line: str) -> None:
        """Tell what is wrong with a row; of very many only the first."""
        self._told += 1
        if self._told <= _MOST_TOLD:
            self.say(line)
        elif self._told == _MOST_TOLD + 1:
            self.say("More rows fail; their lines in the output say why.")

    def say(self, line: str) -> None:
        """Write a line."""
        self._write(f"mcp-foundry: {line}\n")

    async def run(self) -> None:
        """Tell how far it is, until cancelled."""
        while self.shown:
            await anyio.sleep(self.interval)
            self.draw()

    def draw(self) -> None:
        """Tell how far it is."""
        self._write(f"{self.counts.progress()}\n")

    def close(self) -> None:
        """End what was begun."""

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody reads it any more, and the answers are what counts
            sys.stderr.write(text)
            sys.stderr.flush()
