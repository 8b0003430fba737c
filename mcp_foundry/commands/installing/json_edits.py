"""Changes to one place of a JSON text; all else of it stays as it was typed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.commands.installing.json_text import Value, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.commands.installing.json_text import Member

# What stands behind a member on its line and is about it.
_REMARK = re.compile(r"[ \t]*(//[^\r\n]*|/\*[^\r\n]*?\*/(?=[ \t]*\r?\n))")


def put(text: str, path: Sequence[str], value: object) -> str:
    """Return `text` with `value` at `path`, whose parents are objects where they are there."""
    whole = read(text)
    if whole is None:
        end = "\r\n" if "\r\n" in text else "\n"
        head = text.rstrip()
        return put(f"{head}{end if head else ''}{{}}{end}", path, value)
    style = _Style.of(text, whole)
    place, names = whole, list(path)
    while names:
        member = _last(place, names[0])
        if member is None:
            break
        place, names = member.value, names[1:]
    if not names:
        written = style.write(value, _indent(text, place.start))
        return f"{text[: place.start]}{written}{text[place.end :]}"
    for name in reversed(names[1:]):
        value = {name: value}
    return _add(text, place, names[0], value, style)


def drop(text: str, path: Sequence[str]) -> str:
    """Return `text` without what is at `path`."""
    while (place := read(text)) is not None:
        for name in path[:-1]:
            member = _last(place, name)
            place = member.value if member else Value(0, 0, {})
        member = _last(place, path[-1])
        if member is None:
            break
        text = _cut(text, place, member)
    return text


class _Style(NamedTuple):
    """How a text is laid out.

    Attributes:
        newline: What ends its lines.
        unit: What a line within an object is indented by more; "" where all is on one line.
    """

    newline: str
    unit: str

    @classmethod
    def of(cls, text: str, whole: Value) -> _Style:
        newline = "\r\n" if "\r\n" in text else "\n"
        if not whole.members:
            return cls(newline, "  ")
        if "\n" not in text[whole.start : whole.end]:
            return cls(newline, "")
        return cls(newline, _indent(text, whole.members[0].start) or "  ")

    def write(self, value: object, indent: str) -> str:
        if not self.unit:
            return json.dumps(value, ensure_ascii=False)
        lines = json.dumps(value, ensure_ascii=False, indent=self.unit).split("\n")
        return f"{self.newline}{indent}".join(lines)


def _last(place: Value, name: str) -> Member | None:
    """Return the member of that name that counts: of two alike, the later one."""
    return next((each for each in reversed(place.members) if each.name == name), None)


def _indent(text: str, at: int) -> str:
    """Return what the line is indented by on which `at` is."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _add(text: str, place: Value, name: str, value: object, style: _Style) -> str:
    """Put a new member at the end of an object."""
    word = json.dumps(name, ensure_ascii=False)
    if not place.members:
        inside = text[place.start + 1 : place.end - 1].rstrip()
        written = f"{word}: {style.write(value, '')}"
        if style.unit or inside:
            outer = _indent(text, place.start)
            inner = outer + (style.unit or "  ")
            line = f"{style.newline}{inner}{word}: {style.write(value, inner)}"
            written = f"{line}{style.newline}{outer}"
        return f"{text[: place.start + 1]}{inside}{written}{text[place.end - 1 :]}"
    first, last = place.members[0], place.members[-1]
    indent = _indent(text, first.start)
    end = last.value.end
    at = end if last.comma < 0 else last.comma + 1
    if style.unit and text[: first.start].endswith(f"\n{indent}"):
        remark = _REMARK.match(text, at)
        behind = remark.end() if remark else at
        written = f"{style.newline}{indent}{word}: {style.write(value, indent)}"
    else:
        behind, written = at, f" {word}: {json.dumps(value, ensure_ascii=False)}"
    before, after = (",", "") if last.comma < 0 else ("", ",")
    return f"{text[:end]}{before}{text[end:behind]}{written}{after}{text[behind:]}"


def _cut(text: str, place: Value, member: Member) -> str:
    """Take a member out, with the comma and the empty line that would stay."""
    start, end = member.start, member.value.end
    at = next(n for n, each in enumerate(place.members) if each is member)
    if len(place.members) == 1 and not _beside(text, place, member):
        return f"{text[: place.start]}{{}}{text[place.end :]}"
    if member.comma >= 0:
        between = text[end : member.comma]
        text = f"{text[:end]}{between}{text[member.comma + 1 :]}"
        end += len(between) if not between.strip() else 0
    elif at:
        comma = place.members[at - 1].comma
        text = f"{text[:comma]}{text[comma + 1 :]}"
        start, end = start - 1, end - 1
    before, behind = text[:start], text[end:]
    line, rest = before.rstrip(" \t"), behind.lstrip(" \t")
    if line.endswith("\n") and rest.startswith(("\n", "\r\n")):
        return line[: -2 if line.endswith("\r\n") else -1] + rest
    return (before + rest) if at < len(place.members) - 1 else (line + behind)


def _beside(text: str, place: Value, member: Member) -> str:
    """Return what stands in an object beside its only member, its comma and space."""
    end = member.value.end
    around = text[place.start + 1 : member.start] + text[end : place.end - 1].replace(",", "", 1)
    return around.strip()
