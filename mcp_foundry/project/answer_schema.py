"""An answer as data: what its JSON schema asks of the agent, and whether the text meets it.

Foundry takes no schema for one question to an agent (400 "Not allowed when agent is specified"), so
that the message asks for it, and the answer is checked here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.schema_depth import DEEPEST, Endless, check_ends, depth_of, has_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.contract.answers import Usage
    from mcp_foundry.contract.json import Json

_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_LONGEST_COMPLAINT = 300
_SAMPLES: tuple[object, ...] = (None, {}, [], "", 0)


class Unmet(Exception):  # noqa: N818 - it says what the answer is
    """The answer does not meet its schema; the message says where and why."""


@dataclass(frozen=True)
class Expected:
    """What is expected of an answer that was handed over.

    Attributes:
        schema: What it has to meet.
        repaired: Whether the agent was already asked to mend it.
        usage: What it took before.
        inputs: With which the agent is asked to mend it.
    """

    schema: AnswerSchema
    repaired: bool = False
    usage: Usage | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])


class AnswerSchema:
    """One JSON schema that an answer has to meet.

    Args:
        schema: As the caller wrote it.
        patterns: Whether it may have regular expressions. Some take for ever, and nothing else goes
            on in the process meanwhile: whoever shares it with others may have none.

    Raises:
        FoundryError: `invalid_request`: it is no schema, refers to others, or never ends.
    """

    def __init__(self, schema: Json, *, patterns: bool = True) -> None:
        # With `mcp` it is there anyway; imported here, it costs no start.
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import validator_for
        from referencing import Registry, Resource
        from referencing.exceptions import Unresolvable
        from referencing.jsonschema import DRAFT202012

        if depth_of(schema) > DEEPEST:
            raise _refusal(f"it is nested deeper than {DEEPEST} levels")
        if not patterns and has_patterns(schema):
            raise _refusal(
                "it has a pattern (or patternProperties), and patterns may hold up all who share "
                "this server; leave them out, and say in the message what is meant"
            )
        kind: Any = validator_for(schema, default=Draft202012Validator)
        empty: Any = Registry
        registry = empty()
        resource = Resource.from_contents(schema, default_specification=DRAFT202012)
        resolver = registry.resolver_with_root(resource)
        try:
            kind.check_schema(schema)
            # Nothing is ever fetched: the registry is empty.
            check_ends(schema, lambda reference: resolver.lookup(reference).contents)
            self._validator: Any = kind(schema, registry=registry)
            for sample in _SAMPLES:
                self._validator.is_valid(sample)
        except SchemaError as wrong:
            raise _refusal(f"{wrong.json_path}: {wrong.message}") from None
        except Unresolvable as missing:
            raise _refusal(
                f"it refers to {str(missing.ref)[:80]!r}, which is not within it"
            ) from None
        except (Endless, RecursionError, re.error) as endless:
            raise _refusal(f"it cannot be followed ({endless})") from None
        self._text = dumps(schema, ensure_ascii=False)

    def ask(self, message: str) -> str:
        """Return a message that asks for such an answer."""
        return f"{message}\n\nAnswer with JSON alone that meets this JSON schema:\n{self._text}"

    def ask_again(self, unmet: Unmet) -> str:
        """Return the message that asks to mend an answer."""
        return self.ask(f"Your answer does not meet the JSON schema: {unmet}")

    def read(self, text: str) -> object:
        """Return the data that an answer holds.

        Raises:
            Unmet: It holds none, or other data.
        """
        data = _data_in(text)
        self._check(data)
        return data

    def fits(self, data: object) -> bool:
        """Whether data meets it."""
        try:
            self._check(data)
        except Unmet:
            return False
        return True

    def _check(self, data: object) -> None:
        if depth_of(data) > DEEPEST:
            raise Unmet(f"it is nested deeper than {DEEPEST} levels")
        try:
            error: Any = next(self._validator.iter_errors(data), None)
        except RecursionError:
            raise Unmet("it is nested too deep for its schema") from None
        if error is not None:
            raise Unmet(f"{error.json_path}: {error.message}"[:_LONGEST_COMPLAINT])


def _data_in(text: str) -> object:
    """Return the JSON that a text is, that it fences, or that it says something around."""
    begin = min((at for at in map(text.find, "{[") if at >= 0), default=0)
    end = max(map(text.rfind, "}]")) + 1
    for candidate in (text, *_FENCED.findall(text), text[begin:end]):
        with suppress(ValueError, RecursionError):
            return loads(candidate)
    raise Unmet("it is not JSON")


def _refusal(why: str) -> FoundryError:
    return FoundryError(
        "invalid_request",
        f"answer_schema is no JSON schema that can be checked: {why[:_LONGEST_COMPLAINT]}. Nothing "
        'was asked. For example: {"type": "object", "properties": {"city": {"type": "string"}}, '
        '"required": ["city"]}.',
    )
