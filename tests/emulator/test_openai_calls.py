"""The usual calls of the OpenAI client: each works, or is told not to be done here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from openai import APIStatusError, AsyncOpenAI
from pydantic import BaseModel

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio

MODEL, VECTORS = "scripted-model", "scripted-embedding"
PNG = ("a.png", b"\x89PNG\r\n\x1a\n")


class City(BaseModel):
    """What a parsed answer holds."""

    name: str


@dataclass
class Things:
    """What the calls are about."""

    response: str
    background: str
    conversation: str
    item: str
    file: str
    store: str
    batch: str
    container: str
    inside: str


async def things(openai: AsyncOpenAI) -> Things:
    """One of each."""
    asked = await openai.responses.create(model=MODEL, input="Hi")
    held = await openai.responses.create(model=MODEL, input="[slow 60]", background=True)
    talk = await openai.conversations.create(
        items=[{"type": "message", "role": "user", "content": "Hi"}]
    )
    (item,) = (await openai.conversations.items.list(talk.id)).data
    file = await openai.files.create(file=("a.md", b"Elephants"), purpose="assistants")
    store = await openai.vector_stores.create()
    batch = await openai.vector_stores.file_batches.create(store.id, file_ids=[file.id])
    container = await openai.containers.create(name="box")
    inside = await openai.containers.files.create(container.id, file=("a.md", b"Elephants"))
    return Things(
        asked.id,
        held.id,
        talk.id,
        str(item.id),
        file.id,
        store.id,
        batch.id,
        container.id,
        inside.id,
    )


async def streamed(openai: AsyncOpenAI) -> object:
    async with openai.responses.stream(model=MODEL, input="Hi") as stream:
        return await stream.get_final_response()


Ask = Callable[[AsyncOpenAI, Things], Awaitable[object]]
ASKED: Any = [{"role": "user", "content": "Hi"}]
WORKS: dict[str, Ask] = {
    "responses.create": lambda o, _: o.responses.create(model=MODEL, input="Hi"),
    "responses.stream": lambda o, _: streamed(o),
    "responses.parse": lambda o, _: o.responses.parse(model=MODEL, input="Hi", text_format=City),
    "responses.retrieve": lambda o, t: o.responses.retrieve(t.response),
    "responses.cancel": lambda o, t: o.responses.cancel(t.background),
    "responses.input_items.list": lambda o, t: o.responses.input_items.list(t.response),
    "responses.delete": lambda o, t: o.responses.delete(t.response),
    "conversations.create": lambda o, _: o.conversations.create(),
    "conversations.retrieve": lambda o, t: o.conversations.retrieve(t.conversation),
    "conversations.update": lambda o, t: o.conversations.update(
        t.conversation, metadata={"a": "b"}
    ),
    "conversations.delete": lambda o, t: o.conversations.delete(t.conversation),
    "conversations.items.create": lambda o, t: o.conversations.items.create(
        t.conversation, items=ASKED
    ),
    "conversations.items.list": lambda o, t: o.conversations.items.list(t.conversation),
    "conversations.items.retrieve": lambda o, t: o.conversations.items.retrieve(
        t.item, conversation_id=t.conversation
    ),
    "conversations.items.delete": lambda o, t: o.conversations.items.delete(
        t.item, conversation_id=t.conversation
    ),
    "files.create": lambda o, _: o.files.create(file=("a.md", b"a"), purpose="assistants"),
    "files.list": lambda o, _: o.files.list(),
    "files.retrieve": lambda o, t: o.files.retrieve(t.file),
    "files.content": lambda o, t: o.files.content(t.file),
    "files.wait_for_processing": lambda o, t: o.files.wait_for_processing(t.file),
    "files.delete": lambda o, t: o.files.delete(t.file),
    "vector_stores.create": lambda o, _: o.vector_stores.create(),
    "vector_stores.list": lambda o, _: o.vector_stores.list(),
    "vector_stores.retrieve": lambda o, t: o.vector_stores.retrieve(t.store),
    "vector_stores.update": lambda o, t: o.vector_stores.update(t.store, name="b"),
    "vector_stores.search": lambda o, t: o.vector_stores.search(t.store, query="a"),
    "vector_stores.delete": lambda o, t: o.vector_stores.delete(t.store),
    "vector_stores.files.create": lambda o, t: o.vector_stores.files.create(
        t.store, file_id=t.file
    ),
    "vector_stores.files.list": lambda o, t: o.vector_stores.files.list(t.store),
    "vector_stores.files.retrieve": lambda o, t: o.vector_stores.files.retrieve(
        t.file, vector_store_id=t.store
    ),
    "vector_stores.files.update": lambda o, t: o.vector_stores.files.update(
        t.file, vector_store_id=t.store, attributes={"a": 1}
    ),
    "vector_stores.files.content": lambda o, t: o.vector_stores.files.content(
        t.file, vector_store_id=t.store
    ),
    "vector_stores.files.delete": lambda o, t: o.vector_stores.files.delete(
        t.file, vector_store_id=t.store
    ),
    "vector_stores.file_batches.create": lambda o, t: o.vector_stores.file_batches.create(
        t.store, file_ids=[t.file]
    ),
    "vector_stores.file_batches.retrieve": lambda o, t: o.vector_stores.file_batches.retrieve(
        t.batch, vector_store_id=t.store
    ),
    "vector_stores.file_batches.cancel": lambda o, t: o.vector_stores.file_batches.cancel(
        t.batch, vector_store_id=t.store
    ),
    "vector_stores.file_batches.list_files": lambda o, t: o.vector_stores.file_batches.list_files(
        t.batch, vector_store_id=t.store
    ),
    "containers.create": lambda o, t: o.containers.create(name="a", file_ids=[t.file]),
    "containers.list": lambda o, _: o.containers.list(),
    "containers.retrieve": lambda o, t: o.containers.retrieve(t.container),
    "containers.delete": lambda o, t: o.containers.delete(t.container),
    "containers.files.create": lambda o, t: o.containers.files.create(t.container, file_id=t.file),
    "containers.files.list": lambda o, t: o.containers.files.list(t.container),
    "containers.files.retrieve": lambda o, t: o.containers.files.retrieve(
        t.inside, container_id=t.container
    ),
    "containers.files.content": lambda o, t: o.containers.files.content.retrieve(
        t.inside, container_id=t.container
    ),
    "containers.files.delete": lambda o, t: o.containers.files.delete(
        t.inside, container_id=t.container
    ),
    "chat.completions.create": lambda o, _: o.chat.completions.create(model=MODEL, messages=ASKED),
    "chat.completions.parse": lambda o, _: o.chat.completions.parse(
        model=MODEL, messages=ASKED, response_format=City
    ),
    "embeddings.create": lambda o, _: o.embeddings.create(model=VECTORS, input="a"),
    "models.list": lambda o, _: o.models.list(),
    "models.retrieve": lambda o, _: o.models.retrieve(MODEL),
}
NOT_DONE: dict[str, Ask] = {
    "responses.compact": lambda o, _: o.responses.compact(model=MODEL, input="Hi"),
    "responses.input_tokens.count": lambda o, _: o.responses.input_tokens.count(input="Hi"),
    "chat.completions.list": lambda o, _: o.chat.completions.list(),
    "completions.create": lambda o, _: o.completions.create(model=MODEL, prompt="Hi"),
    "images.generate": lambda o, _: o.images.generate(model=MODEL, prompt="a cat"),
    "images.edit": lambda o, _: o.images.edit(model=MODEL, prompt="a cat", image=PNG),
    "audio.transcriptions.create": lambda o, _: o.audio.transcriptions.create(
        model=MODEL, file=("a.wav", b"RIFF")
    ),
    "audio.speech.create": lambda o, _: o.audio.speech.create(
        model=MODEL, voice="alloy", input="Hi"
    ),
    "moderations.create": lambda o, _: o.moderations.create(input="Hi"),
    "batches.create": lambda o, t: o.batches.create(
        input_file_id=t.file, endpoint="/v1/responses", completion_window="24h"
    ),
    "batches.list": lambda o, _: o.batches.list(),
    "uploads.create": lambda o, _: o.uploads.create(
        filename="a.md", bytes=1, mime_type="text/plain", purpose="assistants"
    ),
    "fine_tuning.jobs.create": lambda o, t: o.fine_tuning.jobs.create(
        model=MODEL, training_file=t.file
    ),
    "fine_tuning.jobs.list": lambda o, _: o.fine_tuning.jobs.list(),
    "evals.create": lambda o, _: o.evals.create(
        data_source_config={"type": "logs"}, testing_criteria=[]
    ),
    "evals.list": lambda o, _: o.evals.list(),
    "models.delete": lambda o, _: o.models.delete(MODEL),
}


@pytest.mark.parametrize("name", WORKS)
async def test_a_usual_call_works(openai: AsyncOpenAI, name: str) -> None:
    await WORKS[name](openai, await things(openai))


@pytest.mark.parametrize("name", NOT_DONE)
async def test_what_is_not_done_here_is_told_so(
    emulator: Emulator, openai: AsyncOpenAI, name: str
) -> None:
    with pytest.raises(APIStatusError, match="emulator does not do") as told:
        await NOT_DONE[name](openai, await things(openai))
    assert (told.value.status_code, told.value.code) == (501, "not_implemented")
    assert len(emulator.unhandled) == 1
    emulator.unhandled.clear()


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("openai/v1/evals", "application/json", b"{not json"),
        ("openai/v1/audio/translations", "multipart/form-data", b"no form"),
        ("datasets/a/versions/1", "application/octet-stream", b"\0" * 100 * 1024 * 1024),
        ("skills/a/versions", "multipart/form-data; boundary=x", b"\0" * 100 * 1024 * 1024),
        ("agents/a/endpoint/protocols/voice/conversations", "audio/wav", b"RIFF"),
    ],
)
async def test_that_something_is_not_done_is_told_whatever_the_body_is(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, kind: str, body: bytes
) -> None:
    async with raw.post(path, data=BytesIO(body), headers={"Content-Type": kind}) as response:
        assert response.status == 501
        assert (await error_of(response))["code"] == "not_implemented"
    emulator.unhandled.clear()
