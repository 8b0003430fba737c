"""How the tests fetch answers that were handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import structured

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

PATIENCE = 0.3
"""Seconds that a caller waits before an answer is handed over."""


def reads(emulator: Emulator) -> int:
    """How often an answer was fetched."""
    return sum(request.method == "GET" for request in emulator.received)


def late_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {"answer_id": answer["answer_id"]}


async def fetch(client: Client, answer_id: str) -> dict[str, Any]:
    return structured(await client.call_tool("get_answer", {"answer_id": answer_id}))
