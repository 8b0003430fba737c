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
def server_process(options: list[str]) -> Generator[ServerProcess]:
    """The server as it is installed, killed and never ended when it is left."""
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
    options = ["--local", f"helper={agents.endpoint}", "--max-wait", "0.5"]
    with server_process(options) as server:
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
        async with connect(local={"helper": first.endpoint}) as client:
            said = await ask(client, "[say Good day]")
        first.kill()
    with agent_server(python, tmp_path) as second:
        async with connect(local={"helper": second.endpoint}) as client:
            assert await answered(client, "get_answer", answer_id=said["answer_id"]) == said
            recalled = await ask(client, "[recall]", conversation_id=said["conversation_id"])
    assert recalled["text"] == "[say Good day] / Good day"


async def test_an_answer_whose_agent_died_over_it_is_said_to_be_lost(
    python: str, tmp_path: Path, connect: Connect
) -> None:
    with agent_server(python, tmp_path) as first:
        async with connect(local={"helper": first.endpoint}, max_wait=0.5) as client:
            early = await ask(client, "[say Half] [wait for ever]")
        assert early["status"] == "in_progress"
        first.kill()
    with agent_server(python, tmp_path) as second:
        async with connect(local={"helper": second.endpoint}, max_wait=20) as client:
            error = await failed(client, "get_answer", answer_id=early["answer_id"])
    assert error["code"] == "run_failed"
    assert "is lost" in error["message"]


async def test_the_url_of_an_agent_is_all_that_a_server_needs(agents: AgentServer) -> None:
    with server_process(["--endpoint", f"{agents.endpoint}/"]) as server:
        await server.send(
            *handshake(), call(1, "list_agents"), call(2, "ask_agent", message="[say Hi]")
        )
        listed = (await server.answer(1))["result"]["structuredContent"]["agents"]
        answer = (await server.answer(2))["result"]["structuredContent"]
    (agent,) = listed
    assert (agent["name"], agent["kind"], agent["state"]) == ("local", "local", "ready")
    assert (answer["text"], answer["agent"]) == ("Hi", "local")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_deployments", {}),
        ("list_connections", {}),
        ("search_memory", {"query": "a", "scope": "b", "memory_store": "c"}),
        ("create_agent_version", {"agent_name": "helper", "instructions": "Help."}),
    ],
)
async def test_what_needs_a_project_says_so(
    agents: AgentServer, connect: Connect, tool: str, arguments: dict[str, object]
) -> None:
    async with connect(endpoint="", local={"helper": agents.endpoint}, model="gpt") as client:
        error = await failed(client, tool, **arguments)
    assert error["code"] == "not_configured"
    assert "there is no project here, only agents on this machine (helper)" in error["message"]


async def test_such_a_server_has_no_durable_conversations_and_says_so(client: Client) -> None:
    error = await failed(client, "ask_agent", message="[say Hi]", conversation_id="new")
    assert error["code"] == "invalid_request"
    assert "there are no durable conversations where it is asked" in error["message"]


async def test_a_follow_up_in_a_new_process_finds_its_agent(
    agents: AgentServer, connect: Connect
) -> None:
    async with connect() as client:
        said = await ask(client, "[say Good day]")
    async with connect(agent="") as client:
        recalled = await ask(client, "[recall]", conversation_id=said["conversation_id"])
        named = await ask(client, "[recall]", conversation_id=said["answer_id"])
    assert recalled["text"] == named["text"] == "[say Good day] / Good day"
    assert agents.port


async def test_a_transcript_of_such_an_agent_is_read_where_it_is(client: Client) -> None:
    said = await ask(client, "[say Good day]")
    (read,) = (
        await client.read_resource(f"foundry://conversations/{said['conversation_id']}")
    ).contents
    assert "Good day" in str(getattr(read, "text", ""))
