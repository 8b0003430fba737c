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


class Value:
    """A value that stands in a file.

    Attributes:
        name: The parameter.
        path: The file.
    """

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self._text = ""
        self._wrong: UsageError | None = None
        try:
            self._text = _contents(path)
        except UsageError as wrong:
            self._wrong = wrong

    @property
    def text(self) -> str:
        """What the file holds.

        Raises:
            UsageError: It could not be read, or is no text.
        """
        if self._wrong:
            raise self._wrong
        return self._text


def text_given(word: str) -> str:
    """Return a text, or that of the file that `@FILE` names; `@@` begins a text with `@`.

    Raises:
        UsageError: The file cannot be read, or is no text.
    """
    if word.startswith("@@"):
        return word[1:]
    return Value("", word[1:]).text if word.startswith("@") else word


def read_sources(words: list[str]) -> list[str | Json | Value]:
    """Return `words`, with what `@FILE` and `-` (stdin) hold in their place.

    Of `NAME=@FILE` too, whatever NAME takes: the parameters are not known yet, and later, in the
    loop, Ctrl+C would have to wait for a pipe.

    Raises:
        UsageError: It cannot be read, or is no JSON object.
    """
    read: list[str | Json | Value] = []
    for word in words:
        if named := re.fullmatch(r"(\w+)=@([^@].*)", word, re.DOTALL):
            read.append(Value(*named.groups()))
        elif word == "-":
            read.append(_object(_decode(sys.stdin.buffer.read(), "stdin"), "stdin"))
        elif word.startswith("@"):
            read.append(_object(_contents(word[1:]), word[1:]))
        else:
            read.append(word)
    return read


def tool_arguments(tool: str, schema: Json, words: list[str | Json | Value]) -> Json:
    """Return the arguments that `words` give; later words win over earlier ones.

    Of a list of texts, such as `files`, each word may bring one.

    Args:
        tool: Its name, for messages.
        schema: Its input schema.
        words: Each `NAME=VALUE`, a JSON object, or the text of one; see `read_sources`.

    Raises:
        UsageError: A word is none of these, or names no parameter, or a required one is missing.
    """
    known: Json = schema["properties"]
    found: Json = {}
    for word in words:
        if isinstance(word, Value):
            given = {word.name: _of_file(word, known.get(word.name, {}))}
        else:
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
        return _object(word, repr(word[:80]))
    named = re.fullmatch(r"(\w+)=(.*)", word, re.DOTALL)
    if not named:
        first = next(iter(known), "name")
        raise UsageError(
            f"'{word}' is neither NAME=VALUE, a JSON object, @FILE nor -. "
            f"For example: mcp-foundry call {tool} {first}='{word}'"
        )
    name, text = named.groups()
    return {name: _value(name, text, known.get(name, {}))}


def _of_file(value: Value, schema: Json) -> object:
    """Return what a file holds; of a list of texts, such as `files`, `@...` is one."""
    if takes_texts(schema):
        return OneMore([f"@{value.path}"])
    return _parsed(value.name, value.text, schema, value.path)


def _value(name: str, text: str, schema: Json) -> object:
    """Return text as it is for a parameter that takes text, and JSON for the others."""
    if _takes_text(schema):
        return text[1:] if text.startswith("@@") else text
    if takes_texts(schema) and not text.lstrip().startswith("["):
        return OneMore([text])
    return _parsed(name, text, schema, repr(text[:80]))


def _parsed(name: str, text: str, schema: Json, source: str) -> object:
    if _takes_text(schema):
        return text
    types = kinds(schema)
    try:
        return json.loads(text)
    except ValueError:
        raise UsageError(
            f"{name} takes {' or '.join(types)} as JSON, which {source} is not. "
            f"For example: {name}={example(name, schema)}"
        ) from None


def example(name: str, schema: Json) -> str:
    """Return a value that a parameter takes, as one types it."""
    known = (_EXAMPLES[word] for word in (name, *kinds(schema)) if word in _EXAMPLES)
    return next(known, "TEXT")


def _takes_text(schema: Json) -> bool:
    types = kinds(schema)
    return not types or "string" in types


class OneMore(list[str]):
    """One of the texts that a list of them takes, a word each."""


def takes_texts(schema: Json) -> bool:
    """Return whether a parameter takes a list of texts, such as `files`."""
    return kinds(schema) == ["array"] and kinds(schema.get("items", {})) == ["string"]


# By a parameter's name, or by its type.
_EXAMPLES = {
    "agent_name": "poet",
    "answer_id": "ANSWER_ID",
    "answer_schema": '\'{"type": "object", "properties": {"city": {"type": "string"}}}\'',
    "definition": '\'{"kind": "prompt", "model": "gpt-4o"}\'',
    "instructions": "'Write a poem.'",
    "message": "Hello",
    "messages": '\'[{"role": "user", "content": "I like tea"}]\'',
    "query": "tea",
    "replies": '\'[{"id": "ID", "approve": true}]\'',
    "requests": '\'[{"message": "Hello"}]\'',
    "scope": "anna",
    "tools": '\'[{"type": "web_search"}]\'',
    "uri": "foundry://files/cntr_emulator/cfile_plot/plot.png",
    "boolean": "true",
    "integer": "10",
    "number": "0.5",
    "array": "'[]'",
    "object": '\'{"city": "Oslo"}\'',
}


def kinds(schema: Json) -> list[str]:
    """Return the types that a parameter takes, in the words of JSON Schema."""
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
    if not path:
        raise UsageError("@ names no file. Put its path behind it, as in @arguments.json.")
    try:
        return _decode(Path(path).read_bytes(), path)
    except OSError as wrong:
        raise UsageError(
            f"{path} cannot be read: {wrong.strerror or wrong}. Correct the path behind the @; a "
            "text that itself begins with @ is written with @@."
        ) from None


def _decode(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")  # some editors begin UTF-8 with a mark
    except UnicodeDecodeError:
        raise UsageError(f"{source} is not UTF-8 text.") from None
