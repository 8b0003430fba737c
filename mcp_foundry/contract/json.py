"""JSON of the service's own making, which may hold anything where something else belongs.

What cannot be read as what it should be counts as left out, each by itself: no oddity in one field
may cost the answer that stands beside it.
"""

from __future__ import annotations

from typing import Any, cast

Json = dict[str, Any]


def object_in(value: object) -> Json:
    """Return a JSON object; an empty one where the value is none."""
    return cast("Json", value) if isinstance(value, dict) else {}


def objects_in(value: object) -> list[Json]:
    """Return the JSON objects of a list; none where the value is no list."""
    if not isinstance(value, list):
        return []
    items = cast("list[object]", value)
    return [cast("Json", item) for item in items if isinstance(item, dict)]


def holds_objects(value: object) -> bool:
    """Return whether a value is a list of JSON objects and of nothing else."""
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    return len(objects_in(items)) == len(items)


def text_in(value: object) -> str:
    """Return a text; an empty one where the value is none."""
    return value if isinstance(value, str) else ""


def count_in(value: object) -> int | None:
    """Return a whole number, also one that came as text or with a fraction of zero; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None  # noqa: PLR2004 - more digits than any place or count has
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None
