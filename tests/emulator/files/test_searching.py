"""Searching vector stores, through the OpenAI client."""

import asyncio
import json
import zipfile
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types import VectorStoreSearchResponse

pytestmark = pytest.mark.anyio

TEXTS = {
    "refunds.md": b"Refunds are paid within fourteen days after the goods came back.",
    "hours.txt": b"The shop is open from nine to five, and closed on Sundays.",
    "shipping.md": b"Parcels are shipped by train. Shipping takes three days.",
    "tokyo.md": "東京の天気は晴れです。".encode(),
}


async def filled(
    openai: AsyncOpenAI, files: dict[str, bytes] | None = None, **attributes: dict[str, Any]
) -> str:
    """A store with these files, whose attributes are given by the name without its ending."""
    store = await openai.vector_stores.create()
    for name, data in (TEXTS if files is None else files).items():
        made = await openai.files.create(file=(name, data), purpose="assistants")
        added = await openai.vector_stores.files.create_and_poll(
            made.id,
            vector_store_id=store.id,
            attributes=attributes.get(name.partition(".")[0], {}),
            poll_interval_ms=10,
        )
        assert added.status == "completed"
    return store.id


async def search(
    openai: AsyncOpenAI,
    store: str,
    query: str,
    **more: Any,  # noqa: ANN401 - what a search takes
) -> list[VectorStoreSearchResponse]:
    return (await openai.vector_stores.search(store, query=query, **more)).data


async def names(openai: AsyncOpenAI, store: str, query: str) -> list[str]:
    return [each.filename for each in await search(openai, store, query)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When will my refund be paid?", "refunds.md"),
        ("refunding", "refunds.md"),
        ("On which day is the shop closed?", "hours.txt"),
        ('What about "shipping" (by train)?', "shipping.md"),
        ("parc", "shipping.md"),
        ("hours", "hours.txt"),
        ("京都と東京", "tokyo.md"),
    ],
)
async def test_a_question_finds_the_file_that_answers_it(
    openai: AsyncOpenAI, question: str, expected: str
) -> None:
    best = (await search(openai, await filled(openai), question))[0]
    assert best.filename == expected
    assert best.content[0].text == TEXTS[expected].decode()
    assert 0 < best.score <= 1


async def test_what_fits_better_comes_first(openai: AsyncOpenAI) -> None:
    found = await search(openai, await filled(openai), "How many days until refunds are paid?")
    assert [each.filename for each in found] == ["refunds.md", "shipping.md"]
    assert found[0].score > found[1].score
    (best,) = await search(
        openai,
        await filled(openai),
        "How many days until refunds are paid?",
        ranking_options={"score_threshold": found[0].score},
    )
    assert best.filename == "refunds.md"


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "?!…",
        "\0",
        "a\0b",
        "\"'`",
        'AND OR NOT NEAR("a" b) name: text : ^x -y *',
        "name:a",
        "the and of",
        "\ud83d",
        "ß" * 10_000,
        " ".join(f"word{each}" for each in range(1500)),
        "{text} : (",
    ],
)
async def test_no_question_breaks_the_search(
    openai: AsyncOpenAI, raw: aiohttp.ClientSession, query: str
) -> None:
    path = f"openai/v1/vector_stores/{await filled(openai)}/search"
    async with raw.post(path, data=json.dumps({"query": query})) as response:
        assert response.status == 200
        assert "data" in await response.json()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": "eq", "key": "year", "value": 2025}, "a"),
        ({"type": "ne", "key": "year", "value": 2025}, "bc"),
        ({"type": "gt", "key": "year", "value": 2025}, "b"),
        ({"type": "gte", "key": "year", "value": 2025}, "ab"),
        ({"type": "lt", "key": "year", "value": 2026.5}, "ab"),
        ({"type": "lte", "key": "year", "value": 2025}, "a"),
        ({"type": "in", "key": "team", "value": ["red", "blue"]}, "ab"),
        ({"type": "nin", "key": "team", "value": ["red"]}, "bc"),
        ({"type": "eq", "key": "kept", "value": True}, "a"),
        ({"type": "eq", "key": "kept", "value": 1}, ""),
        ({"type": "gt", "key": "team", "value": "blue"}, "a"),
        ({"type": "gt", "key": "team", "value": 1}, ""),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "gte", "key": "year", "value": 2025},
                    {
                        "type": "or",
                        "filters": [
                            {"type": "eq", "key": "team", "value": "blue"},
                            {"type": "eq", "key": "team", "value": "green"},
                        ],
                    },
                ],
            },
            "b",
        ),
    ],
)
async def test_only_files_that_meet_the_filter_are_found(
    openai: AsyncOpenAI,
    filters: dict[str, object],
    expected: str,
) -> None:
    files = {f"{name}.txt": b"elephants" for name in "abc"}
    a = {"year": 2025, "team": "red", "kept": True}
    store = await filled(openai, files, a=a, b={"year": 2026, "team": "blue"})
    found = await search(openai, store, "elephants", filters=filters)
    assert sorted(each.filename[0] for each in found) == list(expected)
    assert all(each.attributes == a for each in found if each.filename == "a.txt")


