"""The text of a file, and the pieces in which it is searched."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from mcp_foundry.emulator.wire.values import CHARACTERS_PER_TOKEN

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from zipfile import ZipFile, ZipInfo

# The longest text is that of 5,000,000 tokens, which is what a file of a store may have.
LONGEST = 5_000_000 * CHARACTERS_PER_TOKEN
# Office files are zips of XML; in these parts of them is what a reader sees.
OFFICE = {
    "docx": re.compile(r"word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml"),
    "pptx": re.compile(r"ppt/(slides|notesSlides)/\w+\.xml"),
}
# No library that is here can read these: they are found by their names alone.
CLOSED = ("pdf", "doc")
# A paragraph begins with one of these, or a line; a text stands in a `t`.
BREAKS = frozenset({"p", "br"})
BYTE_ORDER = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class TooLong(Exception):  # noqa: N818 - it says what the text is
    """The text has more tokens than a file of a store may have."""


def text_of(name: str, data: bytes) -> str:
    """Return the text of a file, empty where it cannot be read here.

    Raises:
        TooLong: It has too many tokens.
    """
    ending = name.rpartition(".")[2].lower()
    if ending in CLOSED:
        return ""
    if ending in OFFICE:
        return "".join(_office(ending, data)).strip()
    if len(data) > 4 * LONGEST:
        raise TooLong
    text = data.decode(BYTE_ORDER.get(data[:2], "utf-8-sig"), "replace")
    if len(text) > LONGEST:
        raise TooLong
    return text


def _office(ending: str, data: bytes) -> Iterator[str]:
    import zipfile
    from xml.etree import ElementTree as ET

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for part in _parts(ending, archive):
                raw = archive.read(part)
                # Entities can grow without end, and no office program writes a definition.
                if b"<!DOCTYPE" not in raw:
                    yield from _words(ET.fromstring(raw))  # noqa: S314 - without definitions
    except TooLong:
        raise
    except Exception:  # noqa: BLE001 - zips and XML can be broken in more ways than are listed
        return  # cut short, damaged, encrypted, or written in a way of its own: found by its name


def _parts(ending: str, archive: "ZipFile") -> "list[ZipInfo]":
    found = [each for each in archive.infolist() if OFFICE[ending].fullmatch(each.filename)]
    # A small zip can hold a great deal: what it says of itself is believed, since the reader stops
    # there.
    if sum(each.file_size for each in found) > 4 * LONGEST:
        raise TooLong
    return sorted(found, key=lambda each: (len(each.filename), each.filename))


def _words(root: "Element") -> Iterator[str]:
    for node in root.iter():
        kind = node.tag.rpartition("}")[2]
        if kind in BREAKS:
            yield "\n"
        elif kind == "t" and node.text:
            yield node.text


def split(text: str, size: int, overlap: int) -> Iterator[str]:
    """Yield the pieces of a text, each with the end of the one before.

    Args:
        text: The text.
        size: How many tokens a piece has at most.
        overlap: How many of them are those of the piece before.
    """
    length, step = size * CHARACTERS_PER_TOKEN, (size - overlap) * CHARACTERS_PER_TOKEN
    start = 0
    while True:
        end = _word_end(text, start + length) if start + length < len(text) else len(text)
        if piece := text[start:end].strip():
            yield piece
        if end >= len(text):
            return
        start = min(end, _word_end(text, start + step))


def _word_end(text: str, place: int) -> int:
    """The end of the word at a place, unless that is far away."""
    found = re.compile(r"\s").search(text, place, place + 100)
    return found.start() if found else place
