"""Sessions of hosted agents: begun, named, shared, stopped, deleted, and slow to be ready."""

from functools import partial
from typing import Any

import aiohttp
import anyio
import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import VersionRefIndicator
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from openai import AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.hosted import HOSTED, RESPONSES, SESSIONS, ask, identity

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("hosted")]

FIRST = VersionRefIndicator(agent_version="1")


async def test_a_session_is_begun_and_kept_by_what_follows(raw: aiohttp.ClientSession) -> None:
    _, first, headers = await ask(raw)
    session = first["agent_session_id"]
    assert headers["x-agent-session-id"] == session
    _, second, _ = await ask(raw, previous_response_id=first["id"])
    _, third, _ = await ask(raw, agent_session_id=session)
    _, other, _ = await ask(raw)
    assert second["agent_session_id"] == third["agent_session_id"] == session
    assert other["agent_session_id"] != session


async def test_a_named_session_counts_more_than_the_one_of_what_came_before(
    raw: aiohttp.ClientSession,
) -> None:
    _, first, _ = await ask(raw)
    _, other, _ = await ask(raw)
    named = {"agent_session_id": other["agent_session_id"]}
    _, second, _ = await ask(raw, previous_response_id=first["id"], **named)
    assert second["agent_session_id"] == other["agent_session_id"]


