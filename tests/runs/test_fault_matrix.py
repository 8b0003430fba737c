"""Every fault, for both generations of agents and every tool that asks."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.faults_table import ROWS, Row

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

# Characters of two, three and four bytes, so that cuts anywhere meet every case.
TEXT = "The naïve answer of 東京, with 😄 and with as many words as a fault needs to strike in."
IN_BATCH = 3


def begin_faults(emulator: Emulator, row: Row) -> None:
    for fault in row.faults:
        what: dict[str, Any] = dict(fault)
        if what.get("retry_after") == "soon":
            what["retry_after"] = formatdate(time() + 1, usegmt=True)
        emulator.fault(**what)


async def asked(client: Client, tool: str, agent: str) -> list[dict[str, Any]]:
    """The answers of one call, errors in them as a batch has them."""
    question = {"message": f"[say {TEXT}]", "agent": agent}
    if tool == "batch_ask":
        result = await client.call_tool(tool, {"requests": [question] * IN_BATCH})
        return structured(result)["answers"]
    result = await client.call_tool(tool, question)
    if result.is_error:
        return [{"status": "failed", "error": failure(result)}]
    return [structured(result)]


def check_error(error: dict[str, Any], row: Row) -> None:
    assert error["code"] == row.code
    for words in row.says:
        assert words in error["message"]
    for words in row.never_says:
        assert words not in error["message"]


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent", "batch_ask"])
@GENERATIONS
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_fault_costs_at_most_its_own_question(
    emulator: Emulator, connect: Connect, row: Row, agent: str, tool: str
) -> None:
    if agent.startswith("asst_"):
        row = replace(row, **row.classic)
    begin_faults(emulator, row)
    questions = IN_BATCH if tool == "batch_ask" else 1
    async with connect(limits=TEST_LIMITS) as client:
        with anyio.fail_after(15):
            answers = await asked(client, tool, agent)
        # One question met the fault; the others of a batch never notice.
        hit = [answer for answer in answers if answer["status"] != "completed"]
        assert len(answers) == questions
        assert len(hit) == (row.outcome != "answer")
        for answer in answers:
            if "error" not in answer:
                assert answer["text"] == TEXT
        for answer in hit:
            assert answer["status"] == ("incomplete" if row.outcome == "incomplete" else "failed")
            if row.outcome == "error":
                check_error(answer["error"], row)
        assert emulator.runs_created == row.created + questions - 1
        assert emulator.runs_taken == row.taken + questions - 1
        await emulator.wait_for(lambda it: not it.live and not it.busy_connections)
        # Where an agent is not there, those of both generations are listed at once.
        listing = 2 if row.code == "agent_not_found" else 0
        assert emulator.open_connections <= questions + listing
