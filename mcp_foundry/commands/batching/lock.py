"""The small file beside the answers: whose run it is, and which answers are on their way.

It is written in place, a slot for each answer under way, so that it never grows, a full disk is no
obstacle, and a process that is killed leaves each slot as it was or as it is to be.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from mcp_foundry.commands.arguments import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.commands.batching.rows import Id

# A divisor of every file system's blocks.
_SLOT = 1024
# Windows lets nobody read what is locked, so that it is none of what is there to be read.
_FAR = 2**30


class UnderWay(NamedTuple):
    """An answer on its way.

    Attributes:
        id: That of its row.
        agent: Whom it was asked of.
        conversation_id: Where, as it was asked.
        correlation_id: The mark by which the service has it.
        asked_at: When, in seconds since 1970.
        answer_id: Its name at the service, once that is known.
    """

    id: Id
    agent: str
    conversation_id: str
    correlation_id: str
    asked_at: float
    answer_id: str = ""


class Lock:
    """Holds a file of answers for one process.

    Args:
        path: The file of the lock.
        room: How many answers may be under way.

    Attributes:
        left: Those that were under way when an earlier process ended, by their slots.

    Raises:
        UsageError: Another process holds it.
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, room: int) -> None:
        self._path = path
        self._file = _held(path)
        self._room = room
        self._taken: dict[int, int] = {}
        self._kept = False
        try:
            self.left = self._read()
            slots = range(1, 2 * room + max([0, *self.left]) + 1)
            self._free = [slot for slot in reversed(slots) if slot not in self.left]
            self._write(0, {"pid": os.getpid()})
            for slot in self._free:
                self._write(slot, None)
        except OSError:
            os.close(self._file)
            raise

    def put(self, place: int, answer: UnderWay) -> None:
        """Note an answer of a place, in the slot that it has or gets."""
        if place not in self._taken:
            self._taken[place] = self._free.pop()
        with suppress(OSError):  # then nothing else can be written, and that is told
            self._write(self._taken[place], answer)

    def clear(self, place: int, *, keep: bool = False) -> None:
        """Note that the answer of a place is no more under way.

        Args:
            place: That of its row.
            keep: Whether it may be there all the same: then, while there is room, it is left to a
                later run.
        """
        slot = self._taken.pop(place)
        if keep and len(self._free) >= self._room:
            self._kept = True
        else:
            self.free(slot)

    def free(self, slot: int) -> None:
        """Note that what was left in a slot is settled."""
        self.left.pop(slot, None)
        self._write(slot, None)
        self._free.append(slot)

    def close(self) -> None:
        """Give the answers free; where nothing is under way the file goes, too."""
        empty = not (self.left or self._taken or self._kept)
        if empty and sys.platform != "win32":
            self._path.unlink(missing_ok=True)  # while it is held, or it could be another's
        os.close(self._file)
        if empty and sys.platform == "win32":
            with suppress(OSError):  # somebody has opened it since
                self._path.unlink(missing_ok=True)

    def _read(self) -> dict[int, UnderWay]:
        left: dict[int, UnderWay] = {}
        for slot, line in enumerate(_slots(self._file)):
            with suppress(ValueError, TypeError):
                if slot and (noted := json.loads(line)):
                    left[slot] = UnderWay(*noted)
        return left

    def _write(self, slot: int, value: Any) -> None:  # noqa: ANN401 - whatever is JSON
        text = "" if value is None else json.dumps(value)
        if len(text) >= _SLOT:
            return  # the id of a conversation that no service gives
        os.lseek(self._file, slot * _SLOT, os.SEEK_SET)
        os.write(self._file, f"{text:<{_SLOT - 1}}\n".encode())


def _slots(file: int) -> list[bytes]:
    os.lseek(file, 0, os.SEEK_SET)
    found: list[bytes] = []
    while slot := os.read(file, _SLOT):
        found.append(slot)
    return found


def _held(path: Path) -> int:
    """Open and hold the file.

    Raises:
        UsageError: Another process holds it.
        OSError: It cannot be opened.
    """
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _hold(file)
        except (BlockingIOError, PermissionError):  # the latter on Windows
            pid = _pid(file)
            os.close(file)
            raise UsageError(
                f"{path.with_suffix('')} is being written by process {pid}. Wait for its end, or "
                "name another file as --output."
            ) from None
        # Another process may have ended, and have deleted it, since it was opened.
        with suppress(OSError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)


def _hold(file: int) -> None:
    """Lock a file, as long as it is open in this process.

    Raises:
        OSError: Another process has done so.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _pid(file: int) -> str:
    with suppress(OSError, ValueError, TypeError, KeyError, IndexError):
        return str(json.loads(_slots(file)[0])["pid"])
    return "that does not say its number"