@pytest.mark.parametrize(
    "filters", [{"type": "like", "key": "a", "value": 1}, {"type": "in", "key": "a", "value": 1}]
)
async def test_a_filter_that_is_none_is_refused(
    openai: AsyncOpenAI, filters: dict[str, object]
) -> None:
    store = await openai.vector_stores.create()
    with pytest.raises(BadRequestError, match="Invalid filter"):
        await search(openai, store.id, "a", filters=filters)


async def test_the_number_of_results_is_kept_and_checked(openai: AsyncOpenAI) -> None:
    store = await filled(openai, {f"{name}.txt": b"elephants" for name in "abc"})
    assert len(await search(openai, store, "elephants", max_num_results=2)) == 2
    with pytest.raises(BadRequestError, match="from 1 to 50"):
        await search(openai, store, "elephants", max_num_results=51)


async def test_a_file_that_is_deleted_is_no_longer_found(openai: AsyncOpenAI) -> None:
    store = await filled(openai)
    (found,) = await search(openai, store, "parcels")
    await openai.files.delete(found.file_id)
    assert await search(openai, store, "parcels") == []
    assert (await openai.vector_stores.retrieve(store)).file_counts.total == len(TEXTS) - 1


async def test_a_file_that_is_added_again_is_found_once(openai: AsyncOpenAI) -> None:
    store = await filled(openai)
    (found,) = await search(openai, store, "parcels")
    await openai.vector_stores.files.create_and_poll(found.file_id, vector_store_id=store)
    assert len(await search(openai, store, "parcels")) == 1


async def test_a_store_deleted_while_it_is_searched_is_not_found_and_nothing_breaks(
    openai: AsyncOpenAI,
) -> None:
    store = await filled(openai)
    searches = [search(openai, store, "parcels") for _ in range(10)]
    *found, _ = await asyncio.gather(
        *searches, openai.vector_stores.delete(store), return_exceptions=True
    )
    assert all(isinstance(each, list | NotFoundError) for each in found)
    with pytest.raises(NotFoundError, match=f"Vector store {store} not found"):
        await search(openai, store, "parcels")


def office(part: str, *texts: str) -> bytes:
    """A file of an office program, of which only the part with the text is there."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        body = "".join(f"<p><r><t>{text}</t></r></p>" for text in texts)
        archive.writestr(part, f'<x xmlns="urn:x">{body}</x>')
    return packed.getvalue()


async def test_office_files_are_found_by_their_text_and_others_by_their_names(
    openai: AsyncOpenAI,
) -> None:
    files = {
        "letter.docx": office("word/document.xml", "Dear giraffes,", "goodbye"),
        "talk.pptx": office("ppt/slides/slide1.xml", "Rhinos"),
        "broken.docx": b"giraffes",
        "report.pdf": b"%PDF-1.7 giraffes",
    }
    store = await filled(openai, files)
    (found,) = await search(openai, store, "giraffe")
    assert (found.filename, found.content[0].text) == ("letter.docx", "Dear giraffes,\ngoodbye")
    assert await names(openai, store, "rhino") == ["talk.pptx"]
    assert await names(openai, store, "Where is the report?") == ["report.pdf"]
    assert await names(openai, store, "broken") == ["broken.docx"]
