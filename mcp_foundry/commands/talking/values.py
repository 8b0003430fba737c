"""Values of an agent's inputs, from the words of a command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.commands.arguments import UsageError, text_given
from mcp_foundry.contract.json import object_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]


def read_values(words: Sequence[str]) -> dict[str, str]:
    """Return the text of each `NAME=VALUE`; `@FILE` stands for what a file holds, `@@` for `@`.

    Raises:
        UsageError: One is none, or its file cannot be read.
    """
    found: dict[str, str] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign or not name:
            raise UsageError(f"--input {word} is not NAME=VALUE, such as --input city=Oslo")
        found[name] = text_given(text)
    return found


def need_types(values: Mapping[str, str]) -> bool:
    """Whether some value may be meant as something else than text."""
    return any(not isinstance(_as_json(text), str) for text in values.values())


def typed(values: Mapping[str, str], declared: Mapping[str, object]) -> Json:
    """Return the values as an agent declares its inputs: text, or where it wants no text, JSON.

    Args:
        values: Each as text.
        declared: What the agent declares, by name.
    """
    return {name: _typed(text, object_in(declared.get(name))) for name, text in values.items()}


def _typed(text: str, declared: Json) -> object:
    kind = object_in(declared.get("schema")).get("type")
    kinds = cast("list[object]", kind) if isinstance(kind, list) else [kind]
    return text if {None, "string"} & set(kinds) else _as_json(text)


def _as_json(text: str) -> object:
    """Return what a text says as JSON; the text itself where it says nothing else."""
    if not re.match(r"\s*[-\d{\[tfn]", text):
        return text
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
