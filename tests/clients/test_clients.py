"""Each client lists the tools, asks an agent, streams, gets an error and reads the structure."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mcp_foundry.server.tools.registry import TOOLS
from tests.rigs.environments import installed, run

if TYPE_CHECKING:
    import subprocess

    from tests.rigs.npm import Npm

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

# Slow enough for the text to come in several pieces.
SERVER = (sys.executable, "-m", "mcp_foundry", "--emulator", "--tokens-per-second", "60")
_LONGEST_RUN = 90


class Client(NamedTuple):
    """A client in Python: its script, what it installs, and whether it lets progress through."""

    script: str
    packages: tuple[str, ...]
    progress: bool = True


CLIENTS = (
    Client("mcp_1_30", ("mcp==1.30.0",)),
    Client("fastmcp_client", ("fastmcp>=4.1,<5",)),
    # Its call_tool takes no callback, and asks for no progress.
    Client("openai_agents", ("openai-agents>=0.24,<0.25",), progress=False),
    Client("pydantic_ai_client", ("pydantic-ai-slim[mcp]>=2.60,<3",)),
    Client("langchain_adapters", ("langchain-mcp-adapters>=0.3.2,<0.4",)),
    # As above. mcp and tenacity are optional there, and needed for its MCP tools.
    Client(
        "agent_framework_tool",
        ("agent-framework-core>=1.23,<2", "mcp>=2.2,<3", "tenacity"),
        progress=False,
    ),
)


def seen(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ended.returncode == 0, ended.stderr[-4000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def check(found: dict[str, Any]) -> None:
    """Hold what a client saw to what the server says."""
    # Agent Framework offers prompts as tools, too.
    assert set(found["tools"]) >= {tool.function.__name__ for tool in TOOLS}
    assert "Good day" in found["answer"]
    assert found["structured"]["text"] == "Good day"
    assert found["structured"]["conversation_id"].startswith("resp_")
    assert "agent_not_found" in found["error"]
    assert "list_agents" in found["error"]
    assert len(found["streamed"]) > 60


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.script)
def test_a_python_client_gets_all_that_the_server_says(
    client: Client, request: pytest.FixtureRequest
) -> None:
    assert request.config.cache is not None
    python = installed(client.script, client.packages, request.config.cache)
    script = Path(__file__).with_name(f"{client.script}.py")

    found = seen(run((python, str(script), *SERVER), _LONGEST_RUN))

    check(found)
    if client.progress:
        assert len(found["progress"]) > 1
        assert "".join(found["progress"]) == found["streamed"]


@pytest.mark.parametrize(("package", "revision"), [("sdk", None), ("client", "2026-07-28")])
def test_a_typescript_client_gets_all_that_the_server_says(
    npm: Npm, package: str, revision: str | None
) -> None:
    script = Path(__file__).with_name("typescript.mjs")

    found = seen(npm.run_script(script, package, *SERVER))

    check(found)
    assert found.get("revision") == revision
    # It drops progress that comes in one chunk with the result: the last piece may be missing.
    assert len(found["progress"]) > 1
    assert found["streamed"].startswith("".join(found["progress"]))
