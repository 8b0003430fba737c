"""The files that an answer tells of: cited, linked or drawn."""

from __future__ import annotations

import re
from posixpath import basename
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mcp_foundry.contract.files import Address, File
from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp_foundry.agents.relinking import Link
    from mcp_foundry.contract.json import Json

_FOLDER = "/mnt/data/"
_SANDBOX = "sandbox:"
# Between the brackets of a link a name may hold spaces; elsewhere nothing tells where it ends.
_LINK = re.compile(
    r"sandbox:/mnt/data/(?:(?<=\(sandbox:/mnt/data/)[^)\n]+|[^\s)\]>\"'`]*[^\s)\]>\"'`.,;:])"
)
_FORMATS = frozenset({"png", "jpeg", "webp", "gif"})


# Where an address of the sandbox begins, or may be about to.
_BEGINS = re.compile(r"(?<![A-Za-z])(?:sandbox:|s(?:a(?:n(?:d(?:b(?:o(?:x)?)?)?)?)?)?\Z)")


def before_links(text: str) -> str:
    """Return what of a text that still grows will stand: addresses are settled once it is whole."""
    found = _BEGINS.search(text)
    return text[: found.start()] if found else text


class MadeFiles:
    """Collects them, each once.

    Attributes:
        container: Where code ran last; what a text links to without a citation is there.
    """

    def __init__(self) -> None:
        self.container = ""
        self._named: dict[tuple[str, str], File] = {}
        # A figure that the interpreter showed by itself is most often a saved file once more.
        self._figures: dict[tuple[str, str], File] = {}
        self._links: list[Link] = []
        # Files of the project that were cited without a place: their links stand in this order.
        self._unplaced: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._named or self._figures)

    @property
    def listed(self) -> list[File]:
        """All of them, those with a name of their own first."""
        return [*self._named.values(), *self._figures.values()]

    def cite(self, detail: Json, text: str, start: int | None, end: int | None) -> bool:
        """Take a citation of a file, and tell whether its place is none in the text.

        Args:
            detail: What the annotation says.
            text: The answer's text so far.
            start: Where it stands there.
            end: Up to where.
        """
        container, identifier = text_in(detail.get("container_id")), text_in(detail.get("file_id"))
        if not identifier:
            return False
        linked = text[start:end] if start is not None else ""
        linked = linked if linked.startswith(_SANDBOX) else ""
        told = text_in(detail.get("filename")) or unquote(linked.rpartition("/")[2])
        name = basename(told.replace("\\", "/")) or identifier
        if container:
            address = Address("container", container, identifier, name)
        else:
            address = Address("upload", identifier, "", name)
        figure = start == end and name.startswith(identifier)
        self._add(address, figure=figure)
        if linked and start is not None and end is not None:
            self._links.append((start, end, address.uri))
        elif not container and not told:
            self._unplaced.append(identifier)
        return figure

    def show(self, identifier: str) -> None:
        """Take a picture that a message of the classic generation shows."""
        if identifier:
            self._add(Address("upload", identifier, "", f"{identifier}.png"), figure=True)

    def draw(self, answer_id: str, item: Json) -> None:
        """Take a generated picture, which the response itself holds."""
        told = text_in(item.get("output_format")).lower()
        identifier = text_in(item.get("id"))
        name = f"{identifier}.{told if told in _FORMATS else 'png'}"
        address = Address("response", answer_id, identifier, name)
        encoded = text_in(item.get("result"))
        if encoded.startswith("data:"):
            encoded = encoded.partition(",")[2]
        self._named[answer_id, identifier] = File.holding(name, address.uri, encoded)

    def links(self, text: str) -> list[Link]:
        """Return the addresses that are to stand in a text for those of its sandbox."""
        if _SANDBOX not in text:
            return []
        cited = {(start, end) for start, end, _ in self._links}
        return [*self._links, *self._bare_links(text, cited)]

    def _bare_links(self, text: str, cited: set[tuple[int, int]]) -> Iterator[Link]:
        by_link = {text[start:end]: uri for start, end, uri in self._links}
        for found in _LINK.finditer(text):
            if found.span() in cited:
                continue
            uri = by_link.get(found[0], "")
            path = unquote(found[0].partition(_FOLDER)[2])
            if not uri and self._unplaced:
                identifier = self._unplaced.pop(0)
                self._named.pop((identifier, ""), None)
                uri = self._add(Address("upload", identifier, "", basename(path)), figure=False)
            elif not uri and self.container:
                uri = self._add(Address("container", self.container, "", path), figure=False)
            if uri:
                yield *found.span(), uri

    def _add(self, address: Address, *, figure: bool) -> str:
        key = (address.place, address.file or (address.name if address.kind != "upload" else ""))
        if figure and key in self._named:
            return self._named[key].uri
        if not figure:
            self._figures.pop(key, None)
        known = self._figures if figure else self._named
        return known.setdefault(key, File(name=basename(address.name), uri=address.uri)).uri
