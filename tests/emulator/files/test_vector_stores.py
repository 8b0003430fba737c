"""Vector stores, through the OpenAI client."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError

pytestmark = pytest.mark.anyio


async def upload(openai: AsyncOpenAI, name: str = "a.md", data: bytes = b"words") -> str:
    return (await openai.files.create(file=(name, data), purpose="assistants")).id


async def test_a_store_is_made_filled_and_emptied(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create(name="facts", metadata={"a": "b"})
    assert (store.name, store.status, store.metadata) == ("facts", "completed", {"a": "b"})
    assert (store.file_counts.total, store.usage_bytes) == (0, 0)
    added = await openai.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=("a.md", b"words")
    )
    assert (added.status, added.last_error, added.usage_bytes) == ("completed", None, 5)
    listed = await openai.vector_stores.files.list(store.id)
    assert [each.id for each in listed.data] == [added.id]
    filled = await openai.vector_stores.retrieve(store.id)
    assert (filled.file_counts.completed, filled.usage_bytes) == (1, 5)
    await openai.vector_stores.files.delete(added.id, vector_store_id=store.id)
    assert (await openai.vector_stores.retrieve(store.id)).file_counts.total == 0
    assert (await openai.files.retrieve(added.id)).filename == "a.md"
    with pytest.raises(NotFoundError, match=f"No file found with id '{added.id}'"):
        await openai.vector_stores.files.retrieve(added.id, vector_store_id=store.id)


async def test_a_store_is_made_with_files_listed_and_deleted(openai: AsyncOpenAI) -> None:
    ids = [await upload(openai), await upload(openai)]
    store = await openai.vector_stores.create(
        file_ids=ids, expires_after={"anchor": "last_active_at", "days": 7}
    )
    assert (store.status, store.file_counts.in_progress) == ("in_progress", 2)
    for each in ids:
        await openai.vector_stores.files.poll(each, vector_store_id=store.id, poll_interval_ms=10)
    done = await openai.vector_stores.retrieve(store.id)
    assert (done.status, done.file_counts.completed) == ("completed", 2)
    assert done.last_active_at
    assert done.expires_at == done.last_active_at + 7 * 86_400
    assert [each.id async for each in openai.vector_stores.list()] == [store.id]
    await openai.vector_stores.delete(store.id)
    with pytest.raises(NotFoundError, match=f"Vector store {store.id} not found"):
        await openai.vector_stores.retrieve(store.id)


async def test_a_type_that_cannot_be_searched_is_refused_and_no_store_is_left(
    openai: AsyncOpenAI,
) -> None:
    file_id = await upload(openai, "a.CSV")
    store = await openai.vector_stores.create()
    with pytest.raises(APIStatusError, match=r"extensions \[\.csv\] are not supported") as refused:
        await openai.vector_stores.files.create(store.id, file_id=file_id)
    assert (refused.value.status_code, refused.value.code) == (400, "unsupported_file")
    with pytest.raises(APIStatusError, match="not supported for retrieval"):
        await openai.vector_stores.create(file_ids=[file_id])
    assert [each.id async for each in openai.vector_stores.list()] == [store.id]


async def test_a_file_that_is_not_there_is_not_added(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create()
    with pytest.raises(NotFoundError, match="No such File object: assistant-none"):
        await openai.vector_stores.files.create(store.id, file_id="assistant-none")


async def test_a_store_is_changed_where_the_change_says_so(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create(name="facts", metadata={"a": "b"})
    renamed = await openai.vector_stores.update(store.id, name="news")
    assert (renamed.name, renamed.metadata) == ("news", {"a": "b"})
    changed = await openai.vector_stores.update(
        store.id, metadata={}, expires_after={"anchor": "last_active_at", "days": 1}
    )
    assert (changed.name, changed.metadata) == ("news", {})
    assert changed.expires_at
    assert (await openai.vector_stores.update(store.id, expires_after=None)).expires_at is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metadata", {str(each): "" for each in range(17)}),
        ("metadata", {"a": "b" * 513}),
        ("metadata", {"a" * 65: "b"}),
        ("expires_after", {"anchor": "last_active_at", "days": 0}),
        (
            "chunking_strategy",
            {
                "type": "static",
                "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51},
            },
        ),
        ("chunking_strategy", {"type": "static", "static": {"max_chunk_size_tokens": 99}}),
    ],
)
async def test_what_no_store_can_have_is_refused(
    openai: AsyncOpenAI, field: str, value: object
) -> None:
    given: Any = {field: value}
    with pytest.raises(BadRequestError, match=field):
        await openai.vector_stores.create(**given)
    assert (await openai.vector_stores.list()).data == []


async def test_a_file_has_attributes_its_own_pieces_and_a_text(openai: AsyncOpenAI) -> None:
    words = " ".join(f"word{each}" for each in range(300))
    store = await openai.vector_stores.create()
    file_id = await upload(openai, data=words.encode("utf-16"))
    await openai.vector_stores.files.create_and_poll(
        file_id,
        vector_store_id=store.id,
        attributes={"year": 2026},
        chunking_strategy={
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0},
        },
    )
    changed = await openai.vector_stores.files.update(
        file_id, vector_store_id=store.id, attributes={"year": 2027, "new": True}
    )
    assert changed.attributes == {"year": 2027, "new": True}
    content = await openai.vector_stores.files.content(file_id, vector_store_id=store.id)
    assert [part.text for part in content.data] == [words]
    found = await openai.vector_stores.search(store.id, query="word0 word299")
    texts = [each.content[0].text for each in found.data]
    assert len(texts) == 2
    assert all(len(text) <= 500 for text in texts)


async def test_files_are_added_together_listed_by_status_and_searched(
    openai: AsyncOpenAI,
) -> None:
    store = await openai.vector_stores.create()
    ids = [await upload(openai), await upload(openai, "b.txt")]
    batch = await openai.vector_stores.file_batches.create_and_poll(store.id, file_ids=ids)
    assert (batch.status, batch.file_counts.completed) == ("completed", 2)
    list_files = openai.vector_stores.file_batches.list_files
    done = list_files(batch.id, vector_store_id=store.id, filter="completed")
    assert sorted([each.id async for each in done]) == sorted(ids)
    failed = list_files(batch.id, vector_store_id=store.id, filter="failed")
    assert [each.id async for each in failed] == []
    with pytest.raises(NotFoundError, match="No file batch found"):
        await openai.vector_stores.file_batches.retrieve("vsfb_x", vector_store_id=store.id)


async def test_a_batch_that_is_cancelled_keeps_what_was_done(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create()
    # Long enough that it is not done when the next request comes in.
    long = await upload(openai, data=b"elephants remember " * 400_000)
    batch = await openai.vector_stores.file_batches.create(store.id, file_ids=[long])
    cancelled = await openai.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert (cancelled.status, cancelled.file_counts.cancelled) == ("cancelled", 1)
    # Files are indexed one after the other: once this one is done, so is the other.
    await openai.vector_stores.files.create_and_poll(
        await upload(openai), vector_store_id=store.id, poll_interval_ms=10
    )
    assert (await openai.vector_stores.search(store.id, query="elephants")).data == []
    left = await openai.vector_stores.files.retrieve(long, vector_store_id=store.id)
    assert left.status == "cancelled"


async def test_a_file_with_too_long_a_text_fails_and_says_why(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create()
    file_id = await upload(openai, data=b"word " * 4_000_001)
    added = await openai.vector_stores.files.create_and_poll(
        file_id, vector_store_id=store.id, poll_interval_ms=10
    )
    assert added.status == "failed"
    assert added.last_error
    assert "token_limit_exceeded" in added.last_error.message
    assert (await openai.vector_stores.retrieve(store.id)).file_counts.failed == 1


def office(*parts: tuple[str, str]) -> bytes:
    """A file of Word with those parts."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in parts:
            archive.writestr(name, text)
    return packed.getvalue()


