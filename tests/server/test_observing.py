"""What the server's span of each request says, and what it never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, EmptyResult, Request, RequestParams

from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.serving import open_http
from tests.rigs.calling import ask, failed
from tests.rigs.cancelling import LONG, cancelled_call
from tests.rigs.reading import read
from tests.rigs.recording import Recorded, recorded

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings
    from tests.conftest import Connect

__all__ = ["recorded"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("recorded")]

CANARY = "canary"
ERROR = "error.type"


async def test_a_call_says_who_answered_and_under_which_ids(
    recorded: Recorded, client: Client
) -> None:
    answer = await ask(client, CANARY, "helper:1", conversation_id="new")
    told = recorded.attributes("tools/call ask_agent")
    assert told["gen_ai.tool.name"] == "ask_agent"
    assert told["gen_ai.agent.name"] == "helper"
    assert told["gen_ai.conversation.id"] == answer["conversation_id"]
    assert told["gen_ai.response.id"] == answer["answer_id"]
    assert told["mcp_foundry.outcome"] == "completed"
    assert "network.transport" not in told  # there is none between the two
    assert ERROR not in told
    assert CANARY not in recorded.all


async def test_a_response_that_a_reply_goes_to_is_no_conversation(
    recorded: Recorded, client: Client
) -> None:
    answer = await ask(client, CANARY, "helper")
    assert answer["conversation_id"].startswith("resp_")
    assert "gen_ai.conversation.id" not in recorded.attributes("tools/call ask_agent")


async def test_a_failed_call_says_why_in_our_words_and_not_only_that_a_tool_failed(
    recorded: Recorded, client: Client
) -> None:
    await failed(client, "ask_agent", message=CANARY, agent="nobody")
    told = recorded.attributes("tools/call ask_agent")
    assert told[ERROR] == "agent_not_found"
    assert told["mcp_foundry.outcome"] == "failed"
    assert CANARY not in recorded.all


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (f"ask_{CANARY}", {"message": CANARY}),
        ("ask_agent", {"message": {CANARY: CANARY}, CANARY: 1}),
        ("ask_agent", {"message": "x", "agent": f"no {CANARY}"}),
        ("get_answer", {"answer_id": f"resp_{CANARY}"}),
        ("get_file", {"uri": f"foundry://files/{CANARY}/{CANARY}"}),
    ],
)
async def test_a_call_that_is_refused_says_nothing_of_what_its_caller_made_up(
    recorded: Recorded, client: Client, tool: str, arguments: dict[str, Any]
) -> None:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert f'"{ERROR}"' in recorded.all
    assert "tool_error" not in recorded.all
    assert CANARY not in recorded.all


async def test_what_is_no_call_fails_towards_its_client_alone(
    recorded: Recorded, client: Client
) -> None:
    for asked in (
        client.read_resource(f"foundry://agents/{CANARY}"),
        client.read_resource(f"foundry://files/{CANARY}/{CANARY}"),
        client.get_prompt(CANARY, {}),
        client.get_prompt("ask", {CANARY: CANARY}),
    ):
        with pytest.raises(MCPError, match=CANARY) as refused:
            await asked
        assert refused.value.code == INVALID_PARAMS
    assert recorded.all.count(f'"{ERROR}": "{INVALID_PARAMS}"') == 4
    assert CANARY not in recorded.all


async def test_a_method_that_there_is_not_has_no_name(recorded: Recorded, client: Client) -> None:
    made_up = Request[RequestParams, str](method=f"{CANARY}/x", params=RequestParams())
    with pytest.raises(MCPError) as refused:
        await client.session.send_request(made_up, EmptyResult)
    assert refused.value.code == METHOD_NOT_FOUND
    assert recorded.attributes("_OTHER")["mcp.method.name"] == "_OTHER"
    assert CANARY not in recorded.all


async def test_a_resource_that_was_read_is_named(recorded: Recorded, client: Client) -> None:
    await read(client, "agents/helper")
    assert recorded.attributes("resources/read")["mcp.resource.uri"] == "foundry://agents/helper"


async def test_a_call_that_its_client_gave_up_is_told_as_cancelled(
    recorded: Recorded, connect: Connect, mode: str, emulator: Emulator
) -> None:
    asked = {"message": LONG, "agent": "helper"}
    async with connect({"mode": mode}) as client, cancelled_call(client, "ask_agent", asked):
        await emulator.wait_for(lambda it: bool(it.live))
    assert recorded.attributes("tools/call ask_agent")["mcp_foundry.outcome"] == "cancelled"


@pytest.mark.parametrize(("era", "has_session"), [("legacy", True), ("auto", False)])
async def test_over_http_the_transport_is_told_and_the_session_where_there_is_one(
    recorded: Recorded, settings: Settings, era: str, *, has_session: bool
) -> None:
    async with open_http(create_server(settings)) as url, Client(url, mode=era) as client:
        await ask(client, "hello", "helper")
    told = recorded.attributes("tools/call ask_agent")
    assert told["network.transport"] == "tcp"
    assert ("mcp.session.id" in told) is has_session
