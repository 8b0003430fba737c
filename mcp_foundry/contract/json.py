"""JSON of the service's own making, which may hold anything where an object or a list belongs."""

from __future__ import annotations

from typing import Any, cast

Json = dict[str, Any]


def object_in(value: object) -> Json:
    """Return a JSON object; an empty one where the value is none."""
    return cast("Json", value) if isinstance(value, dict) else {}


def objects_in(value: object) -> list[Json]:
    """Return a list of JSON objects; an empty one where the value is none."""
    return cast("list[Json]", value) if isinstance(value, list) else []
