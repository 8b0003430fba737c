"""A line of what was found."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Line(NamedTuple):
    """What was looked at, and how it is.

    Attributes:
        word: `skip` is what could not be looked at, which fails nothing.
        what: The thing, as a person calls it.
        how: Its value; of a failure, what is wrong and what to do.
    """

    word: Literal["ok", "skip", "FAIL"]
    what: str
    how: str

    def __str__(self) -> str:
        """Return the line as it is written, whatever ends of lines a service put into it."""
        return f"{self.word:4}  {self.what}: {' '.join(self.how.split())}"
