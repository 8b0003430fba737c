"""The decoder of server-sent events, against every cut that a network can make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_foundry.agents.sse import Event, EventCutter, event_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = st.from_regex(rb"[a-z_.]{0,20}", fullmatch=True)
# All that may stand in one line: any bytes, characters of several among them.
LINES = st.one_of(
    st.binary(max_size=40),
    st.text(st.characters(codec="utf-8"), max_size=20).map(str.encode),
).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b""))
EVENTS = st.builds(Event, NAMES, st.lists(LINES, min_size=1, max_size=3).map(b"\n".join)).filter(
    lambda event: bool(event.data)
)
BETWEEN = st.sampled_from(
    [b"", b": keep-alive\n", b":\n", b"id: 7\n", b"retry: 10\n", b"\n", b"x\n"]
)


def written(event: Event) -> bytes:
    """An event as a service writes it."""
    name = b"event: " + event.name + b"\n" if event.name else b""
    return name + b"".join(b"data: " + line + b"\n" for line in event.data.split(b"\n")) + b"\n"


def fed(chunks: Sequence[bytes]) -> list[Event]:
    """What is made of the chunks; what has no data says nothing."""
    cutter = EventCutter()
    events = [event_of(lines) for chunk in chunks for lines in cutter.feed(chunk)]
    return [event for event in events if event.data]


@st.composite
def cut(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    """Bytes in pieces of any size, empty ones among them."""
    places = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


@settings(deadline=None)
@given(st.data(), st.lists(st.tuples(BETWEEN, EVENTS), max_size=5), st.booleans())
def test_events_are_the_same_however_the_stream_is_cut(
    data: st.DataObject, parts: list[tuple[bytes, Event]], crlf: bool
) -> None:
    # What stands between events belongs to the one that follows, as a name would.
    whole = b"".join(between + written(event) for between, event in parts)
    if crlf:
        whole = whole.replace(b"\n", b"\r\n")
    events = [event for _, event in parts]
    assert fed([whole]) == events
    assert fed(data.draw(cut(whole))) == events
    assert fed([whole[at : at + 1] for at in range(len(whole))]) == events


@settings(deadline=None)
@given(st.data(), st.binary(max_size=300))
def test_no_bytes_can_break_it(data: st.DataObject, noise: bytes) -> None:
    assert fed(data.draw(cut(noise))) == fed([noise])


@settings(deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=3), st.integers(1, 40))
def test_an_event_that_was_cut_off_is_no_event(events: list[Event], missing: int) -> None:
    whole = b"".join(written(event) for event in events)
    decoded = fed([whole[: max(0, len(whole) - missing)]])
    assert decoded == events[: len(decoded)]
    assert len(decoded) < len(events)


def test_a_field_may_do_without_its_space() -> None:
    assert fed([b"event:a\ndata:b\n\n"]) == [Event(b"a", b"b")]
    assert fed([b"data:  b\n\n"]) == [Event(b"", b" b")]


def test_a_name_without_data_is_forgotten() -> None:
    assert fed([b"event: a\n\ndata: b\n\n"]) == [Event(b"", b"b")]
