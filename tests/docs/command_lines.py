"""The lines of shell that pages show, those of this program taken apart as a shell does."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAM = "mcp-foundry"
# The usage of commands is no line to type, and blocks of other languages are none of shell.
_NOT_SHELL = re.compile(
    r"<!-- commands:begin -->.*?<!-- commands:end -->|^```(?!sh\n)\w+\n.*?^```$",
    re.DOTALL | re.MULTILINE,
)
_BLOCK = re.compile(r"^```sh\n((?s:.*?))^```$|(?<=\n\n)((?: {4}.*\n)+)", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_EXITS = re.compile(r"# exits with (\d+)$")
# What runs this program, or has it run: `uvx --from .`, `claude mcp add`.
_LAUNCHES = re.compile("uvx |(claude|codex|gemini) mcp add ")


class Line(NamedTuple):
    """A line of shell in a block, or within a sentence where it begins with this program.

    Attributes:
        text: The line.
        words: What stands behind `mcp-foundry`; None where it is not run.
        before: What runs before it, with `|` or `&&` behind.
        code: The exit code that the page tells of.
    """

    text: str
    words: list[str] | None
    before: str
    code: int


def blocks(page: Path) -> Iterator[Line]:
    """Yield the lines that a reader types."""
    text = _NOT_SHELL.sub("", page.read_text(encoding="utf-8"))
    for fenced, indented in _BLOCK.findall(text):
        yield from (_taken_apart(line.strip()) for line in (fenced or indented).splitlines())


def sentences(page: Path) -> Iterator[Line]:
    """Yield the commands of this program that stand within sentences and tables."""
    text = _BLOCK.sub("", _NOT_SHELL.sub("", page.read_text(encoding="utf-8")))
    for found in _INLINE.findall(text):
        if found.startswith(f"{_PROGRAM} "):
            yield _taken_apart(" ".join(found.split()))


def _taken_apart(text: str) -> Line:
    # A shell runs what is in `$(…)` by itself.
    inner = re.search(r"\$\((.*?)\)", text)
    lexer = shlex.shlex(inner[1] if inner else text, posix=True, punctuation_chars="|&")
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if word.strip("|&"):
            commands[-1].append(word)
        else:
            commands.append([])
    exits = _EXITS.search(text)
    for number, words in enumerate(commands):
        place = words.index(_PROGRAM) if _PROGRAM in words else -1
        if place == 0 or (place > 0 and _LAUNCHES.match(" ".join(words))):
            before = text[: text.index(_PROGRAM)] if number else ""
            return Line(text, words[place + 1 :], before, int(exits[1]) if exits else 0)
    return Line(text, None, "", 0)
