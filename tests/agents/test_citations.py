"""The text of an answer and its citations, in step."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_foundry.agents.citations import AnswerText, MarkerNumbers
from tests.rigs.calling import GENERATIONS, ask

if TYPE_CHECKING:
    from mcp.client import Client

    from tests.conftest import Connect


@pytest.mark.anyio
async def test_the_four_kinds_of_the_current_generation_come_with_their_places(
    client: Client,
) -> None:
    answer = await ask(client, "[say 😄 See] [cite]", "helper")
    text = answer["text"]
    assert text.endswith("Sources: [1] [2] [3] sandbox:/mnt/data/table.csv.")
    web, file, container, path = answer["citations"]
    assert (web["title"], web["url"]) == ("Foundry", "https://example.com/foundry")
    assert (file["file_id"], file["filename"]) == ("assistant-handbook", "handbook.md")
    assert (container["file_id"], container["filename"]) == ("cfile_plot", "plot.png")
    assert path == {"file_id": "assistant-table"}
    places = [text[each["start"] : each["end"]] for each in (web, file, container)]
    assert places == ["[1]", "[2]", "[3]"]


@pytest.mark.anyio
@GENERATIONS
async def test_sources_follow_the_text_for_hosts_that_show_text_only(
    connect: Connect, agent: str
) -> None:
    async with connect() as client:
        result = await client.call_tool("ask_agent", {"message": "[cite]", "agent": agent})
    sources: Any = result.content[1]
    lines = sources.text.splitlines()
    assert lines[:2] == ["Sources:", "[1] Foundry https://example.com/foundry"]
    assert "assistant-handbook" in lines[2]


def built(*parts: tuple[str, list[dict[str, Any]]]) -> AnswerText:
    text = AnswerText()
    for raw, notes in parts:
        text.begin_message()
        text.add(raw, notes)
    return text


def cited(text: AnswerText) -> list[str | None]:
    return [
        None if each.start is None else text.text[each.start : each.end] for each in text.citations
    ]


def url(start: int, end: int) -> dict[str, Any]:
    return {"type": "url_citation", "url": "https://a", "start_index": start, "end_index": end}


def test_the_same_marker_keeps_its_number_across_messages() -> None:
    text = built(("A【4:0†a】 B【4:1†b】", []), ("C【4:1†b】 D【4:0†a】", []))
    assert text.text == "A[1] B[2]\n\nC[2] D[1]"


def test_places_of_a_later_message_count_from_the_beginning_of_the_answer() -> None:
    text = built(("First【1†a】.", [url(5, 10)]), ("Then【1†a】 more", [url(4, 9)]))
    assert cited(text) == ["[1]", "[1]"]
    assert text.citations[1].start == len("First[1].\n\nThen")


def test_a_span_of_words_stays_on_its_words() -> None:
    raw = "See【1†a】 the fact【2†b】 here"
    start = raw.index("the fact")
    assert cited(built((raw, [url(start, start + len("the fact"))]))) == ["the fact"]


def test_a_span_over_words_and_their_marker_covers_both() -> None:
    raw = "See the fact【2†b】 here"
    assert cited(built((raw, [url(4, raw.index(" here"))]))) == ["the fact[1]"]


def test_a_span_that_ends_inside_a_marker_covers_it() -> None:
    raw = "See【1†abc】 here"
    assert cited(built((raw, [url(5, 7)]))) == ["[1]"]


@pytest.mark.parametrize("place", [3, 5, 10])
def test_a_single_place_at_a_marker_is_that_marker(place: int) -> None:
    note = {"type": "file_citation", "file_id": "f", "filename": "a.md", "index": place}
    assert cited(built(("See【1†abc】 here", [note]))) == ["[1]"]


def test_a_single_place_in_plain_text_is_empty_and_keeps_its_place() -> None:
    note = {"type": "file_citation", "file_id": "f", "filename": "a.md", "index": 3}
    text = built(("See here", [note]))
    assert (text.citations[0].start, text.citations[0].end) == (3, 3)


def test_the_marker_itself_is_believed_over_indices_that_miss_it() -> None:
    note = {**url(6, 11), "text": "【2†b】"}
    assert cited(built(("😄😄 See【1†a】 and【2†b】", [note]))) == ["[2]"]


def test_of_equal_markers_the_nearest_is_meant() -> None:
    raw = "A【1†a】 B【1†a】"
    note = {**url(raw.rindex("【") + 1, 99), "text": "【1†a】"}
    text = built((raw, [note]))
    assert text.citations[0].start == text.text.rindex("[1]")


def test_a_marker_that_is_nowhere_has_no_place() -> None:
    text = built(("Plain", [{**url(0, 3), "text": "【9†z】"}]))
    assert cited(text) == [None]
    assert text.citations[0].url == "https://a"


def test_indices_beyond_the_text_stay_within_it() -> None:
    assert cited(built(("Short", [url(2, 400), url(-3, 2)]))) == ["ort", "Sh"]


def test_an_unknown_kind_of_annotation_is_passed_on_as_far_as_it_is_known() -> None:
    text = built(("Text", [{"type": "of_tomorrow", "title": "T", "file_id": "f"}]))
    assert (text.citations[0].title, text.citations[0].file_id) == ("T", "f")


def test_brackets_of_chinese_and_japanese_prose_are_no_markers() -> None:
    prose = "【注意】 これは【東京】です 【未完"
    assert built((prose, [])).text == prose


def test_an_empty_message_leaves_no_gap() -> None:
    text = built(("", []), ("One", []), ("", []), ("Two", []), ("", []))
    assert text.text == "One\n\nTwo"


def test_an_image_is_cited_where_it_stands() -> None:
    text = built(("See", []))
    text.add_image("file-1")
    (image,) = text.citations
    assert (image.title, image.file_id, image.start, image.end) == ("image", "file-1", 3, 3)


def test_a_bracket_at_the_end_of_a_line_is_no_beginning_of_a_marker() -> None:
    numbers = MarkerNumbers()
    assert numbers.feed("See 【4:0\n") + numbers.feed("below") == "See 【4:0\nbelow"


@given(
    st.lists(
        st.sampled_from(
            ["a", "【1†x】", "【2†y】", "【", "】", "†", "\n", "【注】", "😄", "【3†" * 9]
        )
    ),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_a_stream_is_numbered_as_the_whole_wherever_it_is_cut(
    parts: list[str], cuts: list[int]
) -> None:
    raw = "".join(parts)
    places = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    numbers = MarkerNumbers()
    pieces = [raw[a:b] for a, b in pairwise(places)]
    streamed = "".join(numbers.feed(piece) for piece in pieces) + numbers.flush()
    assert streamed == built((raw, [])).text


@pytest.mark.parametrize("nested", [True, False])
def test_details_are_read_whether_they_nest_under_their_kind_or_not(*, nested: bool) -> None:
    detail = {"url": "https://a", "title": "A"}
    note = {"type": "url_citation", **({"url_citation": detail} if nested else detail)}
    (citation,) = built(("Text", [note])).citations
    assert (citation.url, citation.title) == ("https://a", "A")


@pytest.mark.parametrize("length", [12, 13, 14])
def test_a_span_whose_marker_was_cut_out_is_a_place(length: int) -> None:
    raw = "Oslo is the capital. It is on a fjord, and it rains there."
    start = raw.index(" It is")
    text = built((raw, [url(start, start + length)]))
    assert cited(text) == [""]
    assert text.citations[0].start == start


def test_a_marker_that_stands_keeps_its_span() -> None:
    raw = "Oslo is the capital【4:0†source】 of Norway."
    start = raw.index("【")
    assert cited(built((raw, [url(start, start + 12)]))) == ["[1]"]


@pytest.mark.parametrize(
    ("odd", "place"),
    [
        ({"start_index": "4", "end_index": "7"}, (4, 7)),
        ({"start_index": 4.0, "end_index": None}, (4, 4)),
        ({"start_index": 4, "end_index": 2}, (4, 4)),
        ({"start_index": [], "end_index": {}}, (None, None)),
        ({"start_index": True, "end_index": "x"}, (None, None)),
    ],
)
def test_places_of_an_odd_type_are_read_or_left_out(
    odd: dict[str, Any], place: tuple[int | None, int | None]
) -> None:
    text = built(("See Oslo and more.", [{**url(0, 0), **odd}]))
    assert (text.citations[0].start, text.citations[0].end) == place
