"""A message made of a row's columns: `Summarise {title}`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.arguments import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Template:
    """A text with the names of columns in braces; `{{` and `}}` are braces.

    Args:
        text: As the user wrote it.

    Attributes:
        columns: The names in it.

    Raises:
        UsageError: A brace stands alone.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.columns: list[str] = []
        for piece in _PIECE.finditer(text):
            if piece[0] in {"{", "}"}:
                raise UsageError(
                    f"--message has a single {piece[0]} at character {piece.start() + 1}. Write "
                    f"{piece[0] * 2} for a brace, and {{NAME}} for a column."
                )
            if piece[1] is not None:
                self.columns.append(piece[1])

    def check(self, known: Iterable[str], where: str) -> None:
        """Refuse names that are no columns.

        Args:
            known: Those that there are.
            where: What has them, for the message.

        Raises:
            UsageError: There are others.
        """
        there = list(known)
        if lacking := [name for name in self.columns if name not in there]:
            raise UsageError(
                f"--message names {', '.join(f'{{{name}}}' for name in lacking)}, which {where} "
                f"has not got. It has: {', '.join(there) or 'none'}. (A brace itself is {{{{ or "
                "}}.)"
            )

    def fill(self, fields: Mapping[str, Any]) -> str:
        """Return the message of a row.

        Raises:
            KeyError: The row lacks a column.
        """

        def filled(piece: re.Match[str]) -> str:
            return piece[0][0] if piece[1] is None else _as_text(fields[piece[1]])

        return _PIECE.sub(filled, self._text)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
