"""Responses as they are listed."""

import aiohttp
import pytest
from openai import AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import ENDPOINT, RESPONSES, error_of, ids, listed
from tests.rigs.asking_responses import HELPER, RESEARCHER, begin

pytestmark = pytest.mark.anyio


async def test_responses_are_listed_as_they_are_the_newest_first(
    openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    assert await listed(raw) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
    ask = openai.responses.create
    one = await ask(input="One", metadata={"mark": "1"}, extra_body=HELPER)
    two = await ask(input="Two", extra_body=HELPER)
    three = await ask(input="Three", extra_body=HELPER)
    await ask(input="Not kept", store=False, extra_body=HELPER)
    assert await ids(raw) == [three.id, two.id, one.id]
    assert await ids(raw, order="asc") == [one.id, two.id, three.id]
    assert await ids(raw, after=two.id) == [one.id]
    assert await ids(raw, before=two.id) == [three.id]
    page = await listed(raw, limit="2")
    assert (page["first_id"], page["last_id"], page["has_more"]) == (three.id, two.id, True)
    (oldest,) = (await listed(raw, after=two.id))["data"]
    async with raw.get(f"{RESPONSES}/{one.id}") as response:
        assert oldest == await response.json()
    assert oldest["metadata"] == {"mark": "1"}
    assert oldest["agent_reference"]["name"] == "helper"
    assert {"background", "created_at"} <= set(oldest)
    assert [item["response_id"] for item in oldest["output"]] == [one.id]


async def test_a_list_has_exactly_what_was_asked_for(
    openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    conversation = await openai.conversations.create()
    ask = openai.responses.create
    helped = await ask(input="Hi", extra_body=HELPER)
    told = await ask(input="Hi", conversation=conversation.id, extra_body=HELPER)
    pinned = await ask(input="Hi", extra_body=RESEARCHER)
    bare = await ask(input="Hi", model="scripted-model")
    assert await ids(raw) == [bare.id, pinned.id, told.id, helped.id]
    assert await ids(raw, agent_name="helper") == [told.id, helped.id]
    assert await ids(raw, agent_id="researcher:1") == [pinned.id]
    assert await ids(raw, agent_id="researcher:2") == []
    assert await ids(raw, conversation_id=conversation.id) == [told.id]
    assert await ids(raw, conversation_id="conv_no") == []


async def test_the_list_shows_running_responses_unless_told_otherwise(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    name = await begin(openai, "[slow 60]")
    (running,) = (await listed(raw))["data"]
    assert (running["id"], running["status"], running["output"]) == (name, "in_progress", [])
    emulator.behave(lists_running=False)
    assert await ids(raw) == []
    await openai.responses.cancel(name)
    assert await ids(raw) == [name]


async def test_there_may_be_nolisted(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    async with raw.get(ENDPOINT) as response:
        assert response.status == 405
    emulator.behave(lists_responses=False)
    async with raw.get(RESPONSES) as response:
        assert response.status == 405
        assert (await error_of(response))["code"] == "method_not_allowed"
