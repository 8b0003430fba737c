"""A connection that breaks in mid-text between our server and Microsoft's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import structured
from tests.rigs.agent_server_relay import CuttingRelay, cutting_relay
from tests.rigs.calling import Told, ask

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from tests.conftest import Connect
    from tests.rigs.agent_server import AgentServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.clients,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]

BEFORE = " ".join(f"before{number}" for number in range(40))
AFTER = " ".join(f"after{number}" for number in range(40))
WHOLE = f"{BEFORE} {AFTER}"
# Behind the first event, which names the response, and amid the words before the gate.
MID_TEXT = 5000
PATIENCE = 60


class Broken:
    """A call whose connection to the agent was cut while the agent was at its gate."""

    def __init__(self, relay: CuttingRelay) -> None:
        self.relay = relay
        self.told = Told()
        self.result: CallToolResult | None = None


async def broken_call(agents: AgentServer, connect: Connect, tool: str, gate: str) -> Broken:
    """Call, cut the connection in mid-text, and let the agent go on."""
    message = f"[say {BEFORE}] [wait {gate}] [say {AFTER}]"
    async with (
        cutting_relay(agents.port, MID_TEXT) as relay,
        connect(local={"helper": relay.endpoint}) as client,
        connect() as other,
    ):
        broken = Broken(relay)

        async def call() -> None:
            broken.result = await client.call_tool(
                tool, {"message": message}, progress_callback=broken.told
            )

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            with anyio.fail_after(PATIENCE):
                await relay.cut.wait()
            await agents.says(f"waits at {gate}")
            await ask(other, f"[open {gate}]")
        return broken


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_a_stream_that_breaks_costs_no_text_and_no_second_question(
    agents: AgentServer, connect: Connect, tool: str
) -> None:
    broken = await broken_call(agents, connect, tool, f"breaking {tool}")
    assert broken.result is not None
    answer = structured(broken.result)
    assert (answer["status"], answer["text"]) == ("completed", WHOLE)
    assert len(broken.relay.questions) == 1


async def test_a_stream_that_breaks_goes_on_on_its_stream(
    agents: AgentServer, connect: Connect
) -> None:
    broken = await broken_call(agents, connect, "stream_agent", "resuming")
    assert "".join(broken.told.texts) == WHOLE
    (resumed,) = broken.relay.resumed
    assert "starting_after=" in resumed
