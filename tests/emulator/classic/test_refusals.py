"""What the classic plane turns down."""

import aiohttp
import anyio
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.core.exceptions import ResourceNotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio


async def test_the_classic_plane_names_what_it_does_not_find(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    with pytest.raises(ResourceNotFoundError, match="No assistant found with id 'asst_no'"):
        await agents.runs.create(thread.id, agent_id="asst_no")
    with pytest.raises(ResourceNotFoundError, match="No run found with id 'run_no'"):
        await agents.runs.get(thread.id, "run_no")
    with pytest.raises(ResourceNotFoundError, match="No thread found with id 'thread_no'"):
        await agents.runs.create("thread_no", agent_id=CLASSIC_AGENT)


async def test_a_classic_agent_needs_a_model(raw: aiohttp.ClientSession) -> None:
    async with raw.post("assistants", json={}) as response:
        assert (await error_of(response))["param"] == "model"


async def test_a_classic_run_that_has_ended_takes_neither_cancelling_nor_outputs(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    async with raw.post("threads/runs", json={"assistant_id": CLASSIC_AGENT}) as response:
        run = await response.json()
    await emulator.wait_for(lambda it: not it.live)
    path = f"threads/{run['thread_id']}/runs/{run['id']}"
    async with raw.post(f"{path}/cancel") as response:
        message = (await error_of(response))["message"]
        assert message == "Cannot cancel run with status 'completed'."
    async with raw.post(f"{path}/submit_tool_outputs", json={}) as response:
        message = (await error_of(response))["message"]
        assert message == 'Runs in status "completed" do not accept tool outputs.'
    async with raw.get(f"{path}/steps/step_no") as response:
        assert (await error_of(response))["message"] == "No run step found with id 'step_no'."


async def test_outputs_must_answer_all_calls(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.script("[call f] [call g]")
    async with raw.post("threads/runs", json={"assistant_id": CLASSIC_AGENT}) as response:
        run = await response.json()
    path = f"threads/{run['thread_id']}/runs/{run['id']}"
    with anyio.fail_after(5):
        while (await (await raw.get(path)).json())["status"] != "requires_action":
            pass
    given = {"tool_outputs": [{"tool_call_id": "call_no", "output": ""}]}
    async with raw.post(f"{path}/submit_tool_outputs", json=given) as response:
        assert response.status == 400
        assert "Expected tool_outputs for call_ids" in (await error_of(response))["message"]
