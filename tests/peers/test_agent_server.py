"""Our server, through a real client, before an agent in Microsoft's own server."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.agent_server import agent_server
from tests.rigs.calling import Told, answered, ask, failed, reply
from tests.rigs.stdio_process import ServerProcess, call, handshake

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp.client import Client

    from tests.conftest import Connect
    from tests.rigs.agent_server import AgentServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.clients,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]

WORDS = " ".join(f"word{number}" for number in range(40))


async def test_the_whole_text_is_answered(client: Client) -> None:
    answer = await ask(client, f"[say {WORDS}]")
    assert (answer["status"], answer["text"]) == ("completed", WORDS)
    assert answer["agent"] == "helper"
    assert answer["answer_id"].startswith("helper/caresp_")


async def test_what_is_streamed_is_the_whole_text(client: Client) -> None:
    told = Told()
    result = await client.call_tool(
        "stream_agent", {"message": f"[say {WORDS}]"}, progress_callback=told
    )
    assert result.structured_content is not None
    assert result.structured_content["text"] == WORDS
    assert len(told.texts) > 1
    assert "".join(told.texts) == WORDS


async def test_a_follow_up_knows_what_was_said(client: Client) -> None:
    first = await ask(client, "[say My name is Ada.]")
    assert first["conversation_id"].startswith("caresp_")
    second = await ask(client, "[recall]", conversation_id=first["conversation_id"])
    assert second["text"] == "[say My name is Ada.] / My name is Ada."
    third = await ask(client, "[recall]", conversation_id=second["conversation_id"])
    assert third["text"] == f"{second['text']} / [recall] / {second['text']}"


async def test_a_function_call_waits_for_its_output_and_goes_on_with_it(client: Client) -> None:
    asked = await ask(client, '[call weather {"city": "Oslo"}]')
    assert asked["status"] == "requires_action"
    (pending,) = asked["pending"]
    assert (pending["kind"], pending["name"]) == ("function_call", "weather")
    assert pending["arguments"] == '{"city": "Oslo"}'
    done = await ask(client, "", **reply(asked, output="Rain"))
    assert (done["status"], done["text"]) == ("completed", "weather says Rain.")


async def test_a_handler_that_raises_is_a_failed_run(client: Client) -> None:
    error = await failed(client, "ask_agent", message="[say So far] [raise Boom]")
    assert error["code"] == "run_failed"
    assert "An internal server error occurred" in error["message"]


async def test_twenty_are_answered_at_once(client: Client) -> None:
    requests = [{"message": f"[say Number {number} of] [say {WORDS}]"} for number in range(20)]
    batch = await answered(client, "batch_ask", requests=requests)
    assert batch["completed"] == 20
    texts = [answer["text"] for answer in batch["answers"]]
    assert texts == [f"Number {number} of {WORDS}" for number in range(20)]


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_a_cancelled_call_is_seen_by_the_handler(
    agents: AgentServer, connect: Connect, tool: str
) -> None:
    async with connect() as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, tool, {"message": f"[say Hm] [wait {tool}]"})
            await agents.says(f"waits at {tool}")
            tasks.cancel_scope.cancel()
        await agents.says(f"cancelled at {tool}")
        assert (await ask(client, "[say On.]"))["text"] == "On."


@contextmanager
def server_process(agents: AgentServer) -> Generator[ServerProcess]:
    """The server as it is installed, killed and never ended when it is left."""
    options = ["--endpoint", agents.endpoint, "--agent", "helper", "--max-wait", "0.5"]
    with subprocess.Popen(  # noqa: S603 - this Python, and a package of ours
        [sys.executable, "-m", "mcp_foundry", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield ServerProcess(process)
        process.kill()


async def test_an_answer_survives_the_death_of_the_process_that_asked(
    agents: AgentServer, connect: Connect
) -> None:
    with server_process(agents) as server:
        question = call(1, "ask_agent", message="[say Still] [wait a new process] [say here.]")
        await server.send(*handshake(), question)
        early = (await server.answer(1))["result"]["structuredContent"]
    assert early["status"] == "in_progress"
    async with connect() as client:
        await ask(client, "[open a new process]")
        answer = await answered(client, "get_answer", answer_id=early["answer_id"])
    assert (answer["status"], answer["text"]) == ("completed", "Still here.")


async def test_a_completed_answer_survives_the_death_of_its_agent(
    python: str, tmp_path: Path, connect: Connect
) -> None:
    with agent_server(python, tmp_path) as first:
        async with connect(endpoint=first.endpoint) as client:
            said = await ask(client, "[say Good day]")
        first.kill()
    with agent_server(python, tmp_path) as second:
        async with connect(endpoint=second.endpoint) as client:
            assert await answered(client, "get_answer", answer_id=said["answer_id"]) == said
            recalled = await ask(client, "[recall]", conversation_id=said["conversation_id"])
    assert recalled["text"] == "[say Good day] / Good day"
