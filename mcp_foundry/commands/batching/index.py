"""Which rows are done, and which line of the answers is each one's: on disk, not in memory."""

from __future__ import annotations

import sqlite3
import threading
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mcp_foundry.commands.batching.rows import Id

# Half a megabyte of it is in memory. It is nobody's but this process's, and is gone with it.
_OPENING = """
PRAGMA cache_size = -500;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE rows (
    key BLOB PRIMARY KEY, place INTEGER NOT NULL, done INTEGER NOT NULL, number INTEGER NOT NULL
) WITHOUT ROWID;
BEGIN;
"""
_NOTE = """
INSERT INTO rows VALUES (?, ?, ?, 0)
ON CONFLICT DO UPDATE SET place = excluded.place, done = excluded.done
"""
_TAKE = "INSERT INTO rows VALUES (?, -1, 0, ?) ON CONFLICT DO UPDATE SET number = excluded.number"
_FIND = "SELECT place, done, number FROM rows WHERE key = ?"


COMPLETED, ANSWERED = 1, 2
"""Why a row is not asked: its answer stands there, or has come in this run."""


class Known(NamedTuple):
    """What is known of an id.

    Attributes:
        place: Where its newest line begins in the answers; -1 where it has none.
        done: Whether it is not to be asked, and why.
        number: Which row of the questions has it; 0 where none had yet.
    """

    place: int = -1
    done: int = 0
    number: int = 0


class Index:
    """What is known of each id, for the thread that reads rows and the one that writes answers.

    A million of them take 60 MB of the folder for temporary files.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_OPENING)
        self._lock = threading.Lock()

    def note(self, identifier: Id, place: int, done: int) -> None:
        """Note the newest line of an id."""
        with self._lock:
            self._database.execute(_NOTE, (_key(identifier), place, done))

    def take(self, identifier: Id, number: int) -> Known:
        """Note that a row has this id, the first one that has; return what was known of it."""
        known = self.find(identifier)
        if not known.number:
            with self._lock:
                self._database.execute(_TAKE, (_key(identifier), number))
        return known

    def find(self, identifier: Id) -> Known:
        """Return what is known of an id."""
        with self._lock:
            found = self._database.execute(_FIND, (_key(identifier),)).fetchone()
        return Known(*found) if found else Known()

    def count(self) -> int:
        """Count the ids that have a line."""
        with self._lock:
            found = self._database.execute("SELECT count(*) FROM rows WHERE place >= 0").fetchone()
        return int(found[0])

    def close(self) -> None:
        """Forget all."""
        self._database.close()


def _key(identifier: Id) -> bytes:
    return blake2b(str(identifier).encode(errors="surrogatepass"), digest_size=16).digest()
