"""What is kept in case its owner comes back to it: so much, for so many seconds."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _Kept(Generic[T]):
    thing: T
    owner: str
    keys: tuple[str, ...]
    size: int
    ends: float


class Shelf(Generic[T]):
    """Keeps things of one kind for all owners, so that memory is bounded whoever calls.

    Where there is no room for another, the oldest give way of whoever has most.

    Args:
        most: How much, in all.
        seconds: How long each; infinite for as long as there is room.
        begin: Starts what gives memory back when the time is over.

    Attributes:
        most: How much there may be.
        size: How much there is.
    """

    def __init__(
        self,
        most: int,
        seconds: float,
        begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
    ) -> None:
        self.size = 0
        self.most = most
        self._seconds = seconds
        self._begin = begin
        self._named: OrderedDict[tuple[str, str], _Kept[T]] = OrderedDict()
        self._owned: dict[str, OrderedDict[_Kept[T], None]] = {}
        self._sizes: Counter[str] = Counter()
        self._sweeping = False

    def find(self, owner: str, key: str) -> T | None:
        """Return what is here under a name of it."""
        kept = self._named.get((owner, key))
        return kept.thing if kept else None

    def put(self, owner: str, keys: tuple[str, ...], thing: T, size: int) -> None:
        """Keep a thing under its names; one that does not fit alone is not kept."""
        for key in keys:
            self.forget(owner, key)
        if size > self.most:
            return
        self._sizes[owner] += size
        self.size += size
        while self.size > self.most:
            has_most = max(self._owned, key=self._sizes.__getitem__)
            self._drop(next(iter(self._owned[has_most])))
        kept = _Kept(thing, owner, keys, size, anyio.current_time() + self._seconds)
        for key in keys:
            self._named[owner, key] = kept
        self._owned.setdefault(owner, OrderedDict())[kept] = None
        if not self._sweeping and self._seconds < inf:
            self._sweeping = True
            self._begin(self._sweep)

    def forget(self, owner: str, key: str) -> None:
        """Keep a thing no more."""
        if kept := self._named.get((owner, key)):
            self._drop(kept)

    def _drop(self, kept: _Kept[T]) -> None:
        for key in kept.keys:
            del self._named[kept.owner, key]
        self.size -= kept.size
        self._sizes[kept.owner] -= kept.size
        del self._owned[kept.owner][kept]
        if not self._owned[kept.owner]:
            del self._owned[kept.owner]
        if not self._sizes[kept.owner]:
            del self._sizes[kept.owner]

    async def _sweep(self) -> None:
        while self._named:
            oldest = next(iter(self._named.values()))
            if (left := oldest.ends - anyio.current_time()) > 0:
                del oldest  # which may be dropped meanwhile
                await anyio.sleep(left)
            else:
                self._drop(oldest)
        self._sweeping = False


class OwnShelf(Generic[T]):
    """What one caller has on the shelf that all share.

    Args:
        shelf: That one.
        owner: Whose.
    """

    def __init__(self, shelf: Shelf[T], owner: str) -> None:
        self._shelf = shelf
        self._owner = owner

    @property
    def most(self) -> int:
        """How much may be kept, of all."""
        return self._shelf.most

    @property
    def size(self) -> int:
        """How much is kept, of all."""
        return self._shelf.size

    def find(self, key: str) -> T | None:
        """Return what is here under a name of it."""
        return self._shelf.find(self._owner, key)

    def put(self, key: str, thing: T, size: int = 1, *, alias: str = "") -> None:
        """Keep a thing, which may have another name; one that does not fit alone is not kept."""
        keys = (key,) if alias in {"", key} else (key, alias)
        self._shelf.put(self._owner, keys, thing, size)

    def forget(self, key: str) -> None:
        """Keep a thing no more."""
        self._shelf.forget(self._owner, key)
