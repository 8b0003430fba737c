"""One variable: its names, its flag, its check, a right example, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class SettingsError(Exception):
    """A setting with a wrong value, or some that do not go together; the message is for stderr.

    Of a value it is one line, of what does not go together three at most.
    """


@dataclass(frozen=True)
class Variable:
    """One row of the settings: where a field comes from and what it takes.

    Attributes:
        field: The field of `Settings`.
        names: Environment variables, the current name first.
        flag: The command line's flag; empty where there is none.
        check: Turns text into the field's value; raises ValueError with what is wrong.
        example: A right value, for the message about a wrong one.
        meaning: One sentence for `--help` and the README.
        secret: Its value is never shown.
    """

    field: str
    names: tuple[str, ...]
    flag: str
    check: Callable[[str], Any]
    example: str
    meaning: str
    secret: bool = False

    def parse(self, name: str, text: str) -> object:
        """Return the value of `text`, which came from `name`."""
        try:
            return self.check(text)
        except ValueError as wrong:
            # A key may stand before the host of a URL, or in its query.
            shown = re.sub(r"\?.*", "?***", re.sub(r"//[^/@]*@", "//***@", text))
            shown = "***" if self.secret else shown
            raise SettingsError(
                f"{name}={shown!r}: {wrong}. For example: {name}={self.example}"
            ) from None
