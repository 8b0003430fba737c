"""A server in its own process that tells a collector, and calls of which each has its own trace."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.rigs.collector import Collector, Span, collector
from tests.rigs.command_line import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_CLIENT, _ERROR = 3, 2
LONGEST = 50
"""Seconds after which a test gives up on a server and all of its calls."""


@dataclass(frozen=True)
class Called:
    """What a call brought, and under which trace it is told."""

    trace_id: str
    failed: bool
    result: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        """Why it failed."""
        assert self.failed, self.result
        error: dict[str, Any] = self.result["error"]
        return error


@dataclass(frozen=True)
class Telling:
    """A server, and what it told so far."""

    client: Client
    told: Collector

    async def call(self, tool: str, **arguments: object) -> Called:
        """Call a tool, as a host with a trace of its own does."""
        trace_id = secrets.token_hex(16)
        meta: Any = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
        called = await self.client.call_tool(tool, arguments, meta=meta)
        assert called.structured_content is not None, called
        return Called(trace_id, bool(called.is_error), called.structured_content)


def spans_of(told: Collector, called: Called, name: str = "invoke_agent") -> list[Span]:
    """The spans of a call whose names begin so."""
    mine = [span for span in told.spans if span.trace_id == called.trace_id]
    return [span for span in mine if span.name.startswith(name)]


def how(span: Span) -> dict[str, Any]:
    """What a span says of how its run went."""
    assert span.kind == _CLIENT
    return {
        "outcome": span.attributes["mcp_foundry.outcome"],
        "code": span.attributes.get("error.type", ""),
        "events": set(span.events),
        "failed": span.status == _ERROR,
    }


@asynccontextmanager
async def telling(endpoint: str, *words: str, **changes: str) -> AsyncGenerator[Telling]:
    """Serve; what was told is whole once the block was left, for the server has ended then."""
    with collector() as told, anyio.fail_after(LONGEST):
        env = environment(FOUNDRY_PROJECT_ENDPOINT=endpoint, **told.environment, **changes)
        command = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], *words], env=env)
        async with Client(command) as client:
            yield Telling(client, told)
