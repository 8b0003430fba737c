"""Hosts install this repository as a plugin, and find the server, its setting and the skill."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.docs.plugins import ROOT
from tests.rigs.command_line import environment
from tests.rigs.messages_api import MessagesApi, messages_api

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.rigs.npm import Npm

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]
NAME = "mcp-foundry"
# As Claude Code names what a plugin brings.
SKILL = f"{NAME}:foundry-agents"
ASK = f"mcp__plugin_{NAME}_foundry__ask_agent"


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The repository as a host clones it: nothing that version control does not have."""
    listing = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    told = subprocess.run(  # noqa: S603 - the words above
        listing, capture_output=True, check=True, cwd=ROOT, encoding="utf-8", timeout=60
    )
    for name in told.stdout.splitlines():
        (tmp_path / "plugin" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "plugin" / name)
    return tmp_path / "plugin"


def program_of(hosts: Npm, pattern: str) -> str:
    (program,) = hosts.modules.glob(pattern)
    return program.relative_to(hosts.modules).as_posix()


@pytest.mark.anyio
async def test_claude_code_takes_the_plugin_and_its_model_has_the_tools_and_the_skill(
    hosts: Npm, emulator: Emulator, plugin: Path, tmp_path: Path
) -> None:
    program = program_of(hosts, "@anthropic-ai/claude-code-*/claude")
    api = MessagesApi(
        [("Skill", {"skill": SKILL}), (ASK, {"message": "[say Hello]", "agent": "helper"})]
    )
    quiet = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}

    async def run(*words: str, **changes: str) -> str:
        # All of ours, for uvx may need a proxy or a certificate to install what the server needs.
        env = environment(HOME=str(tmp_path), **quiet, **changes)
        ended = await anyio.to_thread.run_sync(
            lambda: hosts.run(program, *words, env=env, cwd=tmp_path)
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    await run("plugin", "validate", "--strict", str(plugin))
    await run("plugin", "validate", "--strict", str(plugin / ".claude-plugin/plugin.json"))
    endpoint = f"endpoint={emulator.endpoint}"
    await run("plugin", "install", NAME, "--marketplace", str(plugin), "--config", endpoint)
    with messages_api(api) as address:
        told = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": "scripted"}
        # Else it asks its model before the server is there, which uvx installs at the first start.
        waiting = {"MCP_CONNECTION_NONBLOCKING": "0", "MCP_CONNECT_TIMEOUT_MS": "120000"}
        await run("-p", "Ask the helper.", "--allowedTools", f"Skill,{ASK}", **told, **waiting)

    launched, answered = api.results
    assert SKILL in json.dumps(launched)
    assert "Hello" in json.dumps(answered)


def test_codex_takes_the_plugin_and_passes_on_the_settings_that_are_named(
    hosts: Npm, plugin: Path, tmp_path: Path
) -> None:
    program = program_of(hosts, "@openai/codex-*/vendor/*/bin/codex")

    def run(*words: str) -> str:
        env = {"HOME": str(tmp_path)}
        ended = hosts.run(program, *words, env=env, cwd=tmp_path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    run("plugin", "marketplace", "add", str(plugin))
    run("plugin", "add", f"{NAME}@{NAME}")

    (added,) = json.loads(run("mcp", "list", "--json"))
    _, root, command = added["transport"]["args"]
    assert (added["transport"]["command"], command) == ("uvx", "mcp-foundry")
    assert (Path(root) / "pyproject.toml").is_file()
    assert (Path(root) / "skills/foundry-agents/SKILL.md").is_file()
    assert "FOUNDRY_PROJECT_ENDPOINT" in added["transport"]["env_vars"]


def test_gemini_cli_takes_the_repository_as_an_extension_that_asks_for_the_endpoint(
    hosts: Npm, plugin: Path, tmp_path: Path
) -> None:
    def run(*words: str) -> str:
        env = {"HOME": str(tmp_path), "GEMINI_CLI_TRUST_WORKSPACE": "true"}
        ended = hosts.run("gemini", "extensions", *words, env=env, cwd=tmp_path)
        told = ended.stdout + ended.stderr
        assert ended.returncode == 0, told
        return told

    run("validate", str(plugin))
    run("install", str(plugin), "--consent", "--skip-settings")

    told = run("list")
    assert "MCP servers:\n  foundry\n" in told
    assert "foundry-agents: " in told
    assert "Project endpoint: " in told
