"""Who answers, where, in which version and for whom."""

from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import ids
from tests.rigs.asking_responses import HELPER
from tests.rigs.hosted import HOSTED, REFERRED, RESPONSES, ask, identity

pytestmark = pytest.mark.anyio

PROJECT = "openai/v1/responses"


async def test_a_hosted_agent_is_refused_at_the_project(
    emulator: Emulator, box: AsyncOpenAI, openai: AsyncOpenAI
) -> None:
    with pytest.raises(BadRequestError) as refused:
        await openai.responses.create(input="Hi", extra_body=REFERRED)
    assert refused.value.code == "bad_request"
    assert "ID cannot be null or empty (Parameter 'id')" in str(refused.value)
    assert emulator.runs_taken == 0
    assert (await box.responses.create(input="[say Hello]")).output_text == "Hello"


async def test_a_hosted_answer_is_shaped_as_recorded(
    box: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    conversation = (await box.conversations.create()).id
    _, body, headers = await ask(raw, input="[say Hello]")
    assert body["id"].startswith("caresp_")
    assert body["model"] == ""
    assert not {"usage", "conversation"} & set(body)
    assert body["agent_reference"] == {**REFERRED["agent_reference"], "version": "1"}
    (item,) = body["output"]
    assert (item["response_id"], item["agent_reference"]) == (body["id"], None)
    told = ("x-agent-response-id", "x-agent-session-id", "x-agent-version-resolved")
    assert [headers[name] for name in told] == [body["id"], body["agent_session_id"], "1"]
    assert headers["x-agent-version-resolution"] == "pinned"
    assert headers["x-platform-server"].startswith("azure-ai-agentserver-core/")
    identifier, again = headers["X-Request-ID"].split(",")
    assert identifier == again
    _, body, _ = await ask(raw, conversation=conversation)
    assert body["conversation"] == {"id": conversation}


@pytest.mark.usefixtures("hosted")
async def test_a_prompt_agent_has_no_session_at_its_endpoint(raw: aiohttp.ClientSession) -> None:
    _, body, headers = await ask(raw, place=RESPONSES.replace("box", "helper"))
    assert body["id"].startswith("resp_")
    assert (body["model"], bool(body["usage"])) == ("scripted-model", True)
    assert headers["x-agent-version-resolved"] == "1"
    assert "agent_session_id" not in body
    assert "x-agent-session-id" not in headers


async def test_a_hosted_answer_is_found_at_its_agent_s_endpoint_and_by_its_user_only(
    emulator: Emulator, raw: aiohttp.ClientSession, box: AsyncOpenAI
) -> None:
    emulator.store.add_agent("bag", definition=HOSTED)
    _, body, _ = await ask(raw, "ada", background=True, stream=False)
    name, bag = body["id"], RESPONSES.replace("box", "bag")
    with pytest.raises(NotFoundError, match=rf"Response '{name}' not found. \[Request ID: "):
        await box.responses.retrieve(name)
    ways = [("GET", ""), ("GET", "?stream=true"), ("GET", "/input_items"), ("POST", "/cancel")]
    for method, rest in [*ways, ("DELETE", "")]:
        for place, user in ((PROJECT, "ada"), (bag, "ada"), (RESPONSES, "bob"), (RESPONSES, "")):
            path = f"{place}/{name}{rest}"
            async with raw.request(method, path, headers=identity(user)) as reply:
                assert (path, reply.status) == (path, 404)
                error = (await reply.json())["error"]
            assert (error.get("code") == "not_found") is (place == RESPONSES)
            assert ("details" in error) is (place == RESPONSES)
    assert await ids(raw) == []
    async with raw.get(f"{RESPONSES}/{name}/input_items", headers=identity("ada")) as reply:
        assert reply.status == 200
    async with raw.delete(f"{RESPONSES}/{name}", headers=identity("ada")) as reply:
        assert reply.status == 200


@pytest.mark.usefixtures("hosted")
async def test_a_hosted_answer_is_followed_by_its_agent_and_its_user_only(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("bag", definition=HOSTED)
    _, body, _ = await ask(raw, "ada")
    follows = {"previous_response_id": body["id"]}
    bag, helper = (RESPONSES.replace("box", each) for each in ("bag", "helper"))
    for place, user in ((RESPONSES, "bob"), (RESPONSES, ""), (bag, "ada"), (helper, "ada")):
        status, refused, _ = await ask(raw, user, place=place, **follows)
        assert (status, refused["error"]["code"]) == (404, "not_found")
        assert refused["error"]["message"].startswith(f"Response '{body['id']}' not found. [Req")
    assert (await ask(raw, "ada", **follows))[0] == 200
    assert emulator.runs_taken == 2


async def test_the_project_can_take_hosted_agents_too(
    emulator: Emulator, box: AsyncOpenAI, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(hosted_at_project=True)
    emulator.store.add_agent("box", definition=HOSTED)
    first = await openai.responses.create(input="[say Hello]", extra_body=REFERRED)
    for client in (box, openai):
        assert (await client.responses.retrieve(first.id)).output_text == "Hello"
    assert await ids(raw) == [first.id]
    _, second, _ = await ask(raw, previous_response_id=first.id)
    _, third, _ = await ask(raw, place=PROJECT, previous_response_id=second["id"], **REFERRED)
    sessions = {each["agent_session_id"] for each in (first.to_dict(), second, third)}
    assert sessions == set(emulator.store.sessions)
    assert len(sessions) == 1
    pinned: dict[str, Any] = {"agent_reference": {**REFERRED["agent_reference"], "version": "1"}}
    _, old, _ = await ask(raw, place=PROJECT, **pinned)
    assert (old["agent_reference"]["version"], third["agent_reference"]["version"]) == ("1", "2")


def pinned(version: str, share: int = 100) -> Any:  # noqa: ANN401 - a model of the SDK, or a dict
    """An endpoint that serves that version."""
    rule = {"type": "FixedRatio", "agent_version": version, "traffic_percentage": share}
    return {"version_selector": {"version_selection_rules": [rule]}}


@pytest.mark.usefixtures("hosted")
@pytest.mark.parametrize("agent", ["box", "helper"])
async def test_the_version_that_is_served_answers_at_the_endpoint_and_the_newest_elsewhere(
    emulator: Emulator, project: AIProjectClient, agent: str
) -> None:
    emulator.behave(hosted_at_project=True)
    for _ in range(2):
        definition = HOSTED if agent == "box" else None
        emulator.store.add_agent(agent, definition=definition, instructions="Newer.")
    patched = await project.agents.update_details(agent, agent_endpoint=pinned("1"))
    assert patched.versions.latest.version == "3"
    reference = {"agent_reference": {"type": "agent_reference", "name": agent}}
    async with project.get_openai_client(agent_name=agent) as own:
        answer: Any = await own.responses.create(input="Hi")
        assert answer.agent_reference["version"] == "1"
        async with project.get_openai_client() as openai:
            newest: Any = await openai.responses.create(input="Hi", extra_body=reference)
        assert newest.agent_reference["version"] == "3"
        await project.agents.delete_version(agent, "1", force=True)
        with pytest.raises(NotFoundError, match=f"AgentVersion '{agent}:1' not found"):
            await own.responses.create(input="Hi")


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("external", 400, "is only registered here, and cannot be asked"),
        ("voice", 501, "does not run agents of the kind voice"),
        ("workflow", 501, "does not run agents of the kind workflow"),
    ],
)
async def test_an_agent_that_nothing_here_runs_does_not_answer(
    emulator: Emulator, raw: aiohttp.ClientSession, kind: str, status: int, words: str
) -> None:
    opted_in = {"Foundry-Features": f"{kind.capitalize()}Agents=V1Preview"}
    body = {"definition": {"kind": kind}}
    async with raw.post("agents/box/versions", json=body, headers=opted_in) as reply:
        assert reply.status == 200
    for place in (RESPONSES, PROJECT):
        reference: dict[str, Any] = REFERRED if place == PROJECT else {}
        refused, error, _ = await ask(raw, place=place, **reference)
        assert (refused, words in error["error"]["message"]) == (status, True)
    assert emulator.runs_taken == 0


@pytest.mark.usefixtures("hosted")
async def test_an_agent_that_is_disabled_answers_nowhere(
    emulator: Emulator, project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    references: dict[str, dict[str, Any]] = {"box": REFERRED, "helper": HELPER}
    for agent, reference in references.items():
        await project.agents.disable(agent)
        own = await ask(raw, place=RESPONSES.replace("box", agent))
        for status, refused, _ in (own, await ask(raw, place=PROJECT, **reference)):
            assert (status, refused["error"]["code"]) == (403, "agent_disabled")
    assert emulator.runs_taken == 0


async def test_an_agent_s_endpoint_has_conversations(box: AsyncOpenAI, openai: AsyncOpenAI) -> None:
    conversation = (await box.conversations.create(metadata={"a": "1"})).id
    await box.responses.create(input="[say Hello]", conversation=conversation)
    for client in (box, openai):
        assert (await client.conversations.retrieve(conversation)).metadata == {"a": "1"}
        items = [item async for item in client.conversations.items.list(conversation)]
        assert [getattr(item, "role", "") for item in items] == ["assistant", "user"]
    assert (await box.conversations.delete(conversation)).deleted
