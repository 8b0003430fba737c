"""The text of an answer and its citations, kept in step.

The service puts markers such as `【4:0†source】` into the text and names their places in
annotations. Markers become `[1]`, `[2]`, … (the same source, the same number), in a stream as in
the whole, and `start` and `end` of a citation are places in the text that the caller gets.
"""

from __future__ import annotations

import re
from typing import Any

from mcp_foundry.contract.answers import Citation
from mcp_foundry.contract.json import object_in

# The dagger tells a marker from the same brackets in Chinese and Japanese prose.
_MARKER = re.compile("【[^【】\n]{0,60}†[^【】\n]{0,60}】")
_MARKER_MAY_FOLLOW = re.compile(r"【[^【】\n]{0,122}\Z")


class MarkerNumbers:
    """Numbers markers in text that comes piece by piece; a marker may be cut anywhere."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what of the text so far is certain and was not returned yet."""
        text = self._held + piece
        if "【" not in text:
            self._held = ""
            return text
        unfinished = _MARKER_MAY_FOLLOW.search(text)
        self._held = unfinished[0] if unfinished else ""
        return self.number(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        """Return what was held back: at the end of a message it is no marker."""
        held, self._held = self._held, ""
        return held

    def number(self, text: str) -> str:
        """Return `text` with its whole markers numbered."""
        return _MARKER.sub(self.label, text) if "【" in text else text

    def label(self, marker: re.Match[str]) -> str:
        """Return what stands for `marker`."""
        return f"[{self._numbers.setdefault(marker[0], len(self._numbers) + 1)}]"


class AnswerText:
    """Builds the text of an answer from the parts of its messages, and its citations with it."""

    def __init__(self) -> None:
        self.text = ""
        self.citations: list[Citation] = []
        self._numbers = MarkerNumbers()
        self.refused = False
        self._apart = False

    def begin_message(self) -> None:
        """Separate what follows from the message before it; an empty message leaves no trace."""
        self._apart = bool(self.text)

    def add(self, raw: str, annotations: list[dict[str, Any]]) -> None:
        """Append one part of a message as the service sent it."""
        if raw and self._apart:
            self.text += "\n\n"
            self._apart = False
        places = _Places(raw, self._numbers, len(self.text))
        self.citations += [_citation(annotation, places) for annotation in annotations]
        self.text += places.text

    def add_refusal(self, said: str) -> None:
        """Append the words with which the agent refuses."""
        self.refused = True
        self.add(said, [])

    def add_image(self, file_id: str) -> None:
        """Note an image at the end of the text so far."""
        here = len(self.text)
        self.citations.append(Citation(title="image", file_id=file_id, start=here, end=here))


class _Places:
    """Where places of the raw text lie once its markers are numbered."""

    def __init__(self, raw: str, numbers: MarkerNumbers, offset: int) -> None:
        self.raw = raw
        self._offset = offset
        self._markers: list[tuple[int, int, int, int]] = []
        pieces: list[str] = []
        end = length = 0
        for marker in _MARKER.finditer(raw):
            label = numbers.label(marker)
            pieces += raw[end : marker.start()], label
            length += marker.start() - end
            self._markers.append((*marker.span(), length, length + len(label)))
            length, end = length + len(label), marker.end()
        self.text = "".join((*pieces, raw[end:]))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place of `raw[start:end]` in the numbered text; it covers touched markers."""
        for raw_start, raw_end, *new in self._markers:
            if start == end and raw_start <= start <= raw_end:
                return self._offset + new[0], self._offset + new[1]
        return self._at(start, 0), self._at(end, 1)

    def _at(self, place: int, side: int) -> int:
        shift = 0
        for raw_start, raw_end, start, end in self._markers:
            if place < raw_start or (place == raw_start and side):
                break
            if place < raw_end or (place == raw_end and side):
                return self._offset + (start, end)[side]
            shift = end - raw_end
        return self._offset + min(max(0, place + shift), len(self.text))


def _citation(annotation: dict[str, Any], places: _Places) -> Citation:
    # Some services nest the details under the kind's own name.
    detail = object_in(annotation.get(str(annotation.get("type")))) or annotation
    start, end = _raw_span(annotation, places.raw)
    span = places.span(start, end) if start is not None and end is not None else (None, None)
    return Citation(
        title=str(detail.get("title") or ""),
        url=str(detail.get("url") or ""),
        file_id=str(detail.get("file_id") or ""),
        filename=str(detail.get("filename") or ""),
        quote=str(detail.get("quote") or ""),
        start=span[0],
        end=span[1],
    )


def _raw_span(annotation: dict[str, Any], raw: str) -> tuple[int | None, int | None]:
    start, end = annotation.get("start_index"), annotation.get("end_index")
    if start is None and annotation.get("type") == "file_citation":
        # A single place; the `index` of a `file_path` counts files instead.
        start = end = annotation.get("index")
    marker = str(annotation.get("text") or "")
    if marker and (start is None or raw[start:end] != marker):
        # The marker is the truth: the indices count in units that differ between services.
        found = [match.start() for match in re.finditer(re.escape(marker), raw)]
        if not found:
            return None, None
        start = min(found, key=lambda place: abs(place - (start or 0)))
        end = start + len(marker)
    return start, end
