"""JSON as people keep it, with comments and commas at the end, and what is where in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from typing import TypeGuard

_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_DEEPEST = 200
Json = dict[str, Any]


def is_object(value: object) -> TypeGuard[Json]:
    """Whether a value is an object."""
    return isinstance(value, dict)


class NotationError(Exception):
    """A text is not what its file should hold; the message says where, and what is wrong."""


@dataclass
class Value:
    """A value and where it stands: from `start` to before `end`.

    Attributes:
        start: Where its text begins.
        end: Where its text has ended.
        plain: What it is, as Python has it.
        members: If it is an object, what is in it.
    """

    start: int
    end: int
    plain: Any
    members: list[Member] = field(default_factory=list["Member"])


@dataclass
class Member:
    """One name of an object: where the name begins, its value, and the comma after it.

    Attributes:
        name: What it is called.
        start: Where its text begins.
        value: What it is.
        comma: Where the comma after it stands, or -1.
    """

    name: str
    start: int
    value: Value
    comma: int = -1


def read(text: str) -> Value | None:
    """Return the one value of a text, or None where there is nothing but space and comments.

    Raises:
        NotationError: It is no JSON, even with comments and commas after the last member.
    """
    reader = _Reader(text)
    start = reader.skip(0)
    if start == len(text):
        return None
    value = reader.value(start, 0)
    end = reader.skip(value.end)
    if end != len(text):
        reader.fail(end, "nothing more")
    return value


def parse(text: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return what a text holds: an empty object where it holds nothing.

    Raises:
        NotationError: It is no JSON, even with comments and commas after the last member.
    """
    whole = read(text)
    return whole.plain if whole else {}


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        # Numbers are never written again, so it is enough that equal ones stay equal.
        self._decoder = json.JSONDecoder(parse_int=float, parse_constant=self._refuse)

    def skip(self, at: int) -> int:
        """Return where the next thing stands that is neither space nor comment."""
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Value:
        """Read the value that begins at `at`."""
        if depth > _DEEPEST:
            self.fail(at, "fewer values within each other")
        if self._sign(at) == "{":
            return self._object(at, depth)
        if self._sign(at) == "[":
            return self._array(at, depth)
        try:
            plain, end = self._decoder.raw_decode(self._text, at)
        except json.JSONDecodeError as wrong:
            if wrong.pos == at and self._sign(at) != '"':
                self.fail(at, "a value")
            what = wrong.msg.removesuffix(" at").removesuffix(" starting")
            raise NotationError(f"{_place(self._text, wrong.pos)}: {what.lower()}") from None
        except ValueError:  # NaN and the like
            self.fail(at, "a value")
        return Value(at, end, plain)

    def _object(self, at: int, depth: int) -> Value:
        found = Value(at, at, {})
        here = self.skip(at + 1)
        while self._sign(here) != "}":
            if found.members and found.members[-1].comma < 0:
                self.fail(here, "a comma or }")
            if self._sign(here) != '"':
                self.fail(here, "a name in double quotes, or }")
            name = self.value(here, depth + 1)
            colon = self.skip(name.end)
            if self._sign(colon) != ":":
                self.fail(colon, "a colon")
            value = self.value(self.skip(colon + 1), depth + 1)
            member = Member(name.plain, here, value)
            here = self.skip(value.end)
            if self._sign(here) == ",":
                member.comma = here
                here = self.skip(here + 1)
            found.members.append(member)
            found.plain[member.name] = value.plain
        found.end = here + 1
        return found

    def _array(self, at: int, depth: int) -> Value:
        found = Value(at, at, [])
        here = self.skip(at + 1)
        separated = True
        while self._sign(here) != "]":
            if not separated:
                self.fail(here, "a comma or ]")
            value = self.value(here, depth + 1)
            found.plain.append(value.plain)
            here = self.skip(value.end)
            separated = self._sign(here) == ","
            here = self.skip(here + 1) if separated else here
        found.end = here + 1
        return found

    def _sign(self, at: int) -> str:
        return self._text[at : at + 1]

    @staticmethod
    def _refuse(word: str) -> NoReturn:
        raise ValueError(word)

    def fail(self, at: int, wanted: str) -> NoReturn:
        """Say what was wanted at a place."""
        found = repr(self._text[at]) if at < len(self._text) else "its end"
        raise NotationError(f"{_place(self._text, at)}: {found} stands where {wanted} should")


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"
