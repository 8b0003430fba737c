"""Responses as they are read: by id, as a stream once more."""

from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, BadRequestError, InternalServerError, NotFoundError

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import ENDPOINT, RESPONSES, error_of, ids, request
from tests.rigs.asking_responses import HELPER, begin
from tests.rigs.frames import frames

pytestmark = pytest.mark.anyio

PLACES = pytest.mark.parametrize("place", [RESPONSES, ENDPOINT], ids=["project", "endpoint"])


@PLACES
async def test_a_stream_goes_on_after_the_event_that_was_read_last(
    openai: AsyncOpenAI, raw: aiohttp.ClientSession, place: str
) -> None:
    body = request(RESPONSES, "[long 20]", background=True)
    async with raw.post(RESPONSES, json=body) as response:
        whole = frames(await response.read())
    name = whole[0][1]["response"]["id"]
    query = {"stream": "true", "starting_after": "4"}
    async with raw.get(f"{place}/{name}", params=query) as response:
        assert frames(await response.read()) == whole[5:]
    assert (await openai.responses.retrieve(name)).status == "completed"


@PLACES
async def test_a_stream_can_be_resumed_while_the_response_runs(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession, place: str
) -> None:
    name = await begin(openai, "[slow 60]")
    query = {"stream": "true", "starting_after": "0"}
    async with raw.get(f"{place}/{name}", params=query) as response:
        assert await response.content.readline() == b"event: response.queued\n"
        await openai.responses.cancel(name)
        assert frames(b"event: queued\n" + await response.read())[-1][0] == "response.failed"
    assert emulator.live == []


async def test_a_stream_can_be_resumed_for_a_while_only(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    name = await begin(openai, "Hi")
    assert (await raw.get(f"{RESPONSES}/{name}?stream=true")).status == 200
    emulator.behave(resume_seconds=0)
    async with raw.get(f"{RESPONSES}/{name}?stream=true") as response:
        assert response.status == 400
        assert await error_of(response) == {
            "code": "invalid_request_error",
            "message": "This response can no longer be streamed because it is more than 5 minutes "
            "old.",
            "param": "stream",
            "type": "invalid_request_error",
        }
    assert (await openai.responses.retrieve(name)).id == name


NEVER: dict[str, tuple[dict[str, bool], str]] = {
    "in the foreground": ({"stream": True}, "because it was not created with background=true."),
    "not streamed": (
        {"background": True},
        "because it was not created with stream=true or the stream TTL has expired.",
    ),
}


@pytest.mark.parametrize("case", NEVER)
async def test_what_was_not_made_for_it_is_never_streamed_again(
    emulator: Emulator, openai: AsyncOpenAI, case: str
) -> None:
    fields, words = NEVER[case]
    given: Any = {**HELPER, "input": "Hi", **fields}
    async with openai.responses.with_streaming_response.create(extra_body=given) as reply:
        await reply.read()
    await emulator.wait_for(lambda it: not it.live)
    (name,) = emulator.store.responses
    with pytest.raises(BadRequestError) as refused:
        await openai.responses.retrieve(name, stream=True)
    assert f"This response cannot be streamed {words}" in str(refused.value)
    assert (refused.value.code, refused.value.param) == ("invalid_request_error", "stream")


async def test_what_was_not_streamed_is_not_streamed_while_it_runs_either(
    openai: AsyncOpenAI,
) -> None:
    started = await openai.responses.create(input="[slow 60]", background=True, extra_body=HELPER)
    with pytest.raises(BadRequestError, match="it was not created with stream=true"):
        await openai.responses.retrieve(started.id, stream=True)


async def test_a_response_shows_no_output_until_it_has_ended(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    started = await openai.responses.create(
        input="[say Hello] [search tea]", background=True, extra_body=HELPER
    )
    emulator.script("[messages 2] [slow 60]")
    other = await openai.responses.create(input="Hi", background=True, extra_body=HELPER)
    assert (started.status, started.output) == ("queued", [])
    await emulator.wait_for(lambda it: started.id not in it.live)
    assert (await openai.responses.retrieve(started.id)).output_text == "Hello"
    running = await openai.responses.retrieve(other.id)
    assert (running.status, running.output) == ("in_progress", [])


async def test_text_under_way_does_not_show() -> None:
    async with (
        Emulator(tokens_per_second=200) as emulator,
        aiohttp.ClientSession(
            f"{emulator.endpoint}/", headers={"Authorization": "Bearer x"}
        ) as raw,
    ):
        body = request(RESPONSES, "[long 5000]", background=True)
        async with raw.post(RESPONSES, json=body) as stream:
            while b"output_text.delta" not in await stream.content.readline():
                pass
            (name,) = emulator.live
            async with raw.get(f"{RESPONSES}/{name}") as response:
                shown = await response.json()
    assert (shown["status"], shown["output"]) == ("in_progress", [])


async def test_a_foreground_response_is_invisible_until_it_has_ended(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    body = request(RESPONSES, "[slow 60]")
    async with raw.post(RESPONSES, json=body):
        await emulator.wait_for(lambda it: it.live)
        (name,) = emulator.live
        for asked in (openai.responses.retrieve(name), openai.responses.cancel(name)):
            with pytest.raises(NotFoundError, match=f"Response with id '{name}' not found"):
                await asked
        assert await ids(raw) == []
    await emulator.wait_for(lambda it: not it.live)
    ended = await openai.responses.retrieve(name)
    assert (ended.status, ended.output) == ("cancelled", [])


async def test_reading_by_id_can_be_out_of_order_while_the_list_works(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    name = await begin(openai, "[say Hello]")
    await emulator.wait_for(lambda it: not it.live)
    emulator.behave(get_breaks=True)
    with pytest.raises(InternalServerError) as broken:
        await openai.responses.retrieve(name)
    assert broken.value.code == "server_error"
    assert [e async for e in await openai.responses.retrieve(name, stream=True)]
    async with raw.get(RESPONSES) as response:
        assert [each["id"] for each in (await response.json())["data"]] == [name]


async def test_a_hosted_agent_keeps_its_answers_to_its_own_endpoint(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("housed", definition={"kind": "hosted"})
    endpoint = ENDPOINT.replace("helper", "housed")
    body = {"input": "[slow 60]", "background": True, "stream": True}
    async with raw.post(endpoint, json=body) as response:
        await response.content.readline()
    (name,) = emulator.live
    assert name.startswith("caresp_")
    for there, status in ((True, 200), (False, 404)):
        emulator.behave(hosted_at_project=there)
        assert (await raw.get(f"{RESPONSES}/{name}")).status == status
        async with raw.get(f"{RESPONSES}/{name}?stream=true") as response:
            assert response.status == status
    assert (await raw.post(f"{RESPONSES}/{name}/cancel")).status == 404
    assert (await raw.get(f"{endpoint}/{name}")).status == 200
    async with raw.get(f"{endpoint}/{name}?stream=true") as response:
        assert response.status == 200
    assert (await raw.post(f"{endpoint}/{name}/cancel")).status == 200
