"""Values of a file, put into the fields of dataclasses, or refused with their line and name."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from mcp_foundry.emulator.store.placed import Placed

T = TypeVar("T")
_CALLED: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a mapping of names to values",
}


class FieldError(Exception):
    """A value does not suit its field.

    Attributes:
        line: Its line.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def fill(kind: type[T], given: Placed, where: str = "") -> T:
    """Return a dataclass whose fields have the values of a mapping.

    Fields are text, whole numbers, booleans, mappings, lists, or further dataclasses; what is null
    counts as not given.

    Args:
        kind: The dataclass.
        given: The mapping.
        where: What the mapping is called, such as `agents[0]`.

    Raises:
        FieldError: A value does not suit.
    """
    members = _checked(dict, given, where or "the file")
    known: dict[str, Field[Any]] = {each.name: each for each in fields(kind)}  # pyright: ignore[reportArgumentType] - a dataclass is asked for
    for name, value in members.items():
        if name not in known:
            told = f"there is no {_join(where, name)}. Known here: {', '.join(known)}."
            raise FieldError(value.line, told)
    there = {name: value for name, value in members.items() if value.value is not None}
    for name, each in known.items():
        if name not in there and each.default is MISSING and each.default_factory is MISSING:
            raise FieldError(given.line, f"{_join(where, name)} is missing.")
    hints = get_type_hints(kind)
    words = {name: _read(hints[name], each, _join(where, name)) for name, each in there.items()}
    try:
        return kind(**words)
    except ValueError as wrong:
        raise FieldError(given.line, f"{where}: {wrong}") from None


def _read(kind: Any, given: Placed, where: str) -> Any:  # noqa: ANN401 - a type, and a value of it
    options = [each for each in get_args(kind) if each is not NoneType]
    if NoneType in get_args(kind):
        return _read(options[0], given, where)
    if is_dataclass(kind):
        return fill(cast("type[Any]", kind), given, where)
    origin = get_origin(kind)
    if origin is list:
        items: list[Placed] = _checked(list, given, where)
        read = [_read(options[0], each, f"{where}[{n}]") for n, each in enumerate(items)]
        _check_names(read, items, where)
        return read
    if origin is dict:
        members: dict[str, Placed] = _checked(dict, given, where)
        return {name: _read(options[1], each, _join(where, name)) for name, each in members.items()}
    return given.plain() if kind is Any else _checked(kind, given, where)


def _check_names(read: list[Any], items: list[Placed], where: str) -> None:
    """Refuse two items of a list with the same id or, where they have none, the same name."""
    seen: dict[str, int] = {}
    for each, placed in zip(read, items, strict=True):
        name = getattr(each, "id", getattr(each, "name", ""))
        if name in seen:
            first = seen[name]
            raise FieldError(placed.line, f"{where} has {name} twice, first in line {first}.")
        if name:
            seen[name] = placed.line


def _checked(kind: type, given: Placed, where: str) -> Any:  # noqa: ANN401 - a value of that type
    value = given.value
    # A version such as 1 or 2024 is written without quotes.
    if kind is str and type(value) in {int, float}:
        return given.text
    if type(value) is not kind:
        nested = _CALLED[type(given.value)] if isinstance(value, (dict, list)) else ""
        shown = nested or json.dumps(value)[:60]
        raise FieldError(given.line, f"{where} is {shown}, and has to be {_CALLED[kind]}.")
    return value


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
