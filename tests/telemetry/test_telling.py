"""What a command tells a collector, where the standard variables name one."""

from __future__ import annotations

import pytest

from tests.rigs.collector import collector
from tests.rigs.command_line import run

pytestmark = pytest.mark.anyio


async def test_a_question_is_told_as_one_trace_before_its_command_ends() -> None:
    with collector() as told:
        finished = await run("ask", "--emulator", "hello", **told.environment)
        assert finished.code == 0, finished.stderr
        call, asked = await told.span("tools/call"), await told.span("invoke_agent")
        assert asked.parent_id == call.span_id
        assert asked.attributes["gen_ai.agent.name"] == "helper"
        assert {point.name for point in told.points} >= {
            "gen_ai.client.operation.duration",
            "gen_ai.client.token.usage",
        }
