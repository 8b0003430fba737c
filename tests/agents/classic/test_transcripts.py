"""What was said in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import ask
from tests.rigs.reading import read, turns

if TYPE_CHECKING:
    from mcp.client import Client

pytestmark = pytest.mark.anyio


async def test_a_thread_is_told_turn_by_turn(client: Client) -> None:
    first = await ask(client, "[say One.]", "asst_helper")
    await ask(client, "[messages 2]", "asst_helper", conversation_id=first["conversation_id"])

    told = await turns(client, first["conversation_id"])
    assert told[:2] == [("user", "[say One.]"), ("asst_helper", "One.")]
    assert [who for who, _ in told] == ["user", "asst_helper"] * 2


async def test_a_long_thread_shows_its_newest_messages(client: Client) -> None:
    first = await ask(client, "[messages 300]", "asst_helper")
    again = {"conversation_id": first["conversation_id"]}
    await ask(client, "[messages 300]", "asst_helper", **again)
    told = await read(client, f"conversations/{first['conversation_id']}")
    assert "> Only the last 500 items are shown." in told
