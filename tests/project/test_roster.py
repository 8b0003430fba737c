"""Which names are told to whoever missed an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import failed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_who_may_not_list_agents_is_not_told_the_name_that_was_missed(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.behave(consumer_only=True)
    async with connect(agents=frozenset({"helpr", "helper"}), route="agent") as client:
        error = await failed(client, "ask_agent", message="Hi", agent="helpr")
    assert error["code"] == "agent_not_found"
    assert error["message"].endswith("The nearest names: helper.")
