"""Comparing what the emulator answers with what the service answered, shape by shape.

The shape of an object is its keys and the JSON types behind them. What types a key may have is
taken from all recordings together: a key that is null in one and text in another is a union.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

RECORDINGS = Path(__file__).parents[1] / "emulator" / "recordings"

# Whose keys are the user's own, so that they differ from recording to recording.
OPEN = {"metadata", "parameters", "capabilities", "tools", "schema", "structured_inputs"}

Types = dict[tuple[str, str], set[str]]


def load(name: str) -> list[dict[str, Any]]:
    """The entries of a recording."""
    text = (RECORDINGS / f"{name}.json").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text)["Entries"]
    return entries


def type_of(value: object) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    names = {"str": "string", "dict": "object", "list": "array", "NoneType": "null"}
    return names[type(value).__name__]


def kind_of(value: dict[str, Any], key: str) -> str:
    """What an object is: its `object` or `type`, or the key that it stands behind."""
    return str(value.get("object") or value.get("type") or key)


def objects(value: object, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects inside a value, with what they are."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        yield kind_of(found, key), found
        for name, each in found.items():
            if name not in OPEN:
                yield from objects(each, name)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from objects(each, key)


def replies(entry: dict[str, Any]) -> list[Any]:
    """The bodies of a reply: one, or the data of each event of a stream."""
    body = entry["ResponseBody"]
    if not isinstance(body, list):
        return [body]
    return [data for _, data in events(cast("list[str]", body))]


def events(lines: list[str]) -> list[tuple[str, Any]]:
    """The events of a recorded stream."""
    named = zip(lines[::2], lines[1::2], strict=True)
    return [(name[len("event: ") :].strip(), _data(data)) for name, data in named]


def _data(line: str) -> object:
    text = line[len("data: ") :].strip()
    return text if text == "[DONE]" else json.loads(text)


def recorded_types() -> Types:
    """Which JSON types each key of each kind of object has in the recordings."""
    types: Types = defaultdict(set)
    for path in sorted(RECORDINGS.glob("*.json")):
        for entry in load(path.stem):
            for body in replies(entry):
                for kind, found in objects(body):
                    for key, value in found.items():
                        types[kind, key].add(type_of(value))
    return types


def differences(
    recorded: object, given: object, types: Types, where: str = "", key: str = ""
) -> Iterator[str]:
    """What the service sent and the emulator does not, or sends as another type."""
    if isinstance(recorded, dict):
        if not isinstance(given, dict):
            yield f"{where}: {type_of(given)} instead of object"
            return
        wanted = cast("dict[str, Any]", recorded)
        yield from _in_object(wanted, cast("dict[str, Any]", given), types, where, key)
    elif isinstance(recorded, list) and isinstance(given, list):
        for each in cast("list[Any]", recorded):
            match = _counterpart(each, cast("list[Any]", given))
            yield from differences(each, match, types, f"{where}[]", key)


def _in_object(
    recorded: dict[str, Any], given: dict[str, Any], types: Types, where: str, key: str
) -> Iterator[str]:
    kind = kind_of(recorded, key)
    for name, value in recorded.items():
        place = f"{where}.{name}"
        if name not in given:
            yield f"{place}: missing"
        elif type_of(given[name]) not in types[kind, name] | {type_of(value)}:
            yield f"{place}: {type_of(given[name])} instead of {sorted(types[kind, name])}"
        elif name not in OPEN and value is not None and given[name] is not None:
            yield from differences(value, given[name], types, place, name)


def _counterpart(recorded: object, given: list[Any]) -> object:
    """The element that is of the same kind; the first, where none is."""
    if isinstance(recorded, dict):
        wanted = _sort(cast("dict[str, Any]", recorded))
        for each in given:
            if isinstance(each, dict) and _sort(cast("dict[str, Any]", each)) == wanted:
                return cast("object", each)
    return given[0] if given else None


def _sort(value: dict[str, Any]) -> tuple[object, ...]:
    return tuple(value.get(key) for key in ("type", "role", "source_type"))
