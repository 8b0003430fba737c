"""Bringing answers by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import failure

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("answer_id", ["", "run_1", "thread_1", "resp_1/2", "resp_", "../agents"])
async def test_what_cannot_be_an_answers_id_is_not_even_sent(
    emulator: Emulator, client: Client, answer_id: str
) -> None:
    error = failure(await client.call_tool("get_answer", {"answer_id": answer_id}))
    assert error["code"] == "invalid_request"
    assert "answer_id of an answer whose status was in_progress" in error["message"]
    assert emulator.received == []


@pytest.mark.parametrize("answer_id", ["resp_none", "thread_none/run_none"])
async def test_an_answer_that_does_not_exist_is_said_not_to(client: Client, answer_id: str) -> None:
    error = failure(await client.call_tool("get_answer", {"answer_id": answer_id}))
    assert error["code"] == "conversation_not_found"
    assert answer_id in error["message"]
