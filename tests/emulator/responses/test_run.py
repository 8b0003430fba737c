"""What becomes of a response: background, cancelling, storing."""

from functools import partial
from typing import Any

import anyio
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses import ResponseFailedEvent

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from mcp_foundry.emulator.runs.engine import REPLAYABLE
from tests.rigs.asking_responses import HELPER
from tests.rigs.sdk_clients import openai_client

pytestmark = pytest.mark.anyio


async def _finish_in_background(emulator: Emulator, openai: AsyncOpenAI) -> str:
    """The id of a background response that went on when its client had left."""
    events = await openai.responses.create(
        input="Hi", background=True, stream=True, extra_body=HELPER
    )
    first = await anext(aiter(events))
    assert first.type == "response.created"
    await events.close()
    await emulator.wait_for(lambda it: not it.live)
    return first.response.id


async def test_a_background_response_goes_on_and_can_be_streamed_again(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    name = await _finish_in_background(emulator, openai)
    assert (await openai.responses.retrieve(name)).status == "completed"
    whole = [e async for e in await openai.responses.retrieve(name, stream=True)]
    rest = [e async for e in await openai.responses.retrieve(name, stream=True, starting_after=4)]
    assert whole[0].type == "response.created"
    assert [e.sequence_number for e in rest] == [e.sequence_number for e in whole[5:]]


async def test_a_background_response_can_be_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(
        input="[say Hello] [search tea] [slow 60]", background=True, extra_body=HELPER
    )
    assert started.status == "queued"
    assert emulator.live == [started.id]
    for _ in range(2):
        cancelled = await openai.responses.cancel(started.id)
        assert (cancelled.status, cancelled.output) == ("cancelled", [])
    assert emulator.live == []
    assert (await openai.responses.retrieve(started.id)).output == []


async def test_an_open_stream_is_told_of_the_cancelling_as_of_a_failure() -> None:
    async with (
        Emulator(tokens_per_second=200) as emulator,
        openai_client(emulator) as client,
    ):
        events = await client.responses.create(
            input="[long 5000]", stream=True, background=True, extra_body=HELPER
        )
        last: object = None
        cancelled = False
        async for event in events:
            last = event
            if event.type == "response.output_text.delta" and not cancelled:
                cancelled = True
                await client.responses.cancel(emulator.live[0])
    assert isinstance(last, ResponseFailedEvent)
    assert (last.response.status, last.response.output) == ("cancelled", [])


ENDED = {
    "Hi": "a completed response",
    "[fail]": "a failed response",
    "[incomplete]": "a response in terminal state",
}


@pytest.mark.parametrize("words", ENDED)
async def test_what_has_ended_is_not_cancelled(
    emulator: Emulator, openai: AsyncOpenAI, words: str
) -> None:
    for background, kind in ((True, ENDED[words]), (False, "a synchronous response")):
        response = await openai.responses.create(
            input=words, background=background, extra_body=HELPER
        )
        await emulator.wait_for(lambda it: not it.live)
        before = await openai.responses.retrieve(response.id)
        with pytest.raises(BadRequestError, match=rf"Cannot cancel {kind}\."):
            await openai.responses.cancel(response.id)
        assert await openai.responses.retrieve(response.id) == before


async def test_a_response_no_one_listens_to_is_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    events = await openai.responses.create(input="[slow 60]", stream=True, extra_body=HELPER)
    first = await anext(aiter(events))
    assert first.type == "response.created"
    await events.close()
    await emulator.wait_for(lambda it: not it.live)
    left = await openai.responses.retrieve(first.response.id)
    assert (left.status, left.output) == ("cancelled", [])


async def test_a_response_is_cancelled_while_its_client_waits_for_the_whole(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(partial(openai.responses.create, input="[slow 60]", extra_body=HELPER))
        await emulator.wait_for(lambda it: it.runs_taken == 1)
        group.cancel_scope.cancel()
    await emulator.wait_for(lambda it: not it.live)


async def test_a_response_that_is_not_stored_is_gone(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="Hi", store=False, extra_body=HELPER)
    with pytest.raises(NotFoundError, match="not found"):
        await openai.responses.retrieve(response.id)


async def test_a_response_can_be_deleted_and_its_input_read(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="Hi", extra_body=HELPER)
    items = [item async for item in openai.responses.input_items.list(response.id)]
    assert [item.type for item in items] == ["message"]
    await openai.responses.delete(response.id)
    with pytest.raises(NotFoundError):
        await openai.responses.retrieve(response.id)


async def test_of_many_background_responses_the_newest_can_be_streamed_again(
    openai: AsyncOpenAI, emulator: Emulator
) -> None:
    ids = [await _finish_in_background(emulator, openai) for _ in range(REPLAYABLE + 1)]
    first, last = ids[0], ids[-1]
    with pytest.raises(BadRequestError, match="the stream TTL has expired"):
        await openai.responses.retrieve(first, stream=True)
    assert [e async for e in await openai.responses.retrieve(last, stream=True)]
    assert (await openai.responses.retrieve(first)).status == "completed"


async def test_a_filter_that_is_none_fails_the_run_in_the_words_of_a_search(
    openai: AsyncOpenAI,
) -> None:
    search: Any = {"type": "file_search", "vector_store_ids": ["vs_x"], "filters": {"type": "by"}}
    response = await openai.responses.create(model=DEFAULT_MODEL, input="Hi", tools=[search])
    assert response.error
    assert (response.status, response.error.message) == (
        "failed",
        "Invalid filter: expected a comparison or a compound filter.",
    )
