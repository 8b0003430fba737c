"""A hosted agent, and how it is asked over plain HTTP, for headers and users that no SDK shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

    from mcp_foundry.emulator import Emulator

HOSTED: dict[str, Any] = {"kind": "hosted", "cpu": "1", "memory": "2Gi", "image": "a"}
RESPONSES = "agents/box/endpoint/protocols/openai/responses"
SESSIONS = "agents/box/endpoint/sessions"
REFERRED: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "box"}}


async def ask(
    raw: aiohttp.ClientSession, user: str = "", place: str = RESPONSES, **body: object
) -> tuple[int, Any, Any]:
    """The status, body and headers of an answer, or of a refusal."""
    given = {"input": "Hi", **body}
    async with raw.post(place, json=given, headers=identity(user)) as reply:
        return reply.status, await reply.json(), reply.headers


def identity(user: str) -> dict[str, str]:
    """The header that says for whom a request is made."""
    return {"x-ms-user-identity": user} if user else {}


def pin(emulator: Emulator, agent: str, version: str) -> None:
    """Let the agent's own endpoint serve that version."""
    rules = [{"type": "FixedRatio", "agent_version": version, "traffic_percentage": 100}]
    selector = {"version_selector": {"version_selection_rules": rules}}
    emulator.store.agents[agent].extra["agent_endpoint"] = selector