PACKED = office(("word/document.xml", f"<a>{'words ' * 1000}</a>"))
DAMAGED = {
    "in the middle": PACKED[:60] + b"\xff" * 30 + PACKED[90:],
    "in its words": office(("word/document.xml", "<?xml version='1.0' encoding='shift_jis'?><a/>")),
    "at its end": PACKED[:100],
}


@pytest.mark.parametrize("where", DAMAGED)
async def test_a_damaged_document_is_found_by_its_name(openai: AsyncOpenAI, where: str) -> None:
    store = await openai.vector_stores.create()
    file_id = await upload(openai, "elephants.docx", DAMAGED[where])
    added = await openai.vector_stores.files.create_and_poll(
        file_id, vector_store_id=store.id, poll_interval_ms=10
    )
    assert added.status == "completed"
    found = await openai.vector_stores.search(store.id, query="elephants")
    assert [each.file_id for each in found.data] == [file_id]
    content = await openai.vector_stores.files.content(file_id, vector_store_id=store.id)
    assert content.data == []


async def test_a_batch_does_not_wait_for_a_file_that_is_gone_or_named_twice(
    openai: AsyncOpenAI,
) -> None:
    store = await openai.vector_stores.create()
    first, other = await upload(openai, data=b"words " * 100_000), await upload(openai)
    batch = await openai.vector_stores.file_batches.create(store.id, file_ids=[first, other, first])
    assert batch.file_counts.total == 2
    await openai.files.delete(other)
    done = await openai.vector_stores.file_batches.poll(
        batch.id, vector_store_id=store.id, poll_interval_ms=10
    )
    counts = done.file_counts
    assert (done.status, counts.completed, counts.cancelled) == ("completed", 1, 1)


async def test_a_change_is_checked_as_what_is_new(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create(metadata={"a": "b"})
    wrong: Any = {"a": 5}
    with pytest.raises(BadRequestError, match=r"'metadata\.a': expected a string"):
        await openai.vector_stores.update(store.id, metadata=wrong)
    assert (await openai.vector_stores.retrieve(store.id)).metadata == {"a": "b"}
    wrong = {"score_threshold": "high"}
    with pytest.raises(BadRequestError, match="'score_threshold': expected a decimal"):
        await openai.vector_stores.search(store.id, query="x", ranking_options=wrong)
    wrong = {"a": {"b": 1}}
    with pytest.raises(BadRequestError, match=r"'attributes\.a': expected a string"):
        await openai.vector_stores.files.create(
            store.id, file_id=await upload(openai), attributes=wrong
        )
