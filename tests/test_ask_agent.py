"""Asking an agent, in both generations and both protocol eras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import structured

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("agent", ["helper", "asst_helper"])
async def test_a_question_costs_one_request_and_brings_the_whole_answer(
    emulator: Emulator, client: Client, agent: str
) -> None:
    answer = structured(await client.call_tool("ask_agent", {"message": "Hi", "agent": agent}))
    assert answer["status"] == "completed"
    assert "Hi" in answer["text"]
    assert len(emulator.received) == 1
