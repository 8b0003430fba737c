"""`install` and `uninstall`: what a client's configuration says before and after."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from mcp_foundry.cli import main
from mcp_foundry.commands.installing import toml_text
from mcp_foundry.commands.installing.entries import CLIENTS
from tests.rigs.command_line import clean_environment
from tests.rigs.configurations import copies, file_of, home

__all__ = ["clean_environment", "home"]

pytestmark = pytest.mark.usefixtures("clean_environment", "home")
PROJECT = "https://contoso.services.ai.azure.com/api/projects/p"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def entry_of(client: str) -> dict[str, object]:
    text = file_of(client).read_text("utf-8")
    whole = toml_text.parse(text) if CLIENTS[client].notation == "toml" else json.loads(text)
    return whole[CLIENTS[client].key]["foundry"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_gets_the_whole_path_and_the_settings_and_a_second_run_changes_nothing(
    client: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOUNDRY_PROJECT_ENDPOINT", PROJECT)
    words = ["install", client, "--agent", "helper"]

    assert main(words) == 0

    path, told = file_of(client), capsys.readouterr().out
    entry = entry_of(client)
    assert Path(str(entry["command"])).is_file()
    assert entry["env"] == {"FOUNDRY_PROJECT_ENDPOINT": PROJECT, "FOUNDRY_AGENT_NAME": "helper"}
    assert entry.items() >= CLIENTS[client].further.items()
    assert f"{CLIENTS[client].title} starts foundry like this now ({path}):" in told
    assert f"Next: restart {CLIENTS[client].title}." in told
    written = path.read_bytes()

    assert main(words) == 0

    assert f"Nothing to do: {path}" in capsys.readouterr().out
    assert path.read_bytes() == written
    assert not copies(path), "there was no file to keep"
    assert main(["uninstall", client]) == 0
    assert "foundry" not in path.read_text("utf-8")


@pytest.mark.anyio
async def test_what_is_written_starts_a_server_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seed.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOUNDRY_PROJECT_ENDPOINT", PROJECT)
    assert main(["install", "cursor", "--emulator", "--seed", "seed.json"]) == 0
    entry = json.loads(file_of("cursor").read_text("utf-8"))["mcpServers"]["foundry"]
    assert entry["args"] == ["--emulator", "--seed", str(tmp_path / "seed.json")]
    assert "env" not in entry
    with anyio.fail_after(30):
        async with Client(StdioServerParameters(**entry, cwd=Path(tmp_path.root))) as client:
            asked = await client.call_tool("ask_agent", {"message": "[say Good day]"})
    assert asked.structured_content
    assert asked.structured_content["text"] == "Good day"


def test_other_entries_comments_line_ends_and_marks_stay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (
        '\ufeff// mine\r\n{\r\n\t"b": 1.50, // a price\r\n\t"servers": {\r\n'
        '\t\t"x": {"command": "C:\\\\x.exe"}, /* keep */\r\n\t},\r\n\t"a": [1, 2,],\r\n}\r\n'
    )
    path = file_of("vscode", before)
    assert main(["install", "vscode", "--emulator"]) == 0
    after = path.read_bytes().decode()
    begin = after.index('\r\n\t\t"foundry"')
    assert before.startswith(after[:begin])
    assert before.endswith(after[after.index('\r\n\t},\r\n\t"a"') :])
    assert "\n" not in after.replace("\r\n", "")
    assert copies(path)[0].read_bytes().decode() == before
    assert str(copies(path)[0]) in capsys.readouterr().out
    assert main(["uninstall", "vscode"]) == 0
    assert path.read_bytes().decode() == before


def test_another_project_changes_its_settings_and_nothing_that_a_person_added(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = file_of(
        "codex",
        '[mcp_servers.foundry]\ncommand = "/old/mcp-foundry" # mine\n'
        'args = ["--emulator"] # for now\n'
        "tool_timeout_sec = 90 # slow\n\n[mcp_servers.foundry.env]\n"
        'PATH = "/opt/az"\nFOUNDRY_AGENT_NAME = "old"\n\n# not ours\n[profiles.a]\nx = nan\n',
    )
    assert main(["install", "codex", "--endpoint", PROJECT]) == 0
    text = path.read_text("utf-8")
    assert entry_of("codex")["env"] == {"PATH": "/opt/az", "FOUNDRY_PROJECT_ENDPOINT": PROJECT}
    assert "args" not in entry_of("codex")
    assert "/old/" not in text
    assert '" # mine\n' in text
    assert "tool_timeout_sec = 90 # slow\n" in text
    assert text.endswith(f'ENDPOINT = "{PROJECT}"\n\n# not ours\n[profiles.a]\nx = nan\n')
    assert f"mcp-foundry check --endpoint {PROJECT}" in capsys.readouterr().out


def test_each_change_has_its_copy_and_none_is_written_over() -> None:
    path = file_of("cursor", "{}\n")
    for words in (["--emulator"], ["--endpoint", PROJECT], ["--emulator"]):
        assert main(["install", "cursor", *words]) == 0
    first, *others = copies(path)
    assert first.read_text() == "{}\n"
    assert len(others) == 2
    assert main(["uninstall", "cursor"]) == 0
    assert len(copies(path)) == 3, "the emulator's was kept already"


@posix
def test_a_file_keeps_its_mode_and_a_link_stays_one(home: Path) -> None:
    real = home / "dotfiles" / "claude.json"
    real.parent.mkdir()
    real.write_text('{"oauth": "x"}')
    real.chmod(0o640)
    path = home / ".claude.json"
    path.symlink_to(real)
    assert main(["install", "claude-code", "--emulator"]) == 0
    assert path.is_symlink()
    assert "foundry" in real.read_text()
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (real, *copies(path))}
    assert modes == {0o640}
    assert sorted(each.name for each in real.parent.iterdir()) == ["claude.json"]


def test_print_shows_the_entry_and_where_and_writes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install", "codex", "--emulator", "--print"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"# {file_of('codex')}\n[mcp_servers.foundry]\n")
    assert toml_text.parse(shown)["mcp_servers"]["foundry"]["args"] == ["--emulator"]
    assert main(["install", "gemini", "--emulator", "--print"]) == 0
    first, shown = capsys.readouterr().out.split("\n", 1)
    assert first == f"// {file_of('gemini')}"
    assert json.loads(shown)["mcpServers"]["foundry"]["args"] == ["--emulator"]
    assert not list(home.iterdir())


def test_secrets_are_named_and_not_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush")
    assert main(["install", "cursor", "--endpoint", PROJECT]) == 0
    told = capsys.readouterr().out
    assert "Not written, since some hold secrets: AZURE_CLIENT_SECRET." in told
    assert main(["install", "cursor", "--emulator", "--model-url", "http://a:hush@b/v1"]) == 2
    assert "no key is written" in capsys.readouterr().err
    assert "hush" not in file_of("cursor").read_text("utf-8") + told


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "/usr/bin/python3", "args": ["-m", "mcp_foundry"]},
        {"command": "uvx", "args": ["--from", "git+https://example.com/r", "mcp-foundry"]},
        {"command": "C:\\Users\\ada\\Scripts\\mcp-foundry.exe"},
    ],
)
def test_ours_is_taken_out_however_it_is_started(entry: dict[str, object]) -> None:
    servers = {"a": {"url": "https://example.com"}, "foundry": entry, "b": {}}
    path = file_of("cursor", json.dumps({"mcpServers": servers}, indent=2))
    assert main(["uninstall", "cursor"]) == 0
    assert path.read_text("utf-8") == json.dumps(
        {"mcpServers": {"a": servers["a"], "b": {}}}, indent=2
    )


def test_an_agent_on_this_machine_is_checked_there(capsys: pytest.CaptureFixture[str]) -> None:
    local = "dev=http://127.0.0.1:8088"
    assert main(["install", "cursor", "--local", local]) == 0
    assert entry_of("cursor")["env"] == {"MCP_FOUNDRY_LOCAL": local}
    assert capsys.readouterr().out.endswith(f"mcp-foundry check --local {local}\n")


def test_folders_are_written_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a").mkdir()
    monkeypatch.chdir(home)
    words = ["--emulator", "--files", f"a{os.pathsep}.", "--save", "a"]
    assert main(["install", "cursor", *words]) == 0
    assert entry_of("cursor")["env"] == {
        "MCP_FOUNDRY_FILES": f"{home / 'a'}{os.pathsep}{home}",
        "MCP_FOUNDRY_SAVE": str(home / "a"),
    }


def test_uninstall_says_where_nothing_was(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uninstall", "gemini"]) == 0
    assert (
        capsys.readouterr().out == f"Nothing to do: there is no foundry in {file_of('gemini')}.\n"
    )
    assert not list(home.iterdir())
