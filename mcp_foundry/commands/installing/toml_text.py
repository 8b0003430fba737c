"""TOML as the statements of a text: where each stands, and what it says by itself."""

from __future__ import annotations

import re
import sys
from typing import Any, NamedTuple

from mcp_foundry.commands.installing.json_text import NotationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Statement(NamedTuple):
    """The head of a table, or a name and its value, with the end of its line.

    Attributes:
        start: Where it begins.
        end: Where the next line begins.
        table: The table that it is in, or begins.
        name: The name that gets a value, or "" of a head.
        value: The value, or None.
    """

    start: int
    end: int
    table: tuple[str, ...]
    name: str = ""
    value: Any = None


def parse(text: str) -> dict[str, Any]:
    """Return what a text holds.

    Raises:
        NotationError: It is no TOML; the message says where.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        told = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", str(wrong))
        what, where = told.groups() if told else (str(wrong), "")
        where = where.replace("end of document", f"line {text.count(chr(10)) + 1}, its end")
        raise NotationError(f"{where}: {what}") from None
    except RecursionError:
        raise NotationError("its values are too deep within each other") from None


def statements(text: str) -> list[Statement]:
    """Return the statements of a text that is TOML, without its comments and empty lines.

    A line that is none by itself goes on in the next one: the parser says so, which knows every
    kind of quotes.
    """
    found: list[Statement] = []
    table: tuple[str, ...] = ()
    start = end = 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        end += len(line)
        try:
            told = parse(text[start:end])
        except NotationError:
            continue
        if text[start:end].lstrip().startswith("["):
            table = _path(told)
            found.append(Statement(start, end, table))
        elif told:
            ((name, value),) = told.items()
            found.append(Statement(start, end, table, name, value))
        start = end
    return found


def _path(told: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of a head; those of one table among many are followed by an empty one."""
    path: tuple[str, ...] = ()
    while told:
        ((name, inner),) = told.items()
        path += (name,)
        if isinstance(inner, list):
            return (*path, "")
        told = inner
    return path
