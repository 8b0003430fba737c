"""Sessions of hosted agents: kept with a conversation, made for a version, shared by a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.rigs.calling import Told, answered, ask, failed
from tests.rigs.hosted import HOSTED

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

OWN = "/agents/box/endpoint/protocols/openai/responses"
SESSIONS = "/agents/box/endpoint/sessions"


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("box", definition=HOSTED)
    emulator.store.add_agent("box", definition=HOSTED)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, agent="box")


def sent(emulator: Emulator) -> list[Any]:
    """The sessions that the questions named, None for those that named none."""
    asked: list[Any] = [e.body for e in emulator.received if e.path == OWN and e.method == "POST"]
    return [body.get("agent_session_id") for body in asked]


def count(emulator: Emulator, line: str) -> int:
    return sum(f"{each.method} {each.path}" == line for each in emulator.received)


async def test_a_conversation_keeps_its_session(emulator: Emulator, client: Client) -> None:
    answer = await ask(client, "Hi")
    for _ in "12":
        answer = await ask(client, "Hi", conversation_id=answer["conversation_id"])
    (session,) = emulator.store.sessions
    assert sent(emulator) == [None, session, session]
    assert "turn 3" in answer["text"]
    assert count(emulator, f"GET {OWN}") == 0


async def test_after_a_restart_the_session_is_read_from_the_last_response(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        first = await ask(client, "Hi")
    async with connect() as client:
        named = {"conversation_id": first["conversation_id"], "agent": "box"}
        await answered(client, "ask_agent", message="Hi", **named)
        await answered(client, "ask_agent", message="Hi", **named)
    (session,) = emulator.store.sessions
    assert sent(emulator) == [None, session, session]
    read = f"GET {OWN}/{first['conversation_id']}"
    assert count(emulator, read) == 1


async def test_a_durable_conversation_binds_its_session_by_itself(
    emulator: Emulator, client: Client
) -> None:
    first = await ask(client, "Hi", conversation_id="new")
    await ask(client, "Hi", conversation_id=first["conversation_id"])
    (session,) = emulator.store.sessions
    assert sent(emulator) == [None, session]


async def test_a_version_is_asked_in_a_session_made_for_it(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    first = await ask(client, "Hi", "box:1")
    second = await ask(client, "Hi", "box:1", conversation_id=first["conversation_id"])
    other = await ask(client, "Hi", "box:2", conversation_id=second["conversation_id"])
    newest = await ask(client, "Hi")
    assert (first["agent"], second["agent"], other["agent"]) == ("box:1", "box:1", "box:2")
    assert "turn 3" in other["text"]
    assert newest["agent"] == "box:2"
    assert count(emulator, f"POST {SESSIONS}") == 2
    one, two, _ = emulator.store.sessions
    assert sent(emulator) == [one, one, two, None]


async def test_a_version_that_is_not_there_is_told_before_anything_is_asked(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    error = await failed(client, "ask_agent", message="Hi", agent="box:9")
    assert error["code"] == "agent_not_found"
    assert "box:9" in error["message"]
    assert emulator.runs_taken == 0


async def test_a_version_of_a_prompt_agent_is_not_asked_for_at_its_own_endpoint(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(route="agent") as client:
        error = await failed(client, "ask_agent", message="Hi", agent="helper:1")
    assert error["code"] == "invalid_request"
    assert "Without ':1' the version answers that the agent's operator chose" in error["message"]
    assert emulator.runs_taken == 0


@pytest.mark.parametrize("agent", ["box", "box:1"])
async def test_a_batch_shares_a_few_sessions_and_runs_no_more_at_once(
    emulator: Emulator, client: Client, agent: str
) -> None:
    most = 0

    def look(it: Emulator) -> bool:
        nonlocal most
        most = max(most, len(it.live))
        return it.runs_taken == 24 and not it.live

    requests = [{"message": f"[slow 0.02] [say {number}]"} for number in range(24)]
    batch: dict[str, Any] = {}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(emulator.wait_for, look, 30)
        batch |= await answered(client, "batch_ask", requests=requests, agent=agent)
    assert [answer["text"] for answer in batch["answers"]] == [str(n) for n in range(24)]
    assert len(emulator.store.sessions) == 4
    assert 1 < most <= 4
    assert batch["agent"] == ("box:1" if agent == "box:1" else "box:2")


async def test_questions_that_find_out_together_where_their_agent_is_are_all_asked_there(
    emulator: Emulator, client: Client
) -> None:
    requests = [{"message": f"[say {number}]"} for number in range(16)]
    emulator.fault(on="GET /agents/box", delay=0.2)
    batch = await answered(client, "batch_ask", requests=requests, agent="box")
    assert batch["completed"] == 16
    assert count(emulator, "GET /agents/box") == 1


async def test_the_next_batch_and_a_single_question_do_not_wait_for_each_other_s_sessions(
    emulator: Emulator, client: Client
) -> None:
    requests = [{"message": "[slow 60]"}] * 4
    async with anyio.create_task_group() as tasks:
        asked = {"requests": requests, "agent": "box"}
        tasks.start_soon(client.call_tool, "batch_ask", asked)
        await emulator.wait_for(lambda it: len(it.live) == 4)
        assert (await ask(client, "[say Hello]"))["text"] == "Hello"
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_a_container_on_its_way_is_waited_for_and_that_is_told(
    emulator: Emulator, client: Client, tool: str
) -> None:
    await answered(client, "list_agents")
    emulator.behave(cold_start=0.3, cold="refuses")
    told = Told()
    result = await client.call_tool(tool, {"message": "[say Hello]"}, progress_callback=told)
    assert result.structured_content is not None
    assert result.structured_content["text"] == "Hello"
    assert any("Starting the agent's container…" in line for line in told.lines)
    assert emulator.runs_taken == 1
    (session,) = emulator.store.sessions
    assert set(sent(emulator)) == {None, session}
    assert sent(emulator)[0] is None


async def test_a_container_that_never_starts_is_given_up_within_patience(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.behave(cold_start=3600, cold="refuses")
    async with connect(max_wait=1.2) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "service_unavailable"
    assert "the agent's container did not start" in error["message"]
    assert "Nothing was asked" in error["message"]
    assert "azd ai agent monitor" in error["message"]
    assert emulator.runs_taken == 0
    assert len(emulator.store.sessions) == 1


async def test_a_container_that_is_not_named_is_not_begun_again_with_each_attempt(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    emulator.fail_next(424, on=f"POST {OWN}", times=3, message="It did not become ready")
    answer = await ask(client, "[say Hello]")
    assert answer["text"] == "Hello"
    (session,) = emulator.store.sessions
    assert sent(emulator) == [None, session, session, session]


async def test_a_session_that_expired_is_left_for_a_new_one(
    emulator: Emulator, client: Client
) -> None:
    first = await ask(client, "[say I am Ada]")
    (session,) = emulator.store.sessions
    emulator.end_session(session, "expired")
    second = await ask(client, "Who?", conversation_id=first["conversation_id"])
    assert "turn 2" in second["text"]
    assert emulator.runs_taken == 2
    assert len(emulator.store.sessions) == 2


async def test_text_that_is_begun_anew_replaces_what_was_streamed(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    emulator.fault(restart=True)
    answer = await answered(client, "stream_agent", message="[long 20]")
    assert len(answer["text"].split()) == 20
