"""What one who calls may do here, and what an auditor reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mcp_foundry.server.prompts import CREATE
from tests.conftest import failure, structured
from tests.rigs.calling import answered, ask
from tests.rigs.issuer import BOB, HOST_APPLICATION, TENANT
from tests.rigs.reading import read
from tests.rigs.service import serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import Client

    from tests.rigs.service import Service

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


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    """A replica that logs who calls, and asks agents at their own endpoints; each test has people
    of its own."""
    told: Any = {"MCP_FOUNDRY_LOG_LEVEL": "INFO", "MCP_FOUNDRY_ROUTE": "agent"}
    async with serving(tmp_path_factory.mktemp("service"), **told) as running:
        yield running


@pytest.fixture
def somebody() -> str:
    """One whom the service has not seen yet."""
    return str(uuid4())


async def offered(client: Client) -> set[str]:
    """The tools and prompts of whoever asks."""
    tools, prompts = (await client.list_tools()).tools, (await client.list_prompts()).prompts
    return {each.name for each in [*tools, *prompts]}


async def test_a_version_is_made_by_those_alone_who_may_manage(
    service: Service, somebody: str
) -> None:
    version = {"agent_name": "made", "instructions": "Be brief."}
    async with service.client(somebody) as alice:
        theirs = await offered(alice)
        assert "create_agent_version" not in theirs
        before = len(service.emulator.received)
        refusal = failure(await alice.call_tool("create_agent_version", version))
        assert refusal["code"] == "not_allowed"
        assert "'Agents.Manage'" in refusal["message"]
        assert service.emulator.received[before:] == []
    async with service.client(somebody, claims=MANAGER) as manager:
        assert await offered(manager) - theirs == {"create_agent_version", CREATE.name}
        made = structured(await manager.call_tool("create_agent_version", version))
        assert made["agent_name"] == "made"


async def test_a_memory_is_the_callers_own_unless_they_may_manage(
    service: Service, somebody: str
) -> None:
    own = f"{TENANT}.{somebody}"
    async with service.client(somebody) as alice, service.client(BOB) as bob:
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


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(a+)+$"},
        {"properties": {"default": {"items": [{"pattern": "^(a+)+$"}]}}},
        {"type": "object", "patternProperties": {"^(a+)+$": {}}},
    ],
    ids=str,
)
async def test_nobody_holds_up_all_by_a_pattern(
    service: Service, somebody: str, schema: dict[str, object]
) -> None:
    async with service.client(somebody) as alice:
        before = len(service.emulator.received)
        asked = {"message": "[say aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!]", "answer_schema": schema}
        refusal = failure(await alice.call_tool("ask_agent", asked))
        assert refusal["code"] == "invalid_request"
        assert "it has a pattern" in refusal["message"]
        named = {"properties": {"pattern": {"type": "string"}}}
        answer = await ask(alice, '[say {"pattern": "x"}]', answer_schema=named)
        assert answer["data"] == {"pattern": "x"}
        questions = service.emulator.received[before:]
        assert [each.method for each in questions if each.method == "POST"] == ["POST"]


async def test_foundry_is_told_whose_memory_an_agent_works_with(
    service: Service, somebody: str
) -> None:
    async with service.client(somebody) as alice:
        await ask(alice, "[say Hello]")
    asked = service.emulator.received[-1]
    for header in ("x-memory-user-id", "x-ms-user-identity"):
        assert asked.headers.get(header) == f"{TENANT}.{somebody}"


async def test_an_auditor_reads_who_called_and_no_words(service: Service, somebody: str) -> None:
    async with service.client(somebody) as alice:
        answer = await ask(alice, "[say a secret]")
        assert "a secret" in await read(alice, f"conversations/{answer['conversation_id']}")
    lines = [each for each in service.replicas[0].said().splitlines() if somebody in each]
    asked, looked = lines
    for line in lines:
        for fact in (f"tid={TENANT}", f"oid={somebody}", f"azp={HOST_APPLICATION}"):
            assert fact in line
        assert "status=completed" in line
        assert "secret" not in line
    assert "method=tools/call tool=ask_agent" in asked
    assert f"conversation_id={answer['conversation_id']}" in asked
    assert (
        f"method=resources/read uri=foundry://conversations/{answer['conversation_id']}" in looked
    )
    assert "eyJ" not in service.replicas[0].said()
