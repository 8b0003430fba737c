"""The MCP Inspector's command line, as a client of the server over stdio."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.rigs.npm import Npm

pytestmark = [pytest.mark.judges, pytest.mark.timeout(300)]

_MESSAGES = json.dumps([{"role": "user", "content": "I like coffee"}])
_REQUESTS = json.dumps([{"message": "One"}, {"message": "Two", "agent": "asst_helper"}])
CALLS: dict[str, tuple[str, ...]] = {
    "ask_agent": ("message=Hello",),
    "stream_agent": ("message=Hello", "agent=asst_helper"),
    "batch_ask": (f"requests={_REQUESTS}",),
    "list_agents": (),
    "list_connections": ("default_only=true",),
    "list_deployments": (),
    "create_agent_version": ("agent_name=greeter", "instructions=Greet."),
    "update_memory": ("scope=anna", f"messages={_MESSAGES}"),
    "search_memory": ("scope=anna", "query=coffee"),
}


class Inspector:
    """The Inspector, on a fresh server for each call."""

    def __init__(self, npm: Npm, folder: Path) -> None:
        self._npm = npm
        self._configuration = folder / "inspected.json"
        server = {"command": sys.executable, "args": ["-m", "mcp_foundry", "--emulator"]}
        configuration = {"mcpServers": {"foundry": server}}
        self._configuration.write_text(json.dumps(configuration), encoding="utf-8")

    def ask(self, method: str, *arguments: str, era: str = "legacy") -> CompletedProcess[str]:
        """Call a method of the protocol."""
        server = ("--config", str(self._configuration), "--server", "foundry")
        chosen = (*server, "--protocol-era", era)
        return self._npm.run(
            *("mcp-inspector", "--cli", *chosen, "-q", "--format", "json"),
            *("--method", method, *arguments),
        )

    def call(self, tool: str, *arguments: str, era: str) -> CompletedProcess[str]:
        """Call a tool."""
        given = [word for argument in arguments for word in ("--tool-arg", argument)]
        return self.ask("tools/call", "--tool-name", tool, *given, era=era)


@pytest.fixture
def inspector(npm: Npm, tmp_path: Path) -> Inspector:
    return Inspector(npm, tmp_path)


def answer(ended: CompletedProcess[str]) -> dict[str, Any]:
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result: dict[str, Any] = json.loads(ended.stdout)["result"]
    return result


def test_the_tool_list_is_clean_when_judged_strictly(inspector: Inspector) -> None:
    listed = inspector.ask("tools/list", "--strict")

    assert {tool["name"] for tool in answer(listed)["tools"]} == {
        *CALLS,
        "get_answer",
        "cancel_answer",
        "get_file",
    }
    assert listed.stderr == ""


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_every_tool_answers_the_inspector(inspector: Inspector, tool: str, era: str) -> None:
    called = inspector.call(tool, *CALLS[tool], era=era)

    result = answer(called)
    assert not result["isError"]
    assert result["structuredContent"]
    assert result["content"][0]["text"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_get_file_brings_the_inspector_a_picture(inspector: Inspector, era: str) -> None:
    address = "uri=foundry://files/cntr_emulator/cfile_plot/plot.png"
    content = answer(inspector.call("get_file", address, era=era))["content"]

    assert [block["type"] for block in content] == ["text", "image"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_get_answer_tells_the_inspector_of_an_answer_that_is_not_there(
    inspector: Inspector, era: str
) -> None:
    called = inspector.call("get_answer", "answer_id=resp_nowhere", era=era)

    # 5 is the Inspector's word for a result that is an error.
    assert called.returncode == 5
    assert "conversation_not_found" in called.stdout


def test_the_inspector_reads_resources_and_prompts(inspector: Inspector) -> None:
    read = inspector.ask("resources/read", "--uri", "foundry://agents")
    got = inspector.ask("prompts/get", "--prompt-name", "ask", "--prompt-args", "message=Hello")

    assert "helper" in answer(read)["contents"][0]["text"]
    assert "Hello" in answer(got)["messages"][0]["content"]["text"]
