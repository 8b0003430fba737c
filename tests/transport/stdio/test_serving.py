"""The server over stdio, as clients start it: the example configuration, both eras, every end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.conftest import failure, structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.command_line import COMMAND, PATIENCE, environment
from tests.rigs.stdio_process import ServerProcess, call, handshake, modern, request

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM cannot be caught there")
NOWHERE = "http://127.0.0.1:1/api/projects/p"
EXAMPLE = Path(__file__).parents[3] / "claude_desktop_config.example.json"


def configured(endpoint: str) -> StdioServerParameters:
    """The server of the example configuration, for another project."""
    servers = json.loads(EXAMPLE.read_text(encoding="utf-8"))["mcpServers"]
    (server,) = servers.values()
    assert list(server["env"]) == ["FOUNDRY_PROJECT_ENDPOINT"]
    # Where the tests run, the command need not be on the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(PATH=path, FOUNDRY_PROJECT_ENDPOINT=endpoint)
    return StdioServerParameters(command=server["command"], args=server.get("args", []), env=env)


async def test_the_example_configuration_starts_a_server_that_answers(
    emulator: Emulator, mode: str
) -> None:
    with anyio.fail_after(PATIENCE):
        async with Client(configured(emulator.endpoint), mode=mode) as client:
            question = {"message": "Hello", "agent": "helper"}
            answer = structured(await client.call_tool("ask_agent", question))
    assert "“Hello”" in answer["text"]
    assert len(emulator.received) == 1


async def test_an_embedded_emulator_serves_without_any_setting(mode: str) -> None:
    told: list[str] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message or "")

    server = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "--emulator"], env=environment()
    )
    with anyio.fail_after(PATIENCE):
        async with Client(server, mode=mode) as client:
            asked = await client.call_tool(
                "stream_agent", {"message": "[search x] [long 20]"}, progress_callback=tell
            )
            refused = await client.call_tool("ask_agent", {"message": "Hi", "agent": "nobody"})
            listed = await client.call_tool("list_agents", {})
    assert "⋯ Searching the web…" in told
    said = "".join(message for message in told if not message.startswith("⋯ "))
    assert said == structured(asked)["text"]
    assert failure(refused)["code"] == "agent_not_found"
    assert "helper" in [agent["name"] for agent in structured(listed)["agents"]]


@contextmanager
def serving(
    *words: str, endpoint: str = "", command: list[str] = COMMAND
) -> Generator[ServerProcess]:
    """The server, spoken to line by line; on the embedded emulator, unless one is given."""
    project = {"FOUNDRY_PROJECT_ENDPOINT": endpoint} if endpoint else {}
    with subprocess.Popen(  # noqa: S603 - this Python, and our own module
        [*command, *words, *([] if endpoint else ["--emulator"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**project),
    ) as process:
        try:
            yield ServerProcess(process)
        finally:
            process.kill()


def answered(message: dict[str, Any]) -> str:
    """The text of the answer in a tool's result."""
    return message["result"]["structuredContent"]["text"]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2024-11-05", []),
        ("2025-03-26", ["serve"]),
        ("2025-06-18", []),
        ("2025-11-25", ["serve"]),
    ],
)
async def test_every_handshake_is_answered_in_its_own_version(
    version: str, words: list[str]
) -> None:
    with serving(*words) as server:
        await server.send(*handshake(version), call(1, "ask_agent", message="Hello"))
        hello = await server.answer("hello")
        assert hello["result"]["protocolVersion"] == version
        assert "“Hello”" in answered(await server.answer(1))
        server.end_input()
        assert await server.ended() == 0
    assert server.said == []


async def test_a_client_of_2026_needs_no_handshake() -> None:
    with serving() as server:
        await server.send(modern("found", "server/discover"))
        found = (await server.answer("found"))["result"]
        assert found["supportedVersions"] == ["2026-07-28"]
        asked = {"name": "ask_agent", "arguments": {"message": "Hello"}}
        await server.send(modern(1, "tools/call", **asked))
        assert "“Hello”" in answered(await server.answer(1))


async def test_the_tools_are_listed_before_any_sdk_of_azure_is_imported() -> None:
    script = (
        "import sys; sys.modules.update(dict.fromkeys(['azure', 'openai', 'aiohttp']));"
        "from mcp_foundry.cli import main; main([])"
    )
    with serving(endpoint=NOWHERE, command=[sys.executable, "-c", script]) as server:
        await server.send(*handshake(), request(1, "tools/list"))
        tools = (await server.answer(1))["result"]["tools"]
    assert "ask_agent" in [tool["name"] for tool in tools]


async def test_a_read_only_server_offers_nothing_that_writes_to_the_project() -> None:
    with serving("--read-only") as server:
        await server.send(*handshake(), request(1, "tools/list"))
        tools = (await server.answer(1))["result"]["tools"]
    names = [tool["name"] for tool in tools]
    assert "ask_agent" in names
    assert "create_agent_version" not in names


async def test_a_project_that_cannot_be_reached_is_told_by_the_first_call() -> None:
    with serving(endpoint=NOWHERE) as server:
        await server.send(*handshake(), call(1, "ask_agent", message="Hi", agent="helper"))
        error = (await server.answer(1))["result"]["structuredContent"]["error"]
        assert error["code"] == "connection_failed"
        await server.send(request(2, "ping"))
        assert (await server.answer(2))["result"] == {}


@only_posix
@GENERATIONS
async def test_a_signal_cancels_runs_at_the_service_and_ends_in_good_order(
    emulator: Emulator, agent: str
) -> None:
    with serving(endpoint=emulator.endpoint) as server:
        question = call(1, "ask_agent", message="[slow 30]", agent=agent)
        await server.send(*handshake(), question)
        await server.answer("hello")
        await emulator.wait_for(lambda emulated: emulated.live, timeout=PATIENCE)
        server.signal(signal.SIGTERM)
        assert await server.ended() == 128 + signal.SIGTERM
    await emulator.wait_for(lambda emulated: not emulated.live)
    assert server.said == []
