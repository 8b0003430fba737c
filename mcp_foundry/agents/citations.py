"""The text of an answer and its citations, kept in step.

The service puts markers such as `【4:0†source】` into the text and names their places in
annotations. Markers become `[1]`, `[2]`, … (the same source, the same number), in a stream as in
the whole, and `start` and `end` of a citation are places in the text that the caller gets.
"""

from __future__ import annotations

import re
from typing import Any

from mcp_foundry.agents.made_files import MadeFiles
from mcp_foundry.agents.relinking import relinked
from mcp_foundry.contract.answers import Citation
from mcp_foundry.contract.json import count_in, object_in, objects_in, text_in

# The dagger tells a marker from the same brackets in Chinese and Japanese prose.
_MARKER = re.compile("【[^【】\n]{0,60}†[^【】\n]{0,60}】")
_MARKER_MAY_FOLLOW = re.compile(r"【[^【】\n]{0,122}\Z")
# What an agent made; a `file_citation` is a source that it read.
_OF_FILES = frozenset({"container_file_citation", "file_path"})
# As long as a marker such as `【4:0†source】` is, with up to two digits in either number.
_MARKER_LENGTHS = range(12, 15)


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
    """Builds the text of an answer from the parts of its messages, and its citations with it.

    Attributes:
        sound: Whether everything could be read; if not, the service may have more to say.
        files: What was made.
        unseen: What was made and cannot be had: its kind, and its size.
    """

    def __init__(self) -> None:
        self.text = ""
        self.citations: list[Citation] = []
        self.files = MadeFiles()
        self.unseen: list[str] = []
        self.refused = False
        self.sound = True
        self._numbers = MarkerNumbers()
        self._apart = False

    def begin_message(self) -> None:
        """Separate what follows from the message before it; an empty message leaves no trace."""
        self._apart = bool(self.text)

    def add(self, raw: object, annotations: object = None) -> None:
        """Append one part of a message as the service sent it."""
        if not isinstance(raw, str):
            self.sound = False
            return
        if raw and self._apart:
            self.text += "\n\n"
            self._apart = False
        places = _Places(raw, self._numbers, len(self.text))
        before = len(self.text)
        self.text += places.text
        for each in objects_in(annotations):
            self._cite(each, places, before)

    def add_refusal(self, said: object) -> None:
        """Append the words with which the agent refuses."""
        self.refused = True
        self.add(said)

    def _cite(self, annotation: dict[str, Any], places: _Places, before: int) -> None:
        kind = text_in(annotation.get("type"))
        # Some services nest the details under the kind's own name.
        detail = object_in(annotation.get(kind)) or annotation
        cited = _citation(annotation, detail, places)
        if kind in _OF_FILES:
            here = cited.start == cited.end == before  # the service's 0-0
            if self.files.cite(detail, self.text, cited.start, cited.end) and here:
                return
        self.citations.append(cited)

    def settle(self) -> None:
        """Put addresses that can be used in the place of those of a sandbox."""
        links = self.files.links(self.text)
        self.text, self.citations = relinked(self.text, self.citations, links)

    def add_unseen(self, kind: str, encoded: object) -> None:
        """Note what cannot be shown: what it is, and its size from its base64 or its JSON."""
        size = len(encoded) * 3 // 4 if isinstance(encoded, str) else 0
        self.unseen.append(f"{kind} ({size:,} bytes)" if size else kind)

    def told(self, otherwise: str) -> str:
        """Return the text, and behind it what else there is.

        Args:
            otherwise: What stands for an answer that has nothing to show.
        """
        notes = [f"[Not shown: {', '.join(self.unseen)}.]"] if self.unseen else []
        if not (self.text or notes) and (made := self.files.listed):
            return f"[The agent made {', '.join(file.name for file in made)}, and wrote nothing.]"
        if not (self.text or notes or self.citations):
            return otherwise
        return "\n\n".join(filter(None, (self.text, *notes)))


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


def _citation(annotation: dict[str, Any], detail: dict[str, Any], places: _Places) -> Citation:
    start, end = _raw_span(annotation, places.raw)
    span = places.span(start, end) if start is not None and end is not None else (None, None)
    return Citation(
        title=text_in(detail.get("title")),
        url=text_in(detail.get("url")),
        file_id=text_in(detail.get("file_id")),
        filename=text_in(detail.get("filename")),
        quote=text_in(detail.get("quote")),
        start=span[0],
        end=span[1],
    )


def _raw_span(annotation: dict[str, Any], raw: str) -> tuple[int | None, int | None]:
    start, end = count_in(annotation.get("start_index")), count_in(annotation.get("end_index"))
    if start is None and annotation.get("type") == "file_citation":
        # A single place; the `index` of a `file_path` counts files instead.
        start = end = count_in(annotation.get("index"))
    marker = text_in(annotation.get("text"))
    if marker and (start is None or raw[start:end] != marker):
        # The marker is the truth: the indices count in units that differ between services.
        found = [match.start() for match in re.finditer(re.escape(marker), raw)]
        if not found:
            return None, None
        start = min(found, key=lambda place: abs(place - (start or 0)))
        end = start + len(marker)
    elif start is not None and (end is None or end < start or _is_cut_out(raw, start, end)):
        end = start
    return start, end


def _is_cut_out(raw: str, start: int, end: int) -> bool:
    """Whether a span is that of a marker which is no longer in the text.

    Azure AI Search (seen in 2026) takes its markers out and leaves the spans as long as they were,
    over words that cite nothing: `start` is a place then, and `end` is not.
    """
    return end - start in _MARKER_LENGTHS and not any(sign in raw[start:end] for sign in "【】†")
