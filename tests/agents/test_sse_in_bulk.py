"""Events of which a stream is full may come in one piece; nothing may be lost in it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_foundry.agents.sse import EventCutter, event_of

TOKEN = b"event: token\ndata: {}\n\n"
# What a service, or a proxy before it, may put among the tokens.
OTHERS = (
    b"event: done\ndata: 1\n\n",
    b"data: unnamed\n\n",
    b": keep-alive\n\n",
    b"id: 7\n",
    b"\n",
    b"event: token\ndata: 1\ndata: 2\n\n",
)
STREAMS = st.lists(st.sampled_from((TOKEN, TOKEN, TOKEN, *OTHERS)), max_size=12).map(b"".join)


def cut(stream: bytes, size: int, bulk: bytes) -> list[bytes]:
    """The stream's pieces, from chunks of `size` bytes."""
    cutter = EventCutter(bulk)
    chunks = (stream[at : at + size] for at in range(0, len(stream), size))
    return [piece for chunk in chunks for piece in cutter.feed(chunk)]


def test_a_chunk_of_tokens_alone_is_one_piece() -> None:
    assert len(cut(TOKEN * 5, 10_000, b"token")) == 1


@settings(deadline=None)
@given(STREAMS, st.integers(1, 200))
def test_a_piece_of_several_events_holds_tokens_and_nothing_else(stream: bytes, size: int) -> None:
    for piece in cut(stream, size, b"token"):
        if b"\n\n" in piece:
            assert {event_of(lines).name for lines in piece.split(b"\n\n")} == {b"token"}


@settings(deadline=None)
@given(STREAMS, st.integers(1, 200))
def test_the_events_are_the_same_as_without_bulk(stream: bytes, size: int) -> None:
    pieces = cut(stream, size, b"token")
    events = [event_of(lines) for piece in pieces for lines in piece.split(b"\n\n")]
    alone = [event_of(lines) for lines in cut(stream, size, b"")]
    assert [e for e in events if e.data] == [e for e in alone if e.data]
