"""Changes to one place of a TOML text; all else of it stays as it was typed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mcp_foundry.commands.installing.json_text import NotationError, is_object
from mcp_foundry.commands.installing.toml_text import Statement, parse, statements

if TYPE_CHECKING:
    from collections.abc import Sequence


def put(text: str, path: Sequence[str], value: object) -> str:
    """Return `text` with `value` at `path`, whose parents are tables where they are there."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    place = tuple(path)
    found = statements(text)
    for depth in range(len(place) - 1, -1, -1):
        table = [each for each in found if each.table == place[:depth]]
        holding = next((each for each in table if each.name == place[depth]), None)
        if holding is not None:
            return _replaced(
                text, holding, _with(holding.value, place[depth + 1 :], value), newline
            )
        if table and depth:
            # A table that is there takes the value; one that is not yet begins behind it.
            if is_object(value):
                added = newline + _table(place, value, newline)
            elif depth < len(place) - 1:
                added = newline + _table(place[:-1], {place[-1]: value}, newline)
            else:
                added = _pair(place[-1], value) + newline
            return text[: table[-1].end] + added + text[table[-1].end :]
    return f"{text}{newline if text.strip() else ''}{_table(place, value, newline)}"


def drop(text: str, path: Sequence[str]) -> str:
    """Return `text` without what is at `path`."""
    newline = "\r\n" if "\r\n" in text else "\n"
    place = tuple(path)
    for each in reversed(statements(text)):
        if each.table[: len(place)] == place:
            text = _cut(text, each, newline)
        elif each.name and place[: len(each.table) + 1] == (*each.table, each.name):
            inner = place[len(each.table) + 1 :]
            text = (
                _replaced(text, each, _without(each.value, inner), newline)
                if inner
                else _cut(text, each, newline)
            )
    return text


def _cut(text: str, statement: Statement, newline: str) -> str:
    """Take a statement out; of a table's head, also one of the empty lines around it."""
    before, behind = text[: statement.start], text[statement.end :]
    if not statement.name and (not behind or behind.startswith(newline)):
        before = before.removesuffix(newline) if before.endswith(newline * 2) else before
    return before + behind


def _replaced(text: str, statement: Statement, value: object, newline: str) -> str:
    """Give a name another value, and keep the remark behind it."""
    typed = text[statement.start : statement.end]
    indent = typed[: len(typed) - len(typed.lstrip(" \t"))]
    written = f"{indent}{_pair(statement.name, value)}{_remark(typed, statement)}{newline}"
    return text[: statement.start] + written + text[statement.end :]


def _remark(typed: str, statement: Statement) -> str:
    """Return the comment at a statement's end, with the space before it."""
    for sign in re.finditer(r"\s*#", typed):
        try:
            told = parse(typed[: sign.start()])
        except NotationError:
            continue
        if told == {statement.name: statement.value}:
            return typed[sign.start() :].rstrip("\r\n")
    return ""


def _with(old: object, path: Sequence[str], value: object) -> object:
    if not path:
        return value
    table = old if is_object(old) else {}
    return {**table, path[0]: _with(table.get(path[0]), path[1:], value)}


def _without(old: object, path: Sequence[str]) -> object:
    table = old if is_object(old) else {}
    inner = {path[0]: _without(table[path[0]], path[1:])} if path[1:] and path[0] in table else {}
    return {name: value for name, value in table.items() if name != path[0]} | inner


def _table(path: Sequence[str], value: object, newline: str) -> str:
    """Write a table with its head, and those within it below."""
    table = value if is_object(value) else {}
    pairs = [_pair(name, each) for name, each in table.items() if not is_object(each)]
    own = newline.join((f"[{'.'.join(map(_name, path))}]", *pairs, ""))
    inner = [
        _table((*path, name), each, newline) for name, each in table.items() if is_object(each)
    ]
    return newline.join((own, *inner))


def _pair(name: str, value: object) -> str:
    return f"{_name(name)} = {_value(value)}"


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: object) -> str:
    """Write a value on one line; what JSON writes of texts, numbers and lists is TOML, too.

    Raises:
        NotationError: It is a time, which JSON has not.
    """
    if is_object(value):
        return f"{{ {', '.join(_pair(*each) for each in value.items())} }}" if value else "{}"
    try:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    except TypeError as wrong:
        raise NotationError(str(wrong)) from None
