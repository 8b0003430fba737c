"""What one who calls may do here, and what an auditor reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import failure, structured
from tests.rigs.calling import answered, ask
from tests.rigs.issuer import ALICE, BOB, HOST_APPLICATION, TENANT
from tests.rigs.service import serving

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client

pytestmark = pytest.mark.anyio

MANAGER = {"roles": ["Agents.Manage"]}
FACT = "Ada likes tea"


async def remember(client: Client, **scope: str) -> dict[str, object]:
    """What becomes of an update."""
    told = {"messages": [{"role": "user", "content": FACT}], **scope}
    return structured(await client.call_tool("update_memory", told))


async def remembered(client: Client, **scope: str) -> str:
    """What a search finds."""
    return str((await answered(client, "search_memory", query="tea", **scope))["memories"])


async def test_a_version_is_made_by_those_alone_who_may_manage(tmp_path: Path) -> None:
    version = {"agent_name": "made", "instructions": "Be brief."}
    async with serving(tmp_path) as service:
        async with service.client() as alice:
            refusal = failure(await alice.call_tool("create_agent_version", version))
            assert refusal["code"] == "not_allowed"
            assert "'Agents.Manage'" in refusal["message"]
            assert service.emulator.received == []
        async with service.client(claims=MANAGER) as manager:
            made = structured(await manager.call_tool("create_agent_version", version))
            assert made["agent_name"] == "made"


async def test_a_memory_is_the_callers_own_unless_they_may_manage(tmp_path: Path) -> None:
    own = f"{TENANT}.{ALICE}"
    async with serving(tmp_path) as service:
        async with service.client() as alice, service.client(BOB) as bob:
            await remember(alice)
            assert FACT in await remembered(alice)
            assert FACT in await remembered(alice, scope=own)
            assert FACT not in await remembered(bob)
            told = [{"role": "user", "content": "Bob likes coffee"}]
            for scope in (own, "team"):
                for tool, given in (
                    ("search_memory", {"query": "tea"}),
                    ("update_memory", {"messages": told}),
                ):
                    refusal = failure(await bob.call_tool(tool, {**given, "scope": scope}))
                    assert refusal["code"] == "not_allowed"
                    assert "'Agents.Manage'" in refusal["message"]
        async with service.client(BOB, claims=MANAGER) as manager:
            assert FACT in await remembered(manager, scope=own)
            await remember(manager, scope="team")
            assert FACT in await remembered(manager, scope="team")


async def test_foundry_is_told_whose_memory_an_agent_works_with(tmp_path: Path) -> None:
    async with serving(tmp_path, MCP_FOUNDRY_ROUTE="agent") as service:
        async with service.client() as alice:
            await ask(alice, "[say Hello]")
        asked = service.emulator.received[-1]
        for header in ("x-memory-user-id", "x-ms-user-identity"):
            assert asked.headers.get(header) == f"{TENANT}.{ALICE}"


async def test_an_auditor_reads_who_called_and_no_words(tmp_path: Path) -> None:
    async with serving(tmp_path, MCP_FOUNDRY_LOG_LEVEL="INFO") as service:
        async with service.client() as alice:
            answer = await ask(alice, "[say a secret]")
            token = service.headers()["Authorization"]
        (line,) = [each for each in service.replicas[0].said().splitlines() if "tool=" in each]
    for fact in (f"tid={TENANT}", f"oid={ALICE}", f"azp={HOST_APPLICATION}", "status=completed"):
        assert fact in line
    assert f"conversation_id={answer['conversation_id']}" in line
    assert "secret" not in line
    assert token[-20:] not in service.replicas[0].said()
