"""What a typed line is: a message, or a command that begins with a slash."""

from __future__ import annotations

import os
import shlex
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

COMMANDS = {
    "new": ("", "begin a new conversation"),
    "agents": ("", "list the agents"),
    "agent": ("NAME", "talk to another agent, in a new conversation"),
    "file": ("PATH", "send a file along with the next message; alone, list what goes along"),
    "help": ("", "show this"),
    "quit": ("", "end, as Ctrl+D does"),
}
"""Every command: what it takes, and what it does."""

_ALIKE = 0.5
_KEYS = """\
  //...          a message that begins with a slash
  Alt+Enter      a new line; so does a backslash at a line's end
  Ctrl+C         cancels the answer that is being written
  Ctrl+D         ends
"""


class Typed(NamedTuple):
    """A line, understood.

    Attributes:
        command: One that begins with a slash, without it; None for a message.
        text: The message, or what the command is given.
    """

    command: str | None
    text: str


def understood(line: str) -> Typed:
    """Tell a message from a command."""
    line = line.strip()
    if not line.startswith("/"):
        return Typed(None, line)
    if line.startswith("//"):
        return Typed(None, line[1:])
    command, *rest = line[1:].split(maxsplit=1) or [""]
    return Typed(command, "".join(rest))


def unknown(command: str) -> str:
    """Return what is said of a command that is not there."""
    nearest = get_close_matches(command.lower(), COMMANDS, 1, _ALIKE)
    meant = f"Did you mean /{nearest[0]}?" if nearest else "/help lists the commands."
    return f"There is no /{command}. {meant} A message may begin with //."


def help_text() -> str:
    """Return what can be typed, a line each."""
    told = {f"/{name} {takes}": does for name, (takes, does) in COMMANDS.items()}
    return "".join(f"  {words:<13}  {does}\n" for words, does in told.items()) + _KEYS


def harmless(text: str) -> str:
    """Return a text as a terminal shows it in a line, where it moves no cursor.

    What an agent wants to do, or is said to be, is written by others, and a person decides by it.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def typed_path(text: str, *, windows: bool = os.name == "nt") -> str:
    """Return the path that was typed, dropped or pasted: as it stands, quoted, or escaped.

    Args:
        text: What was typed.
        windows: Whether a backslash is part of a path.
    """
    readings = [text, text.strip("\"'") if text[:1] == text[-1:] else text]
    if not windows:
        try:
            words = shlex.split(text)
        except ValueError:  # an apostrophe, say
            words = []
        readings += words if len(words) == 1 else []
    return next((path for path in readings if _is_there(path)), readings[1])


def _is_there(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long; a NUL; nobody's home
        return False
