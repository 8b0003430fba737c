"""Where agents are asked: prompt agents through the project, hosted ones at their own endpoint."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import answered, ask, failed, replied
from tests.rigs.hosted import HOSTED, pin
from tests.rigs.raw_service import raw_service, reply, stream

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

OWN = "/agents/box/endpoint/protocols/openai/responses"
PROJECT = "/openai/v1/responses"


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("box", definition=HOSTED)


def lines(emulator: Emulator, since: int = 0) -> list[str]:
    return [f"{each.method} {each.path}" for each in emulator.received[since:]]


async def test_a_prompt_agent_costs_one_request(emulator: Emulator, client: Client) -> None:
    await ask(client, "Hi")
    assert lines(emulator) == [f"POST {PROJECT}"]


async def test_a_hosted_agent_is_looked_at_once_and_asked_once_from_then_on(
    emulator: Emulator, client: Client
) -> None:
    answer = await ask(client, "[say Hello]", "box")
    assert (answer["text"], answer["agent"]) == ("Hello", "box:1")
    assert answer["answer_id"].startswith("box/caresp_")
    assert lines(emulator) == [f"POST {PROJECT}", "GET /agents/box", f"POST {OWN}"]
    body: Any = emulator.received[-1].body
    assert not {"agent_reference", "model", "tools"} & set(body)
    assert emulator.received[-1].query == {"api-version": "v1"}
    await ask(client, "[say Hello]", "box")
    assert lines(emulator)[3:] == [f"POST {OWN}"]


async def test_a_hosted_agent_that_was_listed_costs_one_request(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    before = len(emulator.received)
    await ask(client, "[say Hello]", "box")
    assert lines(emulator, before) == [f"POST {OWN}"]


async def test_a_hosted_agent_that_the_project_takes_is_left_there(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(hosted_at_project=True)
    first = await ask(client, "[say Hello]", "box")
    await ask(client, "[say Again]", "box", conversation_id=first["conversation_id"])
    assert lines(emulator) == [f"POST {PROJECT}"] * 2


async def test_a_refusal_that_says_what_is_wrong_is_looked_into_once(
    emulator: Emulator, client: Client
) -> None:
    for _ in range(2):
        error = await failed(
            client, "ask_agent", message="Hi", agent="helper", conversation_id="conv_gone"
        )
        assert error["code"] == "conversation_not_found"
    assert lines(emulator) == [f"POST {PROJECT}"] * 2


async def test_twenty_questions_at_once_to_an_unknown_agent_are_all_answered(
    client: Client,
) -> None:
    requests = [{"message": f"[say {number}]"} for number in range(20)]
    batch = await answered(client, "batch_ask", requests=requests, agent="box")
    assert [answer["text"] for answer in batch["answers"]] == [str(n) for n in range(20)]


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
@pytest.mark.parametrize("route", ["auto", "agent"])
@pytest.mark.parametrize("agent", ["helper", "box"])
async def test_every_route_takes_questions_follow_ups_and_replies(  # noqa: PLR0913, PLR0917 - the table
    emulator: Emulator, connect: Connect, tool: str, route: str, agent: str, mode: str
) -> None:
    emulator.behave(consumer_only=route == "agent")
    if route == "auto" and agent == "box":
        emulator.behave(consumer_only=False)
    async with connect({"mode": mode}, route=route, agent=agent) as client:
        first = await answered(client, tool, message="[say I am Ada]")
        second = await answered(
            client, tool, message="Who?", conversation_id=first["conversation_id"]
        )
        waits = await answered(client, tool, message="[call weather]")
        done = await answered(client, tool, **replied(agent, waits, output="Rain"))
    assert "turn 2" in second["text"]
    assert "weather answered “Rain”" in done["text"]
    owner = f"{agent}/" if (route, agent) != ("auto", "helper") else ""
    assert first["answer_id"] == f"{owner}{first['conversation_id']}"
    assert first["agent"] == f"{agent}:1"


@pytest.mark.parametrize("route", ["auto", "agent"])
@pytest.mark.parametrize("agent", ["helper", "box"])
async def test_every_route_fetches_and_cancels_in_a_new_process(
    emulator: Emulator, connect: Connect, route: str, agent: str
) -> None:
    async with connect(route=route, agent=agent, max_wait=0.3) as client:
        early = await ask(client, "[say Soon.] [slow 0.6]")
        late = await ask(client, "[slow 60]")
    assert (early["status"], late["status"]) == ("in_progress", "in_progress")
    emulator.behave(consumer_only=route == "agent")
    async with connect(route=route, agent=agent) as client:
        answer = await answered(client, "get_answer", answer_id=early["answer_id"])
        stopped = await answered(client, "cancel_answer", answer_id=late["answer_id"])
        assert emulator.live == []
        asked = {"conversation_id": answer["conversation_id"], "message": "[say On]"}
        followed = await answered(client, "ask_agent", **asked)
    assert (answer["text"], answer["answer_id"]) == ("Soon.", early["answer_id"])
    assert (stopped["status"], stopped["incomplete_reason"]) == ("incomplete", "cancelled")
    assert followed["text"] == "On"


@pytest.mark.parametrize("route", ["auto", "agent"])
@pytest.mark.parametrize("agent", ["helper", "box"])
async def test_every_route_goes_on_with_a_stream_that_broke(
    emulator: Emulator, connect: Connect, route: str, agent: str
) -> None:
    async with connect(route=route, agent=agent) as client:
        await ask(client, "[say Hello]")
        emulator.behave(consumer_only=route == "agent")
        emulator.fault(drop_after_events=6)
        answer = await ask(client, "[long 30]")
    assert len(answer["text"].split()) == 30
    (resumed,) = [each for each in emulator.received if each.query.get("stream") == "true"]
    own = (route, agent) != ("auto", "helper")
    assert resumed.path.startswith(f"/agents/{agent}/endpoint/" if own else PROJECT)


async def test_an_answer_that_ends_before_the_eyes_of_a_new_process_keeps_its_way_back(
    connect: Connect,
) -> None:
    itself: dict[str, Any] = {"id": "resp_1", "agent_reference": {"name": "helper", "version": "7"}}
    begun: dict[str, Any] = {**itself, "status": "in_progress", "output": []}
    ended: dict[str, Any] = {"response": {**itself, "status": "completed", "output": []}}
    event = f"event: response.completed\ndata: {dumps(ended)}\n\n"
    async with (
        raw_service(reply(dumps(begun)), stream(event)) as service,
        connect(endpoint=service.endpoint, route="agent") as client,
    ):
        answer = await answered(client, "get_answer", answer_id="helper/resp_1")
    assert (answer["answer_id"], answer["agent"]) == ("helper/resp_1", "helper:7")
    assert "stream=true" in service.asked[1]


async def test_who_may_only_ask_is_told_of_the_agents_that_the_settings_name(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.behave(consumer_only=True)
    named = frozenset({"helper", "box:1"})
    async with connect(route="agent", agents=named, agent="helper") as client:
        listed = await answered(client, "list_agents")
        answer = await ask(client, "[say Hello]")
    assert [agent["name"] for agent in listed["agents"]] == ["box:1", "helper"]
    assert "cannot be listed with this role (forbidden)" in listed["note"]
    assert answer["text"] == "Hello"


async def test_a_follow_up_whose_agent_is_not_known_is_looked_for_where_it_may_be(
    connect: Connect,
) -> None:
    async with connect(agent="box") as client:
        first = await ask(client, "[say I am Ada]")
    async with connect(agent="", agents=frozenset({"helper", "box"})) as client:
        second = await ask(client, "Who?", conversation_id=first["conversation_id"])
        third = await ask(client, "Who?", conversation_id=first["answer_id"])
    assert "turn 2" in second["text"]
    assert "turn 2" in third["text"]
    assert second["agent"] == third["agent"] == "box:1"


@pytest.mark.parametrize("route", ["auto", "agent"])
async def test_a_durable_conversation_is_made_where_its_agent_is(
    emulator: Emulator, connect: Connect, route: str
) -> None:
    async with connect(route=route, agent="box") as client:
        await ask(client, "[say Known now]")
        before = len(emulator.received)
        first = await ask(client, "[say I am Ada]", conversation_id="new")
        second = await ask(client, "Who?", conversation_id=first["conversation_id"])
    assert first["conversation_id"].startswith("conv_")
    assert "turn 2" in second["text"]
    made = lines(emulator, before)[0]
    assert made == "POST /agents/box/endpoint/protocols/openai/conversations"


async def test_where_no_conversation_can_be_made_that_is_said(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fail_next(404, on="/conversations", message="Not found")
    async with connect() as client:
        error = await failed(client, "ask_agent", message="Hi", conversation_id="new")
    assert "there are no durable conversations where it is asked" in error["message"]
    assert "Leave conversation_id empty" in error["message"]


async def test_a_conversation_stays_where_it_began(emulator: Emulator, client: Client) -> None:
    first = await ask(client, "[say I am Ada]", "helper")
    emulator.store.add_agent("helper", instructions="Newer.")
    pin(emulator, "helper", "1")
    await answered(client, "list_agents")
    second = await ask(client, "Who?", "helper", conversation_id=first["conversation_id"])
    assert "turn 2" in second["text"]
    assert lines(emulator)[-1] == f"POST {PROJECT}"


@pytest.mark.parametrize(
    "said", [{"status": 400}, {"status": 404}, {"status": 200, "content_type": "text/html"}]
)
async def test_an_endpoint_that_answers_a_page_is_told(
    emulator: Emulator, client: Client, said: dict[str, Any]
) -> None:
    await answered(client, "list_agents")
    if said["status"] == 200:
        emulator.fault(content_type="text/html", on=OWN)
    else:
        emulator.fail_next(said["status"], body="<html>Gateway says no</html>", on=OWN)
    error = await failed(client, "ask_agent", message="Hi", agent="box")
    assert "Gateway says no" in error["message"] or "is not a stream of" in error["message"]
