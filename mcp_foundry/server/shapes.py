"""Arguments as models send them, brought into the shape of a tool's schema before it is called.

Models invent arguments, fill in `null` under schemas made strict, and send JSON as text. What a
tool does not have is refused by name, for a call that passes it by answers another question. A
`null` for what is optional counts as left out. Free-form objects are the caller's own.
"""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

_LONGEST_NAME = 60
_MOST_NAMES = 5


def fit(tool: str, schema: Json, arguments: Json) -> Json:
    """Return `arguments` in the shape of a tool's schema, as pydantic makes it.

    Raises:
        FoundryError: `invalid_request`, for arguments that the tool does not have.
    """
    return _Fitting(tool, schema.get("$defs") or {}).object(schema, arguments, "")


class _Fitting(NamedTuple):
    tool: str
    definitions: Json

    def object(self, schema: Json, given: Json, place: str) -> Json:
        known: Json = schema["properties"]
        if unknown := [name for name in given if name not in known]:
            raise FoundryError("invalid_request", self._refusal(unknown, known, place))
        required = schema.get("required", ())
        return {
            name: self._value(known[name], value, f"{place}.{name}")
            for name, value in given.items()
            if value is not None or name in required
        }

    def _value(self, schema: Json, value: object, place: str) -> object:
        schema = self._plain(schema)
        kind = schema.get("type")
        if isinstance(value, str) and kind in {"array", "object"}:
            value = _parsed(value)
        if kind == "array" and isinstance(value, list):
            items: Json = schema.get("items") or {}
            return [
                self._value(items, item, f"{place}[{index}]")
                for index, item in enumerate(cast("list[object]", value))
            ]
        if "properties" in schema and isinstance(value, dict):
            return self.object(schema, cast("Json", value), place)
        return value

    def _plain(self, schema: Json) -> Json:
        """Return what a schema says of a value that is there."""
        if choices := schema.get("anyOf"):
            schema = next((each for each in choices if each.get("type") != "null"), schema)
        if reference := schema.get("$ref"):
            return cast("Json", self.definitions[str(reference).rpartition("/")[2]])
        return schema

    def _refusal(self, unknown: list[str], known: Json, place: str) -> str:
        shown = ", ".join(repr(name[:_LONGEST_NAME]) for name in unknown[:_MOST_NAMES])
        whose = f"{self.tool}: {place.removeprefix('.')}" if place else self.tool
        return (
            f"{whose} has no argument {shown}. It takes: {', '.join(known) or 'nothing'}. "
            "Nothing was done; correct the arguments and call again."
        )


def _parsed(text: str) -> object:
    try:
        parsed: Any = loads(text)
    except (ValueError, RecursionError):
        return text
    return cast("object", parsed) if isinstance(parsed, list | dict) else text
