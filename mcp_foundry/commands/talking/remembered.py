"""Which conversation goes on: the last with each agent, in one small file; ids and nothing else.

A line is added after each answer, in one write, so that commands that end at once lose nothing of
each other; what is no line of ours is passed over.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp_foundry.settings.values import Settings

_KEPT = 100
"""So many conversations are kept."""
_FULL = 16 * 1024
"""Bytes after which the file is written anew, without what has been replaced."""


class Conversation(NamedTuple):
    """A conversation that can go on.

    Attributes:
        place: Stands for the project, whose name is nobody's business.
        agent: Who answered, as it was asked: with a version only where one was named.
        conversation_id: See the answer's.
    """

    place: str
    agent: str
    conversation_id: str


class Remembered:
    """The conversations of one project.

    Raises:
        OSError: There is no folder for them.
    """

    def __init__(self, settings: Settings) -> None:
        from platformdirs import user_state_path

        try:
            folder = user_state_path("mcp-foundry", appauthor=False)
        except RuntimeError as homeless:  # how newer versions say so
            raise OSError(str(homeless)) from None
        if not folder.is_absolute():
            raise OSError("the user has no home folder")
        self.path = folder / "conversations.jsonl"
        told = settings.endpoint or ",".join(settings.local.values())
        self._place = sha256(told.encode()).hexdigest()[:16]

    def last(self, agent: str) -> Conversation | None:
        """Return the last conversation, with an agent, or with any; none where there is none.

        Args:
            agent: Its name, with or without a version; empty for any.

        Raises:
            OSError: The file cannot be read.
        """
        name = agent.partition(":")[0]
        with suppress(FileNotFoundError):
            for found in _conversations(self.path):
                same = not name or found.agent.partition(":")[0] == name
                if found.place == self._place and same:
                    return found
        return None

    def note(self, agent: str, conversation_id: str) -> None:
        """Remember a conversation as the last.

        Raises:
            OSError: It cannot be written.
        """
        line = json.dumps([self._place, agent, conversation_id]) + "\n"
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.write(descriptor, line.encode())
            full = os.fstat(descriptor).st_size > _FULL
        finally:
            os.close(descriptor)
        if full:
            with suppress(OSError):  # another command is at it, and there will be another time
                self._tidy()

    def _tidy(self) -> None:
        """Write the file anew with the last conversation of each agent."""
        kept: dict[tuple[str, str], Conversation] = {}
        for found in _conversations(self.path):
            if len(kept) < _KEPT:
                kept.setdefault((found.place, found.agent), found)
        draft = self.path.with_suffix(f".{os.getpid()}")
        try:
            draft.touch(0o600)
            lines = (json.dumps(list(found)) for found in reversed(kept.values()))
            draft.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)


def _conversations(path: Path) -> Iterator[Conversation]:
    """Yield what a file holds, the latest first."""
    for line in reversed(path.read_bytes().splitlines()):
        with suppress(ValueError):
            value: object = json.loads(line)
            if isinstance(value, list):
                parts = cast("list[Any]", value)
                if len(parts) == 3 and all(isinstance(part, str) for part in parts):  # noqa: PLR2004 - what a conversation has
                    yield Conversation(*parts)
