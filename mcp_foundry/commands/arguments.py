"""A tool's arguments, from the words of a command line."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, cast

Json = dict[str, Any]


class UsageError(Exception):
    """The command line is wrong; the message is for stderr."""


def read_sources(words: list[str]) -> list[str | Json]:
    """Return `words`, with what `@FILE` and `-` (stdin) hold in their place.

    Raises:
        UsageError: It cannot be read, or is no JSON object.
    """
    read: list[str | Json] = []
    for word in words:
        if word == "-":
            read.append(_object(_decode(sys.stdin.buffer.read(), "stdin"), "stdin"))
        elif word.startswith("@"):
            read.append(_object(_contents(word[1:]), word[1:]))
        else:
            read.append(word)
    return read


def tool_arguments(tool: str, schema: Json, words: list[str | Json]) -> Json:
    """Return the arguments that `words` give; later words win over earlier ones.

    Of a list of texts, such as `files`, each word may bring one.

    Args:
        tool: Its name, for messages.
        schema: Its input schema.
        words: Each `NAME=VALUE`, a JSON object, or the text of one.

    Raises:
        UsageError: A word is none of these, or names no parameter, or a required one is missing.
    """
    known: Json = schema["properties"]
    found: Json = {}
    for word in words:
        given = _parse_word(tool, known, word) if isinstance(word, str) else word
        for name, value in given.items():
            more = isinstance(value, OneMore)
            found[name] = [*found.get(name, []), *value] if more else value
    names = ", ".join(known) or "nothing"
    if unknown := [name for name in found if name not in known]:
        raise UsageError(f"{tool} has no argument {', '.join(unknown)}. It takes: {names}.")
    if missing := [name for name in schema.get("required", []) if name not in found]:
        raise UsageError(f"{tool} needs {', '.join(missing)}. It takes: {names}.")
    return found


def _parse_word(tool: str, known: Json, word: str) -> Json:
    if any("\ud800" <= character <= "\udfff" for character in word):
        raise UsageError("an argument is not text in the encoding of this system.")
    if word.lstrip().startswith("{"):
        return _object(word, "the JSON")
    named = re.fullmatch(r"(\w+)=(.*)", word, re.DOTALL)
    if not named:
        first = next(iter(known), "name")
        raise UsageError(
            f"'{word}' is neither NAME=VALUE, a JSON object, @FILE nor -. "
            f"For example: mcp-foundry call {tool} {first}='{word}'"
        )
    name, text = named.groups()
    return {name: _value(name, text, known.get(name, {}))}


def _value(name: str, text: str, schema: Json) -> object:
    """Return text as it is for a parameter that takes text, and JSON for the others."""
    types = _types(schema)
    if not types or "string" in types:
        return text
    if _takes_texts(schema) and not text.lstrip().startswith("["):
        return OneMore([text])
    try:
        return json.loads(text)
    except ValueError:
        example = next(_EXAMPLES[kind] for kind in types if kind in _EXAMPLES)
        raise UsageError(
            f"{name} takes {' or '.join(types)} as JSON, which {text[:80]!r} is not. "
            f"For example: {name}={example}"
        ) from None


class OneMore(list[str]):
    """One of the texts that a list of them takes, a word each."""


def _takes_texts(schema: Json) -> bool:
    return _types(schema) == ["array"] and _types(schema.get("items", {})) == ["string"]


_EXAMPLES = {
    "boolean": "true",
    "integer": "10",
    "number": "0.5",
    "array": '\'[{"message": "Hello"}]\'',
    "object": '\'{"kind": "prompt"}\'',
}


def _types(schema: Json) -> list[str]:
    options = cast("list[Json]", schema.get("anyOf") or [schema])
    return [option["type"] for option in options if option.get("type") not in {None, "null"}]


def _object(text: str, source: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError as wrong:
        raise UsageError(f"{source} is not JSON: {wrong}") from None
    if not isinstance(value, dict):
        raise UsageError(
            f"{source} is no JSON object. The arguments are one, such as "
            '{"message": "Hello", "agent": "helper"}.'
        )
    return cast("Json", value)


def _contents(path: str) -> str:
    try:
        return _decode(Path(path).read_bytes(), path)
    except OSError as wrong:
        raise UsageError(f"{path} cannot be read: {wrong.strerror or wrong}") from None


def _decode(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")  # some editors begin UTF-8 with a mark
    except UnicodeDecodeError:
        raise UsageError(f"{source} is not UTF-8 text.") from None
