"""The words that say what the service is like."""

from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.rigs.asking_raw import ENDPOINT, HELPER, RESPONSES, error_of
from tests.rigs.hosted import SESSIONS, ask

pytestmark = pytest.mark.anyio

LACKS_THE_ROLE = {
    "error": {
        "code": "PermissionDenied",
        "message": "The principal `00000000-0000-0000-0000-000000000000` lacks the required data "
        "action `Microsoft.CognitiveServices/accounts/AIServices/agents/write` to perform "
        "`POST /api/projects/{projectName}/openai/*` operation.",
    }
}


async def test_words_replace_what_was_said_before_and_leave_the_rest(emulator: Emulator) -> None:
    emulator.behave(locks="locked", resume_seconds=1.5)
    emulator.behave(locks="busy")
    assert (emulator.behaviour.locks, emulator.behaviour.resume_seconds) == ("busy", 1.5)


async def test_an_unknown_word_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match=r"in a behaviour: explode; known are cold, cold_start,"):
        emulator.behave(explode=True)


async def test_an_unknown_lock_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="locks='shut' is none of busy, locked, empty"):
        emulator.behave(locks="shut")


async def test_it_can_be_told_from_another_process(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    words = {"refused_fields": ["background", "metadata"], "get_breaks": True}
    assert (await raw.post("/_emulator/behaviour", json=words)).status == 200
    assert emulator.behaviour.refused_fields == ("background", "metadata")
    assert emulator.behaviour.get_breaks
    for wrong, says in (({"explode": 1}, "unknown words"), ({"locks": "shut"}, "is none of")):
        async with raw.post("/_emulator/behaviour", json=wrong) as response:
            assert response.status == 400
            assert says in (await response.json())["error"]


async def test_a_missing_role_starts_and_creates_nothing(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(lacks_role=True)
    for path in (RESPONSES, "openai/v1/conversations"):
        async with raw.post(path, json={**HELPER, "input": "Hi"}) as response:
            assert response.status == 401
            assert await response.json() == LACKS_THE_ROLE
    async with raw.post("threads/runs", json={"assistant_id": CLASSIC_AGENT}) as response:
        assert response.status == 401
        assert (
            "`POST /api/projects/{projectName}/threads/*`" in (await error_of(response))["message"]
        )
    assert emulator.runs_taken == 0


async def test_a_missing_role_lets_read_and_cancel(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    started = await openai.responses.create(input="[slow 60]", background=True, extra_body=HELPER)
    emulator.behave(lacks_role=True)
    assert (await raw.get("agents")).status == 200
    assert (await openai.responses.retrieve(started.id)).status == "in_progress"
    assert (await openai.responses.cancel(started.id)).status == "cancelled"


BEYOND_A_CONSUMER = (
    ("GET", "agents", "agents"),
    ("GET", "agents/helper", "agents"),
    ("PATCH", "agents/helper", "agents"),
    ("POST", f"{ENDPOINT.removesuffix('responses')}conversations", "agents"),
    ("GET", "connections", "connections"),
    ("GET", RESPONSES, "openai"),
    ("POST", RESPONSES, "openai"),
    ("POST", "openai/v1/conversations", "openai"),
    ("POST", "threads", "threads"),
    ("GET", "", ""),
)


@pytest.mark.usefixtures("hosted")
@pytest.mark.parametrize("by", ["word", "token"])
async def test_a_consumer_may_ask_agents_and_nothing_else(
    emulator: Emulator, raw: aiohttp.ClientSession, by: str
) -> None:
    emulator.behave(consumer_only=by == "word")
    token = {"Authorization": "Bearer consumer"} if by == "token" else {}
    for method, path, plane in BEYOND_A_CONSUMER:
        action = "read" if method == "GET" else "write"
        # The oldest aiohttp takes no whole address beside a base.
        place = path or "../emulator"
        async with raw.request(method, place, json=HELPER, headers=token) as response:
            error = await error_of(response)
            assert (path, response.status, error["code"]) == (path, 401, "PermissionDenied")
        assert f"AIServices/agents/{action}` to perform `{method} /api/pro" in error["message"]
        assert f"{{projectName}}/{plane}/*` operation." in error["message"]
    assert emulator.runs_taken == 0
    async with raw.post(ENDPOINT, json={"input": "Hi"}, headers=token) as response:
        name = (await response.json())["id"]
    assert (await raw.get(f"{ENDPOINT}/{name}", headers=token)).status == 200
    assert (await raw.get(SESSIONS, headers=token)).status == 200
    emulator.behave(consumer_only=False)
    assert (await ask(raw))[0] == 200


async def test_a_service_that_ignores_the_background_runs_in_the_foreground(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.behave(ignores_background=True)
    whole = await openai.responses.create(input="Hi", background=True, extra_body=HELPER)
    assert (whole.status, whole.background) == ("completed", False)
    events = await openai.responses.create(
        input="[slow 60]", background=True, stream=True, extra_body=HELPER
    )
    first = await anext(aiter(events))
    assert first.type == "response.created"
    assert first.response.background is False
    await events.close()
    await emulator.wait_for(lambda it: not it.live)
    assert (await openai.responses.retrieve(first.response.id)).status == "cancelled"


async def test_metadata_is_echoed_unless_the_service_drops_it(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    async def echoed() -> object:
        response = await openai.responses.create(
            input="Hi", metadata={"mark": "1"}, extra_body=HELPER
        )
        return (await openai.responses.retrieve(response.id)).metadata

    assert await echoed() == {"mark": "1"}
    emulator.behave(drops_metadata=True)
    assert await echoed() == {}


async def _keep_busy(openai: AsyncOpenAI) -> dict[str, Any]:
    """A question on a conversation that has a turn under way."""
    conversation = await openai.conversations.create()
    await openai.responses.create(
        input="[slow 60]", background=True, conversation=conversation.id, extra_body=HELPER
    )
    return {**HELPER, "input": "Hi", "conversation": conversation.id}


async def test_a_busy_conversation_can_be_locked(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(locks="locked")
    question = await _keep_busy(openai)
    for streamed in (True, False):
        async with raw.post(RESPONSES, json={**question, "stream": streamed}) as response:
            assert response.status == 409
            assert await error_of(response) == {
                "message": "Conversation is locked — task is in_progress",
                "type": "conflict",
                "code": "conversation_locked",
                "param": None,
            }
    assert emulator.runs_taken == 1


async def test_a_busy_conversation_can_break_off_a_stream_before_its_first_event(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(locks="empty")
    question = await _keep_busy(openai)
    async with raw.post(RESPONSES, json={**question, "stream": True}) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        with pytest.raises(aiohttp.ClientPayloadError):
            pytest.fail(f"and yet there came {await response.read()!r}")
    assert (await raw.post(RESPONSES, json=question)).status == 409
    assert emulator.runs_taken == 1
