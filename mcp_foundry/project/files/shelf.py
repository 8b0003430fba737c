"""Files that were brought, kept for a while: so many bytes, so many seconds, the oldest out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from mcp_foundry.project.files.contents import Contents


class Shelf:
    """Keeps them, by whose they are and their addresses: one for all, so that memory is bounded.

    Args:
        most: Bytes, in all.
        seconds: How long each.
        begin: Starts what gives memory back when the time is over.
    """

    def __init__(
        self,
        most: int,
        seconds: float,
        begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._begin = begin
        self._kept: OrderedDict[tuple[str, str], tuple[float, Contents]] = OrderedDict()
        self._sweeping = False

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return sum(len(contents.data) for _, contents in self._kept.values())

    def find(self, owner: str, uri: str) -> Contents | None:
        """Return a file that is here."""
        found = self._kept.get((owner, uri))
        return found[1] if found else None

    def put(self, owner: str, uri: str, contents: Contents) -> None:
        """Keep a file; one that does not fit alone is not kept."""
        self._kept.pop((owner, uri), None)
        if len(contents.data) > self._most:
            return
        self._kept[owner, uri] = anyio.current_time() + self._seconds, contents
        while self.size > self._most:
            self._kept.popitem(last=False)
        if not self._sweeping:
            self._sweeping = True
            self._begin(self._sweep)

    async def _sweep(self) -> None:
        while self._kept:
            ends, _ = next(iter(self._kept.values()))
            if (left := ends - anyio.current_time()) > 0:
                await anyio.sleep(left)
            else:
                self._kept.popitem(last=False)
        self._sweeping = False


class OwnShelf:
    """What one caller has on the shelf that all share.

    Args:
        shelf: That one.
        owner: Whose.
    """

    def __init__(self, shelf: Shelf, owner: str) -> None:
        self._shelf = shelf
        self._owner = owner

    @property
    def size(self) -> int:
        """How many bytes are kept, of all."""
        return self._shelf.size

    def find(self, uri: str) -> Contents | None:
        """Return a file that is here."""
        return self._shelf.find(self._owner, uri)

    def put(self, uri: str, contents: Contents) -> None:
        """Keep a file; one that does not fit alone is not kept."""
        self._shelf.put(self._owner, uri, contents)
