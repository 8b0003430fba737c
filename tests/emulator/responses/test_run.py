"""What becomes of a response: background, cancelling, storing."""

from functools import partial

import anyio
import pytest
from openai import AsyncOpenAI, NotFoundError

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.runs.engine import REPLAYABLE
from tests.rigs.asking_responses import HELPER
from tests.rigs.sdk_clients import openai_client

pytestmark = pytest.mark.anyio


async def test_a_background_response_goes_on_and_can_be_streamed_again(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(
        input="[slow 0.05] Hi", background=True, extra_body=HELPER
    )
    assert started.status == "queued"
    assert emulator.live == [started.id]
    await emulator.wait_for(lambda it: not it.live)
    done = await openai.responses.retrieve(started.id)
    assert done.status == "completed"
    whole = [e async for e in await openai.responses.retrieve(started.id, stream=True)]
    rest = [
        e async for e in await openai.responses.retrieve(started.id, stream=True, starting_after=4)
    ]
    assert whole[0].type == "response.created"
    assert [e.sequence_number for e in rest] == [e.sequence_number for e in whole[5:]]


async def test_a_background_response_can_be_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(input="[slow 60]", background=True, extra_body=HELPER)
    cancelled = await openai.responses.cancel(started.id)
    assert cancelled.status == "cancelled"
    assert emulator.live == []
    assert (await openai.responses.cancel(started.id)).status == "cancelled"


async def test_a_response_in_progress_shows_its_text_so_far() -> None:
    async with (
        Emulator(tokens_per_second=200, first_token=0.001) as emulator,
        openai_client(emulator) as client,
    ):
        events = await client.responses.create(
            input="[long 500]", stream=True, background=True, extra_body=HELPER
        )
        seen = ""
        async for event in events:
            if event.type == "response.output_text.delta":
                seen += event.delta
            if len(seen) > 20:
                break
        partial = await client.responses.retrieve(emulator.live[0])
        assert partial.status == "in_progress"
        assert partial.output_text.startswith(seen)
        await events.close()
        await client.responses.cancel(partial.id)
        assert (await client.responses.retrieve(partial.id)).output_text.startswith(seen)


async def test_a_response_no_one_listens_to_is_cancelled(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    events = await openai.responses.create(input="[slow 60]", stream=True, extra_body=HELPER)
    first = await anext(aiter(events))
    assert first.type == "response.created"
    await events.close()
    await emulator.wait_for(lambda it: not it.live)
    assert (await openai.responses.retrieve(first.response.id)).status == "cancelled"


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
    ids: list[str] = []
    for _ in range(REPLAYABLE + 1):
        started = await openai.responses.create(input="Hi", background=True, extra_body=HELPER)
        ids.append(started.id)
    await emulator.wait_for(lambda it: not it.live)
    first, last = ids[0], ids[-1]
    assert [e async for e in await openai.responses.retrieve(first, stream=True)] == []
    assert [e async for e in await openai.responses.retrieve(last, stream=True)]
    assert (await openai.responses.retrieve(first)).status == "completed"
