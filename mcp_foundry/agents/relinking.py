"""Other addresses in a text, with the places of its citations kept in step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.contract.answers import Citation

# From where to where of a text, and what is to stand there.
Link = tuple[int, int, str]


def relinked(
    text: str, citations: Sequence[Citation], links: Sequence[Link]
) -> tuple[str, list[Citation]]:
    """Return a text with these links in it, and the citations where they then are.

    Args:
        text: What was written.
        citations: Their `start` and `end` are places in it.
        links: In any order; of two that overlap, the earlier counts.
    """
    pieces: list[str] = []
    moved: list[tuple[int, int, int, int]] = []
    at = length = 0
    for start, end, address in sorted(links):
        if start < at:
            continue
        pieces += text[at:start], address
        length += start - at
        moved.append((start, end, length, length + len(address)))
        length, at = length + len(address), end
    if not moved:
        return text, list(citations)
    return "".join((*pieces, text[at:])), [_moved(each, moved) for each in citations]


def _moved(citation: Citation, moved: list[tuple[int, int, int, int]]) -> Citation:
    if citation.start is None or citation.end is None:
        return citation
    start, end = _place(citation.start, moved, 0), _place(citation.end, moved, 1)
    return citation.model_copy(update={"start": start, "end": max(start, end)})


def _place(place: int, moved: list[tuple[int, int, int, int]], side: int) -> int:
    shift = 0
    for start, end, *new in moved:
        if place < start or (place == start and side):
            break
        if place < end or (place == end and side):
            return new[side]
        shift = new[1] - end
    return place + shift
