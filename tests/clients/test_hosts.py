"""Hosts with a command line take the README's command, and reach the server with it.

Each has a home of its own that holds nothing else, and no environment of ours: none signs in, and
none asks a model.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.snippets import SNIPPETS
from tests.rigs.command_line import COMMAND, environment

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.rigs.npm import Npm

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]
COMMANDS = {s.client: shlex.split(s.text) for s in SNIPPETS if s.where == "shell"}


class Host:
    """A host with a home and a project of its own."""

    def __init__(self, packages: Npm, program: str, folder: Path) -> None:
        self._packages = packages
        self._program = program
        self._home, self._project = folder / "home", folder / "project"
        self._home.mkdir()
        self._project.mkdir()

    def run(self, *arguments: str) -> CompletedProcess[str]:
        """Run the host's program."""
        quiet = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        trusting = {"GEMINI_CLI_TRUST_WORKSPACE": "true"}
        env = {"HOME": str(self._home), **quiet, **trusting}
        ended = self._packages.run(self._program, *arguments, env=env, cwd=self._project)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended


def test_claude_code_takes_the_command_and_connects(hosts: Npm, tmp_path: Path) -> None:
    # The launcher is put in place at install time, when nothing is run here.
    (program,) = hosts.modules.glob("@anthropic-ai/claude-code-*/claude")
    claude = Host(hosts, program.relative_to(hosts.modules).as_posix(), tmp_path)

    claude.run(*COMMANDS["Claude Code"][1:])

    assert "foundry: mcp-foundry  - ✔ Connected" in claude.run("mcp", "list").stdout


def test_gemini_cli_takes_the_command_and_connects(hosts: Npm, tmp_path: Path) -> None:
    gemini = Host(hosts, "gemini", tmp_path)

    gemini.run(*COMMANDS["Gemini CLI"][1:])

    listed = gemini.run("mcp", "list")
    assert "foundry: mcp-foundry  (stdio) - Connected" in listed.stdout + listed.stderr


def test_codex_takes_the_command(hosts: Npm, tmp_path: Path) -> None:
    codex = Host(hosts, "codex", tmp_path)

    codex.run(*COMMANDS["Codex"][1:])

    # It connects only when a session begins, which needs a model.
    (added,) = json.loads(codex.run("mcp", "list", "--json").stdout)
    assert added["enabled"]
    assert added["transport"]["command"] == "mcp-foundry"
    assert list(added["transport"]["env"]) == ["FOUNDRY_PROJECT_ENDPOINT"]


@pytest.mark.parametrize("client", ["claude-code", "gemini", "codex"])
def test_what_install_writes_is_what_the_host_starts(
    client: str, hosts: Npm, tmp_path: Path
) -> None:
    (claude,) = hosts.modules.glob("@anthropic-ai/claude-code-*/claude")
    programs = {"claude-code": claude.relative_to(hosts.modules).as_posix()}
    host = Host(hosts, programs.get(client, client), tmp_path)
    words = [*COMMAND, "install", client, "--emulator"]
    subprocess.run(words, check=True, env=environment(HOME=str(tmp_path / "home")))  # noqa: S603 - our own command

    listed = host.run("mcp", "list")

    (line,) = [line for line in (listed.stdout + listed.stderr).splitlines() if "foundry" in line]
    assert "--emulator" in line
    # Codex connects only when a session begins.
    assert ("enabled" if client == "codex" else "Connected") in line
