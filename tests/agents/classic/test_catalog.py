"""The classic agents that can be asked, and what is said where they cannot be listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import answered
from tests.rigs.reading import read

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("status", "code"), [(403, "Forbidden"), (404, "NotFound")])
async def test_where_the_classic_listing_is_refused_the_rest_is_listed_and_a_note_says_so(
    emulator: Emulator, connect: Connect, status: int, code: str
) -> None:
    emulator.fail_next(status, code=code, message="Switched off", on="GET /assistants", times=9)
    async with connect() as client:
        listed = await answered(client, "list_agents")
    emulator.clear_faults()
    assert {agent["generation"] for agent in listed["agents"]} == {"responses"}
    assert "classic agents" in listed["note"]
    assert "Switched off" in listed["note"]


async def test_a_classic_agent_has_its_definition(client: Client) -> None:
    agent = json.loads(await read(client, "agents/asst_helper"))
    assert agent["generation"] == "classic"
    assert agent["definition"]["instructions"] == "You are a helpful assistant."
