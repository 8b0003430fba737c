"""Things of one kind by their id, in the order in which they came."""

from collections.abc import Iterator, MutableMapping, ValuesView
from itertools import dropwhile, islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Table(MutableMapping[str, T], Generic[T]):
    """Things of one kind by their id, in memory.

    What is read from it may be changed in place.

    Args:
        most: So many are kept, then the oldest is forgotten; 0 for all.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._here: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        return self._here[key]

    def __setitem__(self, key: str, value: T) -> None:
        self._here[key] = value
        if self._most and len(self._here) > self._most:
            del self._here[next(iter(self._here))]

    def __delitem__(self, key: str) -> None:
        del self._here[key]

    def __contains__(self, key: object) -> bool:
        return key in self._here

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[str]:
        return iter(self._here)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._here)

    def values(self) -> "Values[T]":
        """All of them, oldest first; to be read only."""
        return Values(self)

    def exceeds(self, most: int) -> bool:
        """Whether there are more than memory should hold."""
        return len(self._here) > most

    def walk(
        self, *, newest_first: bool = False, after: str = "", mentioning: str = ""
    ) -> Iterator[T]:
        """Yield them one by one, to be read only.

        Args:
            newest_first: Whether the newest comes first.
            after: Begin behind the one of that id, where there is one.
            mentioning: Those that do not hold this text may be left out.
        """
        del mentioning  # to look for it here would cost more than it saves
        keys = reversed(self._here) if newest_first else iter(self._here)
        if after in self._here:
            keys = islice(dropwhile(lambda key: key != after, keys), 1, None)
        return (self._here[key] for key in keys)


class Values(ValuesView[T]):
    """All things of a table, oldest first or, reversed, newest first."""

    def __init__(self, table: Table[T]) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[T]:
        return self._table.walk()

    def __reversed__(self) -> Iterator[T]:
        return self._table.walk(newest_first=True)
