"""Harm that a stream may come to between a service's model and us, and still be made good.

Harm replaces a value by one of another type, for that is seen; a text by another text is a lie.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import strategies as st

from mcp_foundry.contract.json import object_in
from tests.rigs.replayed_service import LAST_CHUNK, Event, RecordedRun, as_bytes, as_chunk

Path = tuple[str | int, ...]
DEEP: Any = "deep"  # stands for 5,000 lists in one another, which no encoder writes
ODD: tuple[Any, ...] = (None, 1.5, 7, "odd", True, [], {}, [None], DEEP)
BROKEN_CHUNK = b"zz\r\nbroken\r\n"
ERROR = ("error", {"type": "error", "code": "server_error", "message": "It broke."})


@dataclass(frozen=True)
class Harmed:
    """A stream that came to harm.

    Attributes:
        how: What was done, for who reads of a failure.
        wire: Its bytes, from the first chunk on.
        resumable: Whether its service lets it be read again.
    """

    how: tuple[str, ...]
    wire: bytes
    resumable: bool


@st.composite
def harmed(draw: st.DrawFn, run: RecordedRun) -> Harmed:
    """Streams of a run that came to harm once, twice or three times."""
    stream = list(run.events)
    how = [_harm_event(draw, stream) for _ in range(draw(st.integers(1, 3)))]
    raw = b"".join(map(as_bytes, stream)).replace(b'"deep"', b"[" * 5000 + b"]" * 5000)
    wire = _harm_bytes(draw, raw, how)
    return Harmed(tuple(how), wire, draw(st.booleans()) and not run.classic)


def _harm_event(draw: st.DrawFn, stream: list[Event]) -> str:
    harm = draw(st.sampled_from(("field", "drop", "twice", "name", "error", "junk", "comment")))
    at = draw(st.integers(0, len(stream) - 1))
    name, data = stream[at]
    fields = object_in(data)
    if harm == "field" and fields:
        changed, how = _harm_field(draw, fields)
        stream[at] = name, changed
        return f"{at} {name}: {how}"
    if harm == "drop" and len(stream) > 1:
        del stream[at]
    elif harm == "twice":
        stream.insert(at, stream[at])
    elif harm == "name":
        stream[at] = draw(st.sampled_from(("response.odd", "thread.odd", "ping"))), data
    elif harm == "error":
        stream.insert(at, ERROR)
    elif harm == "junk":
        stream[at] = name, '{"half'
    elif harm == "comment":
        stream.insert(at, ("\n: a comment\n\nevent: " + name, data))
        del stream[at + 1]
    return f"{at} {name}: {harm}"


def _harm_field(draw: st.DrawFn, data: dict[str, Any]) -> tuple[dict[str, Any], str]:
    changed = deepcopy(data)
    path = draw(st.sampled_from(_paths(changed)))
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    odd = draw(st.sampled_from(ODD))
    was: Any = place[path[-1]]
    if type(odd) is type(was) or odd is was:
        # Of the same type it would be a lie; left out, it is harm.
        del place[path[-1]]
        return changed, f"{path} left out"
    place[path[-1]] = odd
    return changed, f"{path} = {odd!r}"


def _paths(value: object, path: Path = ()) -> list[Path]:
    found: list[Path] = [path] if path else []
    if isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            found += _paths(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[object]", value)):
            found += _paths(each, (*path, index))
    return found


def _harm_bytes(draw: st.DrawFn, raw: bytes, how: list[str]) -> bytes:
    harm = draw(st.sampled_from(("none", "none", "pieces", "cut", "broken chunk", "no UTF-8")))
    at = draw(st.integers(0, len(raw)))
    how.append(f"{harm} at {at} of {len(raw)}")
    if harm == "cut":
        return as_chunk(raw[:at])
    if harm == "broken chunk":
        return as_chunk(raw[:at]) + BROKEN_CHUNK
    if harm == "no UTF-8":
        return as_chunk(raw[:at] + b"\xff" + raw[at:]) + LAST_CHUNK
    size = draw(st.sampled_from((7, 100, 4096))) if harm == "pieces" else len(raw) or 1
    pieces = (raw[start : start + size] for start in range(0, len(raw), size))
    return b"".join(map(as_chunk, pieces)) + LAST_CHUNK


def without_mark(answer: dict[str, Any]) -> str:
    """What of an answer has to be the same, however it came."""
    kept = {key: answer.get(key) for key in ("status", "text", "pending")}
    # A hosted agent's name may stand before it, where it is known.
    kept["answer_id"] = str(answer.get("answer_id")).rpartition("/")[2]
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)
