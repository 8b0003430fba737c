"""Hosted agents: asked at their own endpoint, in sessions, by users, in the version served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from openai import NotFoundError

from tests.rigs.sdk_clients import project_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp
    from azure.ai.projects.aio import AIProjectClient
    from openai import AsyncOpenAI

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

HOSTED: dict[str, Any] = {"kind": "hosted", "cpu": "1", "memory": "2Gi", "image": "a"}
RESPONSES = "agents/box/endpoint/protocols/openai/responses?api-version=v1"
SESSIONS = "agents/box/endpoint/sessions?api-version=v1"


@pytest.fixture
async def project(emulator: Emulator) -> AsyncGenerator[AIProjectClient]:
    emulator.store.add_agent("box", definition=HOSTED)
    async with project_client(emulator) as client:
        yield client


@pytest.fixture
async def box(project: AIProjectClient) -> AsyncGenerator[AsyncOpenAI]:
    async with project.get_openai_client(agent_name="box") as client:
        yield client


async def ask(raw: aiohttp.ClientSession, user: str = "", **body: object) -> tuple[int, Any, Any]:
    headers = {"x-ms-user-identity": user} if user else {}
    async with raw.post(RESPONSES, json={"input": "Hi", **body}, headers=headers) as reply:
        return reply.status, await reply.json(), reply.headers


async def test_a_hosted_agent_is_refused_at_the_project_and_answers_at_its_own_endpoint(
    emulator: Emulator, box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    reference = {"agent_reference": {"type": "agent_reference", "name": "box"}}
    async with raw.post("openai/v1/responses", json={"input": "Hi", **reference}) as reply:
        refused = (reply.status, (await reply.json())["error"])
    assert refused[0] == 400
    assert refused[1]["message"] == "ID cannot be null or empty (Parameter 'id')"
    assert emulator.runs_taken == 0
    answer = await box.responses.create(input="[say Hello]")
    assert (answer.output_text, answer.model, answer.usage) == ("Hello", "", None)
    assert (await box.responses.retrieve(answer.id)).output_text == "Hello"
    async with raw.get(f"openai/v1/responses/{answer.id}") as reply:
        assert reply.status == 404
    async with raw.get("openai/v1/responses") as reply:
        assert (await reply.json())["data"] == []


async def test_the_project_s_route_can_take_hosted_agents_too(
    emulator: Emulator, box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(hosted_at_project=True)
    answer = await box.responses.create(input="[say Hello]")
    async with raw.get(f"openai/v1/responses/{answer.id}") as reply:
        assert reply.status == 200


@pytest.mark.usefixtures("project")
async def test_a_session_is_begun_and_kept_by_what_follows(raw: aiohttp.ClientSession) -> None:
    _, first, headers = await ask(raw)
    session = first["agent_session_id"]
    assert headers["x-agent-session-id"] == session
    identifier, again = headers["X-Request-ID"].split(",")
    assert identifier == again
    _, second, _ = await ask(raw, previous_response_id=first["id"])
    _, third, _ = await ask(raw, agent_session_id=session)
    _, other, _ = await ask(raw)
    assert second["agent_session_id"] == third["agent_session_id"] == session
    assert other["agent_session_id"] != session


async def test_a_conversation_of_the_endpoint_keeps_its_session(
    box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    conversation = (await box.conversations.create()).id
    sessions = [(await ask(raw, conversation=conversation))[1]["agent_session_id"] for _ in "12"]
    assert sessions[0] == sessions[1]


async def test_a_session_is_made_for_a_version_and_shown_until_it_is_deleted(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("box", definition=HOSTED)
    indicator = {"type": "version_ref", "agent_version": "1"}
    async with raw.post(SESSIONS, json={"version_indicator": indicator}) as reply:
        made = await reply.json()
        assert reply.status == 201
    session = made["agent_session_id"]
    _, answer, _ = await ask(raw, agent_session_id=session)
    assert answer["agent_reference"]["version"] == "1"
    place = SESSIONS.replace("sessions", f"sessions/{session}")
    async with raw.get(SESSIONS) as reply:
        assert [each["agent_session_id"] for each in (await reply.json())["data"]] == [session]
    async with raw.post(place.replace(session, f"{session}:stop"), json={}) as reply:
        assert (await reply.json())["status"] == "idle"
    async with raw.delete(place) as reply:
        assert reply.status == 204
    async with raw.get(place) as reply:
        assert reply.status == 404
    assert (await ask(raw, agent_session_id=session))[0] == 404
    assert project


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("agent", "body", "told"),
    [
        ("box", {"agent_session_id": "a b"}, "session id is not valid"),
        ("helper", {}, "is not a hosted agent, and has no sessions"),
    ],
)
async def test_a_session_that_cannot_be_is_refused(
    raw: aiohttp.ClientSession, agent: str, body: dict[str, str], told: str
) -> None:
    async with raw.post(SESSIONS.replace("box", agent), json=body) as reply:
        assert reply.status == 400
        assert told in (await reply.json())["error"]["message"]


@pytest.mark.usefixtures("project")
async def test_a_session_that_is_not_ready_refuses_and_is_named(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(cold_start=3600, cold="refuses")
    status, body, headers = await ask(raw)
    session = headers["x-agent-session-id"]
    assert (status, body["error"]["code"]) == (424, "session_not_ready")
    assert f"Session '{session}' did not become ready" in body["error"]["message"]
    assert emulator.runs_taken == 0
    async with raw.get(SESSIONS.replace("sessions", f"sessions/{session}")) as reply:
        assert (await reply.json())["status"] == "creating"
    emulator.behave(cold="waits", cold_start=0.05)
    assert (await ask(raw))[0] == 200


@pytest.mark.usefixtures("project")
async def test_one_user_s_answers_and_sessions_are_not_there_for_another(
    raw: aiohttp.ClientSession,
) -> None:
    _, mine, _ = await ask(raw, "ada")
    status, body, _ = await ask(raw, "bob", previous_response_id=mine["id"])
    assert (status, body["error"]["code"]) == (404, "not_found")
    assert "[Request ID: " in body["error"]["message"]
    status, body, _ = await ask(raw, "bob", agent_session_id=mine["agent_session_id"])
    assert (status, body["error"]["code"]) == (403, "session_not_accessible")
    place = RESPONSES.replace("responses", f"responses/{mine['id']}")
    for user, wanted in (("ada", 200), ("bob", 404), ("", 404)):
        async with raw.get(place, headers={"x-ms-user-identity": user}) as reply:
            assert reply.status == wanted
    assert (await ask(raw, "a b"))[0] == 400


@pytest.mark.usefixtures("project")
async def test_what_is_under_way_in_a_session_that_ends_goes_nowhere(
    emulator: Emulator, box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    body = {"background": True, "stream": True}
    async with raw.post(RESPONSES, json={"input": "[slow 60]", **body}) as reply:
        await reply.content.readline()
        (session,) = emulator.store.sessions
        emulator.end_session(session, "failed")
        await reply.read()
    (name,) = emulator.store.responses
    assert (await box.responses.retrieve(name)).status == "in_progress"
    assert emulator.live == []
    assert (await ask(raw, agent_session_id=session))[0] == 404


async def test_the_version_that_is_served_answers_at_the_endpoint_and_the_newest_elsewhere(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("box", definition=HOSTED)
    emulator.store.add_agent("helper", instructions="Newer.")
    rules = [{"type": "FixedRatio", "agent_version": "1", "traffic_percentage": 100}]
    endpoint: Any = {"version_selector": {"version_selection_rules": rules}}
    for agent in ("box", "helper"):
        patched = await project.agents.update_details(agent, agent_endpoint=endpoint)
        assert patched.versions.latest.version == "2"
    assert (await ask(raw))[1]["agent_reference"]["version"] == "1"
    async with project.get_openai_client(agent_name="helper") as helper:
        answer: Any = await helper.responses.create(input="Hi")
    assert answer.agent_reference["version"] == "1"
    assert answer.usage is not None
    async with project.get_openai_client() as openai:
        reference = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
        newest: Any = await openai.responses.create(input="Hi", extra_body=reference)
    assert newest.agent_reference["version"] == "2"
    await project.agents.delete_version("box", "1")
    status, body, _ = await ask(raw)
    assert (status, body["error"]["message"]) == (404, "AgentVersion 'box:1' not found")


async def test_a_draft_is_not_the_latest_and_listed_only_where_it_is_asked_for(
    project: AIProjectClient,
) -> None:
    definition: Any = {"kind": "prompt", "model": "scripted-model"}
    made = await project.agents.create_version("helper", definition=definition, draft=True)
    assert (made.version, made.draft) == ("2", True)
    assert (await project.agents.get("helper")).versions.latest.version == "1"
    listed = [each.version async for each in project.agents.list_versions("helper")]
    assert listed == ["1"]
    pager = project.agents.list_versions("helper", include_drafts=True)
    assert [each.version async for each in pager] == ["2", "1"]


async def test_a_consumer_may_ask_agents_and_nothing_else(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(consumer_only=True)
    with pytest.raises(HttpResponseError) as refused:
        _ = [each async for each in project.agents.list()]
    assert "agents/read` to perform `GET" in str(refused.value)
    assert (await ask(raw))[0] == 200
    async with raw.post(RESPONSES.replace("responses", "conversations"), json={}) as reply:
        assert reply.status == 401
    emulator.behave(consumer_only=False)
    narrow = {"Authorization": "Bearer consumer"}
    async with raw.get("agents?api-version=v1", headers=narrow) as reply:
        assert reply.status == 401


@pytest.mark.parametrize("kind", ["external", "voice"])
async def test_what_only_bears_the_name_of_an_agent_cannot_be_asked(
    emulator: Emulator, box: AsyncOpenAI, raw: aiohttp.ClientSession, kind: str
) -> None:
    emulator.store.add_agent("box", definition={"kind": kind})
    status, body, _ = await ask(raw)
    assert status == 400
    assert "cannot be asked" in body["error"]["message"]
    assert box


async def test_an_agent_that_is_disabled_answers_nowhere(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    await project.agents.disable("box")
    await project.agents.disable("helper")
    assert (await project.agents.get("box")).state == "disabled"
    assert (await ask(raw))[0] == 403
    reference = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
    async with raw.post("openai/v1/responses", json={"input": "Hi", **reference}) as reply:
        assert reply.status == 403
    assert emulator.runs_taken == 0


async def test_a_card_is_patched_field_by_field(
    emulator: Emulator, project: AIProjectClient
) -> None:
    card: Any = {"version": "1", "description": "Boxes.", "skills": [{"id": "a", "name": "A"}]}
    await project.agents.update_details("box", agent_card=card)
    await project.agents.update_details("box", agent_card={"description": "Bags."})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - a merge-patch is a part of it
    shown = emulator.store.agent("box").body()["agent_card"]
    assert shown == {**card, "description": "Bags."}


async def test_another_agent_s_response_is_not_found(
    emulator: Emulator, box: AsyncOpenAI, project: AIProjectClient
) -> None:
    emulator.store.add_agent("bag", definition=HOSTED)
    answer = await box.responses.create(input="Hi")
    async with project.get_openai_client(agent_name="bag") as bag:
        with pytest.raises(NotFoundError):
            await bag.responses.retrieve(answer.id)
    with pytest.raises(ResourceNotFoundError):
        await project.agents.get("bog")
