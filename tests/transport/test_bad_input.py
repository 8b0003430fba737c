"""What callers get wrong, over stdio and HTTP, in both protocol eras: told, and survived."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.serving import open_http
from tests.rigs.calling import LONGEST, ask, failed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio

# The tool, its arguments, the error's code, and words of its message.
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("ask_agent", {"question": "Hi"}, "invalid_request", "'question'"),
    ("batch_ask", {"requests": [{"message": "x", "to": "y"}]}, "invalid_request", "requests[0]"),
    ("ask_agent", {"message": "x", "answer_schema": {"type": "x"}}, "invalid_request", "schema"),
    ("ask_agent", {"message": "x", "answer_schema": {"$ref": "#"}}, "invalid_request", "schema"),
    ("ask_agent", {"message": "x", "agent": "helpr"}, "agent_not_found", "nearest names: helper"),
    ("ask_agent", {"message": "x", "conversation_id": "resp_no"}, "conversation_not_found", "no"),
    ("get_answer", {"answer_id": "batch_0123456789"}, "conversation_not_found", "not known here"),
    ("cancel_answer", {"answer_id": "batch_0123456789"}, "conversation_not_found", "not known"),
    ("cancel_answer", {"answer_id": "resp_never"}, "conversation_not_found", "resp_never"),
    ("cancel_answer", {"answer_id": "?"}, "invalid_request", "batch_"),
    (
        "create_agent_version",
        {"agent_name": "helpr", "base": "latest"},
        "agent_not_found",
        "nearest names: helper",
    ),
    ("create_agent_version", {"agent_name": "helper"}, "invalid_request", "base='latest'"),
    ("list_agents", {"agent": "helpr"}, "agent_not_found", "nearest names: helper"),
    ("search_memory", {"query": "x", "scope": ""}, "invalid_request", "scope"),
]


@asynccontextmanager
async def reached(settings: Settings, transport: str, era: str) -> AsyncGenerator[Client]:
    """Yield a client of the server, behind a real transport."""
    if transport == "http":
        async with open_http(create_server(settings)) as url, Client(url, mode=era) as client:
            yield client
        return
    words = ["--endpoint", settings.endpoint, "--agent", settings.agent]
    words += ["--memory-store", settings.memory_store, "--model", settings.model]
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "mcp_foundry", "serve", *words]
    )
    async with Client(command, mode=era) as client:
        yield client


@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_what_is_wrong_is_told_and_the_next_call_is_answered(
    settings: Settings, mode: str, transport: str
) -> None:
    with anyio.fail_after(3 * LONGEST):
        async with reached(settings, transport, mode) as client:
            for tool, arguments, code, words in WRONG:
                error = await failed(client, tool, **arguments)
                assert (tool, error["code"]) == (tool, code)
                assert words in error["message"]
            assert (await ask(client, "[say Alive.]"))["text"] == "Alive."
