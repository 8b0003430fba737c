"""Vector stores, through the OpenAI client."""

import pytest
from openai import APIStatusError, AsyncOpenAI, NotFoundError

pytestmark = pytest.mark.anyio


async def upload(openai: AsyncOpenAI, name: str = "a.md") -> str:
    return (await openai.files.create(file=(name, b"words"), purpose="assistants")).id


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
    assert store.file_counts.completed == 2
    assert store.expires_after
    assert store.expires_after.days == 7
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