async def test_a_conversation_keeps_a_session_of_each_agent(
    emulator: Emulator, box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("bag", definition=HOSTED)
    conversation = (await box.conversations.create()).id
    used: list[str] = []
    for agent in ("box", "bag", "box", "bag"):
        place = RESPONSES.replace("box", agent)
        _, answer, _ = await ask(raw, place=place, conversation=conversation)
        used.append(answer["agent_session_id"])
    assert used[:2] == used[2:]
    assert used[0] != used[1]


async def test_a_session_works_in_the_version_that_it_was_made_for(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("box", definition=HOSTED)
    made = await project.agents.create_session("box", version_indicator=FIRST)
    assert made.status == "active"
    _, answer, _ = await ask(raw, agent_session_id=made.agent_session_id)
    assert answer["agent_reference"]["version"] == "1"
    assert (await ask(raw))[1]["agent_reference"]["version"] == "2"
    gone = VersionRefIndicator(agent_version="9")
    with pytest.raises(ResourceNotFoundError, match="AgentVersion 'box:9' not found"):
        await project.agents.create_session("box", version_indicator=gone)


async def test_sessions_are_listed_the_newest_first_and_page_by_page(
    project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    made = [
        (await project.agents.create_session("box", version_indicator=FIRST)).agent_session_id
        for _ in range(3)
    ]
    pager = project.agents.list_sessions("box", limit=2)
    assert [each.agent_session_id async for each in pager] == made[::-1]
    await project.agents.delete_session("box", made[1])
    pager = project.agents.list_sessions("box", order="asc")
    assert [each.agent_session_id async for each in pager] == [made[0], made[2]]
    async with raw.get(SESSIONS, headers=identity("ada")) as reply:
        assert await reply.json() == {"object": "list", "data": [], "has_more": False}


async def test_a_session_that_is_stopped_goes_on_with_the_next_question(
    project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    _, answer, _ = await ask(raw)
    session = answer["agent_session_id"]
    for _ in range(2):
        await project.agents.stop_session("box", session)
        assert (await project.agents.get_session("box", session)).status == "idle"
    assert (await ask(raw, agent_session_id=session))[0] == 200
    assert (await project.agents.get_session("box", session)).status == "active"


async def test_a_session_that_is_deleted_is_gone(
    project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    own = {"agent_session_id": "my-own-session"}
    await project.agents.create_session("box", version_indicator=FIRST, **own)
    for _ in range(2):
        await project.agents.delete_session("box", "my-own-session")
    for refused in (project.agents.get_session, project.agents.stop_session):
        with pytest.raises(ResourceNotFoundError, match="Session 'my-own-session' not found"):
            await refused("box", "my-own-session")
    status, body, _ = await ask(raw, **own)
    assert (status, body["error"]["code"]) == (404, "not_found")
    assert body["error"]["message"] == "Session 'my-own-session' not found"
    await project.agents.create_session("box", version_indicator=FIRST, **own)
    assert (await ask(raw, **own))[0] == 200


async def test_a_session_of_another_agent_is_not_there(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("bag", definition=HOSTED)
    _, answer, _ = await ask(raw)
    session = answer["agent_session_id"]
    await project.agents.delete_session("bag", session)
    assert (await project.agents.get_session("box", session)).status == "active"
    place = RESPONSES.replace("box", "bag")
    assert (await ask(raw, place=place, agent_session_id=session))[0] == 404


async def test_a_session_that_cannot_be_is_refused(project: AIProjectClient) -> None:
    create = project.agents.create_session
    for wrong in ("a b c d e", "seven77", "x" * 129):
        with pytest.raises(HttpResponseError, match="session id is not valid"):
            await create("box", version_indicator=FIRST, agent_session_id=wrong)
    with pytest.raises(HttpResponseError, match="is not a hosted agent, and has no sessions"):
        await create("helper", version_indicator=FIRST)
    await create("box", version_indicator=FIRST, agent_session_id="eight888")
    with pytest.raises(ResourceExistsError, match="Session 'eight888' already exists"):
        await create("box", version_indicator=FIRST, agent_session_id="eight888")


async def test_another_user_s_session_is_not_accessible(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    _, mine, _ = await ask(raw, "ada")
    session = mine["agent_session_id"]
    status, body, _ = await ask(raw, agent_session_id=session)
    assert (status, body["error"]["code"]) == (403, "session_not_accessible")
    for user in ("bob", ""):
        for method, path in (("GET", session), ("DELETE", session), ("POST", f"{session}:stop")):
            asked = raw.request(method, f"{SESSIONS}/{path}", headers=identity(user))
            async with asked as reply:
                assert reply.status == 403
    assert emulator.store.sessions[session].info["status"] == "active"
    status, body, _ = await ask(raw, "a b")
    assert (status, body["error"]["param"]) == (400, "x-ms-user-identity")


async def test_a_session_that_is_not_ready_refuses_until_it_is(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(cold_start=0.2, cold="refuses")
    status, body, headers = await ask(raw)
    session = headers["x-agent-session-id"]
    assert (status, body["error"]["code"]) == (424, "session_not_ready")
    assert body["error"]["message"] == (
        f"Session '{session}' did not become ready within the expected timeout"
    )
    assert emulator.runs_taken == 0
    while status == 424:
        status, body, _ = await ask(raw, agent_session_id=session)
    assert (status, body["agent_session_id"]) == (200, session)
    emulator.behave(cold_start=3600)
    new = await project.agents.create_session("box", version_indicator=FIRST)
    assert new.status == "creating"


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_waits_until_its_session_is_ready(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession, streamed: bool
) -> None:
    emulator.behave(cold_start=0.2)
    async with raw.post(RESPONSES, json={"input": "Hi", "stream": streamed}) as reply:
        session = reply.headers["x-agent-session-id"]
    assert (await project.agents.get_session("box", session)).status == "active"


async def test_an_answer_that_is_given_up_before_its_session_is_ready_is_stopped(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(cold_start=3600)
    async with anyio.create_task_group() as group:
        group.start_soon(partial(ask, raw, input="[slow 60]"))
        await emulator.wait_for(lambda it: it.runs_taken == 1)
        group.cancel_scope.cancel()
    await emulator.wait_for(lambda it: not it.live)


@pytest.mark.parametrize("status", ["expired", "failed"])
async def test_what_is_under_way_in_a_session_that_ends_goes_nowhere(
    emulator: Emulator,
    project: AIProjectClient,
    box: AsyncOpenAI,
    raw: aiohttp.ClientSession,
    status: str,
) -> None:
    body: dict[str, Any] = {"background": True, "stream": True}
    async with raw.post(RESPONSES, json={"input": "[slow 60]", **body}) as reply:
        await reply.content.readline()
        session = reply.headers["x-agent-session-id"]
        emulator.end_session(session, status)
        await reply.read()
    (name,) = emulator.store.responses
    assert (await box.responses.retrieve(name)).status == "in_progress"
    assert emulator.live == []
    assert (await project.agents.get_session("box", session)).status == status
    for follows in ({"agent_session_id": session}, {"previous_response_id": name}):
        assert (await ask(raw, **follows))[0] == 404
    with pytest.raises(ResourceNotFoundError):
        await project.agents.stop_session("box", session)


async def test_a_session_comes_to_no_end_that_there_is_not(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    _, answer, _ = await ask(raw)
    with pytest.raises(ValueError, match="status='idle' is none of expired, failed, deleted"):
        emulator.end_session(answer["agent_session_id"], "idle")
