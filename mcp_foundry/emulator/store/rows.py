"""One kind of things in the data file: a row for each, and one for each entry of what can grow."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_foundry.emulator.store.codecs import Stamp, whole
from mcp_foundry.emulator.store.database import Database
from mcp_foundry.emulator.wire.values import Json

# So many are read at once where all are walked through.
PAGE = 100
# The part that a thing itself is; the others are named for their field and their place in it.
HEAD = ""

Stamps = dict[str, object]
"""What was saved of a thing, as stamps by part."""


class Rows:
    """The rows of one kind of things, by key, in the order in which they came.

    Args:
        database: The data file.
        name: The kind.
        split: The fields whose entries have rows of their own.
    """

    def __init__(self, database: Database, name: str, split: Mapping[str, Stamp]) -> None:
        self._database = database
        self._split = split
        self._heads, self._parts = name, f"{name}_parts"
        number = "number INTEGER PRIMARY KEY, key NOT NULL"
        database.write(
            f"CREATE TABLE IF NOT EXISTS {name} ({number} UNIQUE, body TEXT NOT NULL)",
        )
        if split:
            database.write(
                f"CREATE TABLE IF NOT EXISTS {self._parts} "
                f"({number}, part NOT NULL, body TEXT NOT NULL, UNIQUE (key, part))"
            )

    def __len__(self) -> int:
        ((count,),) = self._database.read(f"SELECT count(*) FROM {self._heads}")  # noqa: S608 - our own name
        return int(count)

    def __contains__(self, key: str) -> bool:
        return self._number(key) > 0

    def _number(self, key: str) -> int:
        sql = f"SELECT number FROM {self._heads} WHERE key = ?"  # noqa: S608 - our own name
        return next((number for (number,) in self._database.read(sql, _stored(key))), 0)

    def load(self, key: str) -> Json | None:
        """What was written down of a thing."""
        sql = f"SELECT body FROM {self._heads} WHERE key = ?"  # noqa: S608 - our own name
        for (body,) in self._database.read(sql, _stored(key)):
            return self.whole(key, body)
        return None

    def whole(self, key: str, body: str) -> Json:
        """What was written down of a thing whose own row is known."""
        written: Json = json.loads(body)
        if self._split:
            sql = f"SELECT part, body FROM {self._parts} WHERE key = ? ORDER BY number"  # noqa: S608 - our own name
            for part, text in self._database.read(sql, _stored(key)):
                field, _, place = _key(part).partition("/")
                if isinstance(written[field], list):
                    written[field].append(json.loads(text))
                else:
                    written[field][place] = json.loads(text)
        return written

    def walk(
        self, *, newest_first: bool, after: str = "", mentioning: str = "", keys_only: bool = False
    ) -> Iterator[tuple[str, str]]:
        """Yield keys and the rows of the things themselves, page by page.

        Args:
            newest_first: Whether the newest comes first.
            after: Begin behind the one of that key, where there is one.
            mentioning: Only those whose row has this text.
            keys_only: Yield empty rows.
        """
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        last = (after and self._number(after)) or (2**62 if newest_first else 0)
        column = "''" if keys_only else "body"
        sql = (
            f"SELECT number, key, {column} FROM {self._heads} WHERE number {beyond} ? "  # noqa: S608 - our own words
            f"AND (? = '' OR instr(body, ?)) ORDER BY number {order} LIMIT {PAGE}"
        )
        # As JSON has it, which escapes some characters.
        text = json.dumps(mentioning)[1:-1]
        while rows := self._database.read(sql, last, text, text):
            for last, stored, body in rows:  # noqa: B007 - read by the next query
                yield _key(stored), body

    def save(self, key: str, written: Json, before: Stamps) -> Stamps:
        """Write down what of a thing has changed since `before`, and return what it is now."""
        now: Stamps = {}
        for part, value, stamp in self._apart(written):
            now[part] = stamp
            if stamp != before.get(part):
                self._put(key, part, json.dumps(value, separators=(",", ":")))
        for part in before.keys() - now.keys():
            sql = f"DELETE FROM {self._parts} WHERE key = ? AND part = ?"  # noqa: S608 - our own name
            self._database.write(sql, _stored(key), _stored(part))
        return now

    def stamps(self, written: Json) -> Stamps:
        """What is on disk of a thing that was just read."""
        return {part: stamp for part, _, stamp in self._apart(written)}

    def _apart(self, written: Json) -> Iterator[tuple[str, Any, object]]:
        """The parts of a thing, each with what it is and its stamp."""
        head = dict(written)
        for field, stamp in self._split.items():
            value: Json | list[Any] = written[field]
            listed = isinstance(value, list)
            head[field] = [] if listed else {}
            for place, entry in enumerate(value) if listed else value.items():
                yield f"{field}/{place}", entry, stamp(entry)
        yield HEAD, head, whole(head)

    def _put(self, key: str, part: str, body: str) -> None:
        if part == HEAD:
            sql = (
                f"INSERT INTO {self._heads} (key, body) VALUES (?, ?) "  # noqa: S608 - our own name
                "ON CONFLICT (key) DO UPDATE SET body = excluded.body"
            )
            self._database.write(sql, _stored(key), body)
        else:
            sql = (
                f"INSERT INTO {self._parts} (key, part, body) VALUES (?, ?, ?) "  # noqa: S608 - our own name
                "ON CONFLICT (key, part) DO UPDATE SET body = excluded.body"
            )
            self._database.write(sql, _stored(key), _stored(part), body)

    def delete(self, key: str) -> None:
        """Delete a thing, with all of its parts."""
        for table in (self._heads, self._parts)[: 2 if self._split else 1]:
            self._database.write(f"DELETE FROM {table} WHERE key = ?", _stored(key))  # noqa: S608 - our own name


def _stored(key: str) -> str | bytes:
    """A key as SQLite takes it: names can hold half a surrogate pair, which is no UTF-8."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return key.encode("utf-8", "surrogatepass")
    return key


def _key(stored: str | bytes) -> str:
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")
