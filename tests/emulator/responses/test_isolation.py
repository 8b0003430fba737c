"""Users do not meet each other's answers, conversations and sessions where the service says so."""

from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from openai import APIStatusError, AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import HELPER, ids
from tests.rigs.foundry_tokens import asked, signed_in, token_of
from tests.rigs.hosted import RESPONSES, SESSIONS, identity
from tests.rigs.issuer import ALICE, BOB
from tests.rigs.sdk_clients import openai_client, project_client

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("hosted")]

ALL = ("get", "input items", "cancel", "follow", "talk", "talk's items", "talk on", "delete")
MET = dict.fromkeys(ALL, 200)
NOT_MET = dict.fromkeys(ALL, 404)
# What is not there cannot be followed, in the words of the Responses API; hosted agents say 404.
LIKE_NONE = {**NOT_MET, "follow": 400}


@asynccontextmanager
async def at(emulator: Emulator, person: str, agent: str) -> AsyncGenerator[AsyncOpenAI]:
    """Be that person at an agent's own endpoint, or where there is none at the project's routes."""
    token = token_of(person)
    if not agent:
        async with openai_client(emulator, token) as client:
            yield client
        return
    async with (
        project_client(emulator, token) as project,
        project.get_openai_client(agent_name=agent) as client,
    ):
        yield client


async def met(emulator: Emulator, agent: str, *, by: str = BOB) -> dict[str, int]:
    """What somebody gets of what is Alice's, asked and looked for at the same place."""
    named: dict[str, Any] = {} if agent else {"extra_body": HELPER}
    async with at(emulator, ALICE, agent) as alice, at(emulator, by, agent) as other:
        talk = (await alice.conversations.create()).id
        slow = await _asked(alice, input="[slow 60]", background=True, **named)
        said = await _asked(alice, input="Hi", **named)
        calls: dict[str, Coroutine[Any, Any, object]] = {
            "get": other.responses.retrieve(said),
            "input items": _listed(other.responses.input_items.list(said)),
            "cancel": other.responses.cancel(slow),
            "follow": _asked(other, input="Hi", previous_response_id=said, **named),
            "talk": other.conversations.retrieve(talk),
            "talk's items": _listed(other.conversations.items.list(talk)),
            "talk on": _asked(other, input="Hi", conversation=talk, **named),
            "delete": other.responses.delete(said),
        }
        return {name: await _status(call) for name, call in calls.items()}


async def _asked(client: AsyncOpenAI, **words: Any) -> str:  # noqa: ANN401 - the client's words
    create: Any = client.responses.create
    return (await create(**words)).id


async def _listed(page: Any) -> object:  # noqa: ANN401 - the client's pager
    return await page


async def _status(call: Coroutine[Any, Any, object]) -> int:
    try:
        await call
    except APIStatusError as error:
        return error.status_code
    return 200


@pytest.mark.parametrize("agent", ["box", "helper", ""])
async def test_everybody_meets_what_is_their_own(emulator: Emulator, agent: str) -> None:
    emulator.behave(isolation="everywhere")
    assert await met(emulator, agent, by=ALICE) == MET


@pytest.mark.parametrize("isolation", ["endpoints", "everywhere", "hosted"])
async def test_a_hosted_agent_always_keeps_users_apart(emulator: Emulator, isolation: str) -> None:
    emulator.behave(isolation=isolation)
    assert await met(emulator, "box") == NOT_MET
    assert len(emulator.store.sessions) == 2


@pytest.mark.parametrize(
    ("isolation", "endpoint", "project"),
    [("endpoints", LIKE_NONE, MET), ("everywhere", LIKE_NONE, LIKE_NONE), ("hosted", MET, MET)],
)
async def test_a_prompt_agent_keeps_users_apart_where_the_word_says_so(
    emulator: Emulator, isolation: str, endpoint: dict[str, int], project: dict[str, int]
) -> None:
    emulator.behave(isolation=isolation)
    assert await met(emulator, "helper") == endpoint
    assert await met(emulator, "") == project


async def test_a_list_shows_what_the_word_lets_its_caller_meet(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    async with at(emulator, ALICE, "") as alice:
        await alice.responses.create(input="Hi", extra_body=HELPER)
    assert len(await ids(raw)) == 1
    emulator.behave(isolation="everywhere")
    assert await ids(raw) == []


async def test_a_person_s_session_is_not_another_s(raw: aiohttp.ClientSession) -> None:
    _, mine = await asked(raw, RESPONSES, signed_in(ALICE))
    session = {"agent_session_id": mine["agent_session_id"]}
    for headers in (signed_in(BOB), {}):
        status, refused = await asked(raw, RESPONSES, headers, **session)
        assert (status, refused["error"]["code"]) == (403, "session_not_accessible")
        async with raw.get(SESSIONS, headers=headers) as reply:
            assert (await reply.json())["data"] == []
    assert (await asked(raw, RESPONSES, signed_in(ALICE), **session))[0] == 200


async def test_whoever_a_middle_tier_speaks_for_may_enter_a_session_and_meets_nothing_else_in_it(
    raw: aiohttp.ClientSession,
) -> None:
    _, hers = await asked(raw, RESPONSES, identity("ada"))
    session = {"agent_session_id": hers["agent_session_id"]}
    status, his = await asked(raw, RESPONSES, identity("bob"), **session)
    assert (status, his["agent_session_id"]) == (200, hers["agent_session_id"])
    follows = {"previous_response_id": hers["id"]}
    assert (await asked(raw, RESPONSES, identity("bob"), **session, **follows))[0] == 404
    assert (await asked(raw, RESPONSES, {}, **session))[0] == 403
    assert (await asked(raw, RESPONSES, identity("ada"), **session, **follows))[0] == 200


async def test_a_middle_tier_meets_its_own_only_and_nobody_who_is_called_like_a_person(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    _, mine = await asked(raw, RESPONSES, signed_in(ALICE))
    (known,) = {each.user for each in emulator.store.sessions.values()}
    for headers in ({}, identity(ALICE), identity(known.replace("/", "."))):
        status, _ = await asked(raw, RESPONSES, headers, previous_response_id=mine["id"])
        assert status == 404
    _, own = await asked(raw, RESPONSES, {})
    assert (await asked(raw, RESPONSES, {}, previous_response_id=own["id"]))[0] == 200
