"""Things of one kind of which a part is in memory, and all on disk."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from mcp_foundry.emulator.store.codecs import Codec
from mcp_foundry.emulator.store.database import Database
from mcp_foundry.emulator.store.rows import Rows, Stamps
from mcp_foundry.emulator.store.table import Table

T = TypeVar("T")
# Of a kind so many stay in memory. More than the responses that can be streamed again, or those
# would be forgotten too early.
CACHED = 128


class Shelf(Table[T], Generic[T]):
    """A table of which a part is in memory, and all of it on disk as soon as it is saved.

    Args:
        database: The data file.
        name: The table in it.
        codec: How its things are written down.
    """

    def __init__(self, database: Database, name: str, codec: Codec[T]) -> None:
        super().__init__()
        self._codec = codec
        self._rows = Rows(database, name, codec.split)
        # What was read or written since it was saved: things are changed in place.
        self._touched: dict[str, None] = {}
        self._new: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._in_use: set[str] = set()
        # What is on disk of the things in memory, and what is about to be.
        self._saved: dict[str, Stamps] = {}
        self._saving: dict[str, Stamps] = {}
        database.keep(self)

    def __getitem__(self, key: str) -> T:
        record = self._find(key)
        self._touched[key] = None
        return record

    def _find(self, key: str) -> T:
        if key in self._here:
            # The one that was used last stands last.
            record = self._here[key] = self._here.pop(key)
            return record
        written = None if key in self._gone else self._rows.load(key)
        if written is None:
            raise KeyError(key)
        self._saved[key] = self._rows.stamps(written)
        record = self._here[key] = self._codec.make(written)
        self._codec.resume(record)
        return record

    def __setitem__(self, key: str, value: T) -> None:
        if key not in self:
            self._new[key] = None
        elif key not in self._here:
            self._find(key)  # so that it is known what is on disk
        self._here[key] = value
        self._touched[key] = None

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        if key in self._new:
            del self._new[key]
        else:
            self._gone[key] = None
        self._drop(key)
        self._touched.pop(key, None)
        self._in_use.discard(key)

    def _drop(self, key: str) -> None:
        self._here.pop(key, None)
        self._saved.pop(key, None)

    def __contains__(self, key: object) -> bool:
        if key in self._here:
            return True
        return isinstance(key, str) and key not in self._gone and key in self._rows

    def __len__(self) -> int:
        return len(self._rows) - len(self._gone) + len(self._new)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._all(keys_only=True))

    def __reversed__(self) -> Iterator[str]:
        return (key for key, _ in self._all(newest_first=True, keys_only=True))

    def exceeds(self, most: int) -> bool:
        """See `Table`; a disk holds as many as there are."""
        del most
        return False

    def clear(self) -> None:
        """Forget all."""
        for key in list(self):
            del self[key]

    def walk(
        self, *, newest_first: bool = False, after: str = "", mentioning: str = ""
    ) -> Iterator[T]:
        """See `Table`; what is not in memory is not kept there, and not saved."""
        for key, body in self._all(newest_first, after, mentioning):
            if key in self._here:
                yield self._here[key]
            elif body:
                record = self._codec.make(self._rows.whole(key, body))
                # Of one on which work goes on there may be only one.
                yield self[key] if self._codec.in_use(record) else record

    def _all(
        self,
        newest_first: bool = False,
        after: str = "",
        mentioning: str = "",
        *,
        keys_only: bool = False,
    ) -> Iterator[tuple[str, str]]:
        """The keys and rows of all; what is not saved yet has none, and is the newest."""
        new = [*reversed(self._new)] if newest_first else [*self._new]
        begins_new, begins_old = after in self._new, after not in self._new and after in self
        if begins_new:
            new = new[new.index(after) + 1 :]
        if newest_first and not begins_old:
            yield from ((key, "") for key in new)
        if newest_first or not begins_new:
            for key, body in self._rows.walk(
                newest_first=newest_first, after=after, mentioning=mentioning, keys_only=keys_only
            ):
                if key not in self._gone:
                    yield key, body
        if not newest_first:
            yield from ((key, "") for key in new)

    def write(self) -> bool:
        """Put what has changed into the transaction; whether that may be anything."""
        over = [key for key in self._in_use if not self._codec.in_use(self._here[key])]
        if not (self._touched or self._gone or over):
            return False
        for key in self._gone:
            self._rows.delete(key)
            self._codec.forget(key)
        self._saving.clear()
        # What is new in its order, whatever was touched first.
        for key in dict.fromkeys([*self._new, *self._touched, *over]):
            written = self._codec.write(self._here[key])
            self._saving[key] = self._rows.save(key, written, self._saved.get(key, {}))
        return True

    def settle(self) -> None:
        """Note that all is saved, and let go of what was not used for long."""
        self._saved.update(self._saving)
        for key in self._saving:
            if self._codec.in_use(self._here[key]):
                self._in_use.add(key)
            else:
                self._in_use.discard(key)
        for done in (self._saving, self._touched, self._new, self._gone):
            done.clear()
        kept = CACHED if self._codec.stays else 0
        for key in list(self._here)[: max(0, len(self._here) - kept)]:
            if key not in self._in_use:
                self._drop(key)
