"""Requests that the service should turn down, and in which words it does: point 10."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import REFUSALS
from mcp_foundry.service.places import endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.contract.json import Json

ROLE = "give the identity the role `Foundry User` (formerly `Azure AI User`) on the project"
REFUSED = 4
"""How many requests should be refused, at most."""

_VERSION = "999999"


async def be_refused(route: Route) -> Finding:
    """Ask for what is not there, in four ways."""
    asked = route.body(SHORT)
    name = route.agent.partition(":")[0]
    stranger = f"nobody-{uuid4().hex[:8]}"
    nobody = {"type": "agent_reference", "name": stranger}
    nothing: Json = {"type": "agent_reference", "name": name, "version": _VERSION}
    elsewhere = endpoint_of(stranger).responses
    # At an agent's own endpoint nobody names its version.
    agents: tuple[tuple[str, str, Json], ...] = (
        (("unknown agent", "agent_not_found", {}),)
        if route.at.agent
        else (
            ("unknown agent", "agent_not_found", {"agent_reference": nobody}),
            ("unknown version", "agent_not_found", {"agent_reference": nothing}),
        )
    )
    cases: tuple[tuple[str, str, Json], ...] = (
        *agents,
        ("unknown conversation", "conversation_not_found", {"conversation": _unlike("conv")}),
        (
            "unknown previous_response_id",
            "conversation_not_found",
            {"previous_response_id": _unlike("resp", route.completed)},
        ),
    )
    said: list[str] = []
    wrong: list[str] = []
    for what, meaning, further in cases:
        path = route.at.responses if further else elsewhere
        reply = await route.send("POST", path, asked | further)
        said.append(f"{what}: {reply.told or f'taken (HTTP {reply.status})'}")
        if reply.taken:
            route.taken += 1
            wrong.append(f"an {what} goes unnoticed")
        elif reply.failure and reply.failure.code != meaning:
            wrong.append(f"the bridge calls an {what} {reply.failure.code}, not {meaning}")
    return REFUSALS.found(not wrong, "; ".join(said), "; ".join(wrong))


def _unlike(kind: str, known: str = "") -> str:
    """Return an id that is well formed and nobody's; like a known one, where there is one."""
    if "_" in known:
        return f"{known[:-12]}{'0' * 12}"
    return f"{kind}_{uuid4().hex}{'0' * 18}"
