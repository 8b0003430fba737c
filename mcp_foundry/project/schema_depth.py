"""Whether a JSON schema can be followed to an end, found out without following it.

A checker that runs out of stack does not only raise: the maps that it keeps are compiled, and may
panic then, which ends the process (rpds-py 2026.9 under Python 3.10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcp_foundry.contract.json import Json

# What people and models write has less; a checker takes about ten frames for each.
DEEPEST = 32
# So many schemas may apply to one value, one within the other.
_LONGEST = 24
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
# Schemas beside which the value stays the same, so that a circle of these has no end.
_SAME_VALUE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
_NO_SCHEMAS = frozenset({"const", "enum", "examples", "default"})


class Endless(Exception):  # noqa: N818 - it says what the schema is
    """A schema that leads back to itself, or on for too long."""


def depth_of(value: object) -> int:
    """Return how deep lists and objects are nested."""
    depth, level = 0, [value]
    while level := [inner for each in level for inner in _inner(each)]:
        depth += 1
    return depth


def has_patterns(schema: object) -> bool:
    """Whether a schema may hold a text against a pattern, wherever in it that stands.

    A property may have the name, too; but what it has there is no text.
    """
    level = [schema]
    while level:
        for name, inner in (named for each in level for named in _named(each)):
            if name == "patternProperties" or (name == "pattern" and isinstance(inner, str)):
                return True
        level = [inner for each in level for inner in _inner(each)]
    return False


def check_ends(schema: Json, look_up: Callable[[str], object]) -> None:
    """Refuse a schema that a value could be held against without end.

    Args:
        schema: Nested no deeper than `DEEPEST`.
        look_up: Returns what a reference refers to.

    Raises:
        Endless: It leads back to itself.
        Exception: What `look_up` raises for a reference to nothing.
    """
    checked: dict[int, int] = {}
    for part in _schemas(schema):
        _steps(part, look_up, checked, ())


def _steps(
    part: Json, look_up: Callable[[str], object], checked: dict[int, int], path: tuple[int, ...]
) -> int:
    """Return how many schemas apply to one value, one within the other, from this one on."""
    if len(path) > _LONGEST:
        raise Endless(f"more than {_LONGEST} schemas apply to one value")
    if id(part) in path:
        raise Endless("it refers to itself, and never to a part of the value")
    if id(part) not in checked:
        onward = (*path, id(part))
        inner = [_steps(each, look_up, checked, onward) for each in _beside(part, look_up)]
        checked[id(part)] = 1 + max(inner, default=0)
    if len(path) + checked[id(part)] > _LONGEST:
        raise Endless(f"more than {_LONGEST} schemas apply to one value")
    return checked[id(part)]


def _beside(part: Json, look_up: Callable[[str], object]) -> Iterator[Json]:
    """Yield the schemas that apply to the same value as `part`."""
    for name, value in part.items():
        if name in _REFERENCES and isinstance(value, str):
            yield from _objects(look_up(value))
        elif name in _SAME_VALUE:
            yield from _objects(value)
        elif name == "dependentSchemas" and isinstance(value, dict):
            for dependent in cast("Json", value).values():
                yield from _objects(dependent)


def _schemas(part: object) -> Iterator[Json]:
    if isinstance(part, dict):
        yield cast("Json", part)
    for name, inner in _named(part):
        if name not in _NO_SCHEMAS:
            yield from _schemas(inner)


def _named(part: Any) -> list[tuple[str, object]]:  # noqa: ANN401 - any JSON
    if isinstance(part, dict):
        return list(cast("dict[str, object]", part).items())
    return [("", item) for item in cast("list[object]", part)] if isinstance(part, list) else []


def _inner(part: object) -> list[object]:
    return [inner for _, inner in _named(part)]


def _objects(value: object) -> list[Json]:
    found = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Json", each) for each in found if isinstance(each, dict)]
