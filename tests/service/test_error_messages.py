"""Every failure of the service, and of the way to it, has a stable code and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import Connect, failure, structured
from tests.rigs.raw_service import raw_service, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

HI = {"message": "Hi"}


async def test_a_failed_runs_message_is_rid_of_signed_urls(
    emulator: Emulator, client: Client
) -> None:
    url = "https://a.blob.core.windows.net/c/f?sv=2024&sig=abc%2Bdef"
    emulator.fault(end="failed", code="server_error", message=f"Cannot read {url}")
    error = failure(await client.call_tool("ask_agent", HI))
    assert error["code"] == "run_failed"
    assert "sig=***" in error["message"]


BODIES = ["<html><h1>Forbidden by the gateway</h1></html>", "", "[]", '{"error": "no"}']


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ask_agent", HI),
        ("list_connections", {}),
        ("list_deployments", {}),
        ("list_agents", {}),
        ("create_agent_version", {"agent_name": "a", "instructions": "b"}),
        ("search_memory", {"scope": "s", "query": "q"}),
        ("update_memory", {"scope": "s", "messages": [{"role": "user", "content": "c"}]}),
        ("get_answer", {"answer_id": "resp_1"}),
        ("get_answer", {"answer_id": "thread_1/run_1"}),
    ],
)
async def test_a_refusal_with_any_body_is_told_by_every_tool(
    emulator: Emulator, client: Client, tool: str, arguments: dict[str, Any], body: str
) -> None:
    emulator.fail_next(400, body=body, on="any", times=2)
    error = failure(await client.call_tool(tool, arguments))
    assert error["code"] in {"invalid_request", "service_unavailable"}
    assert "Traceback" not in error["message"]


async def test_the_classic_agents_of_a_gateway_that_speaks_html_are_a_note(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(403, body=BODIES[0], on="GET /assistants")
    listed = structured(await client.call_tool("list_agents", {}))
    assert "are not listed" in listed["note"]
    assert listed["agents"]


async def test_what_nobody_expected_is_masked_and_logged(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async with raw_service(reply("{}")) as service, connect(endpoint=service.endpoint) as client:
        question = {"message": "Hi", "conversation_id": "new"}
        error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "internal"
    assert error["message"] == (
        "agent 'helper': mcp-foundry failed (KeyError). Its log on stderr has the details; please "
        "report it."
    )
    assert "Traceback" in caplog.text
