"""Where each client keeps its servers on each platform, and the command that starts ours again."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.commands.installing.places import Machine, configuration_of
from mcp_foundry.commands.installing.starting import Process

if TYPE_CHECKING:
    from pathlib import Path

MAC, LINUX, WINDOWS = "darwin", "linux", "win32"
SUPPORT = "Library/Application Support"
CACHED = "cache/uv/archive-v0/x1/bin/python"


@pytest.mark.parametrize(
    ("client", "platform", "expected"),
    [
        ("claude-desktop", LINUX, ".config/Claude/claude_desktop_config.json"),
        ("claude-desktop", MAC, f"{SUPPORT}/Claude/claude_desktop_config.json"),
        ("claude-desktop", WINDOWS, "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("claude-code", LINUX, ".claude.json"),
        ("claude-code", WINDOWS, ".claude.json"),
        ("vscode", LINUX, ".config/Code/User/mcp.json"),
        ("vscode", MAC, f"{SUPPORT}/Code/User/mcp.json"),
        ("vscode", WINDOWS, "AppData/Roaming/Code/User/mcp.json"),
        ("cursor", MAC, ".cursor/mcp.json"),
        ("cursor", WINDOWS, ".cursor/mcp.json"),
        ("codex", WINDOWS, ".codex/config.toml"),
        ("copilot-cli", LINUX, ".copilot/mcp-config.json"),
        ("gemini", MAC, ".gemini/settings.json"),
    ],
)
def test_each_client_has_its_place_on_each_platform(
    client: str, platform: str, expected: str, tmp_path: Path
) -> None:
    home = "USERPROFILE" if platform == WINDOWS else "HOME"
    found = configuration_of(client, Machine(platform, {home: str(tmp_path)}))
    assert found == tmp_path / expected


@pytest.mark.parametrize(
    ("client", "platform", "variable", "expected"),
    [
        ("claude-desktop", LINUX, "XDG_CONFIG_HOME", "Claude/claude_desktop_config.json"),
        ("vscode", WINDOWS, "APPDATA", "Code/User/mcp.json"),
        ("claude-code", LINUX, "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", MAC, "CODEX_HOME", "config.toml"),
        ("copilot-cli", LINUX, "COPILOT_HOME", "mcp-config.json"),
        ("gemini", LINUX, "GEMINI_CLI_HOME", ".gemini/settings.json"),
    ],
)
def test_a_variable_moves_it(
    client: str, platform: str, variable: str, expected: str, tmp_path: Path
) -> None:
    machine = Machine(platform, {variable: str(tmp_path), "HOME": "/h", "USERPROFILE": "/h"})
    assert configuration_of(client, machine) == tmp_path / expected


def test_a_packaged_claude_desktop_and_a_lone_preview_of_vs_code_are_found(tmp_path: Path) -> None:
    machine = Machine(WINDOWS, {"USERPROFILE": str(tmp_path)})
    packaged = tmp_path / "AppData/Local/Packages/Claude_1x/LocalCache/Roaming/Claude"
    insiders = tmp_path / "AppData/Roaming/Code - Insiders"
    for folder in (packaged, insiders):
        folder.mkdir(parents=True)
    assert configuration_of("claude-desktop", machine).parent == packaged
    assert configuration_of("vscode", machine) == insiders / "User/mcp.json"
    (insiders.parent / "Code").mkdir()
    assert configuration_of("vscode", machine) == insiders.parent / "Code/User/mcp.json"


def made(folder: Path, *names: str) -> Path:
    """Make files that can be run, and return the first."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch(0o755)
    return folder / names[0]


def test_a_script_is_started_as_it_was_found_and_not_where_a_link_leads(tmp_path: Path) -> None:
    real = made(tmp_path, "tools/v1/bin/mcp-foundry")
    python = str(made(tmp_path, "tools/v1/bin/python"))
    started = real
    if sys.platform != "win32":
        started = tmp_path / "mcp-foundry"
        started.symlink_to(real)
    assert Process(str(started), python, {}, "").command() == [str(started)]


def test_without_its_ending_a_launcher_of_windows_is_found(tmp_path: Path) -> None:
    launcher = made(tmp_path, "Scripts/mcp-foundry.exe")
    assert Process(str(launcher)[:-4], "python", {}, "").command() == [str(launcher)]


def test_a_module_is_started_by_the_script_beside_its_interpreter_or_by_that(
    tmp_path: Path,
) -> None:
    python, module = str(made(tmp_path, "bin/python")), str(made(tmp_path, "src/__main__.py"))
    assert Process(module, python, {}, "").command() == [python, "-m", "mcp_foundry"]
    script = made(tmp_path, "bin/mcp-foundry")
    assert Process(module, python, {}, "").command() == [str(script)]


GIT: dict[str, Any] = {"vcs": "git", "commit_id": "0" * 40}


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (None, []),
        ({"url": "https://example.com/w.whl", "archive_info": {}}, ["https://example.com/w.whl"]),
        ({"url": "https://a:b@example.com/r", "vcs_info": GIT}, ["git+https://example.com/r"]),
        (
            {
                "url": "ssh://git@example.com/r",
                "vcs_info": {**GIT, "requested_revision": "v1"},
                "subdirectory": "py",
            },
            ["git+ssh://git@example.com/r@v1#subdirectory=py"],
        ),
    ],
)
def test_from_uvs_cache_it_is_uvx_and_where_the_package_came_from(
    origin: dict[str, Any] | None, words: list[str], tmp_path: Path
) -> None:
    python = str(made(tmp_path, CACHED, "cache/uv/archive-v0/x1/bin/mcp-foundry"))
    uv = made(tmp_path, "bin/uv", "bin/uvx")
    told = json.dumps(origin) if origin else ""
    source = ["--from", *words] if words else []
    environment = {"UV": str(uv), "PATH": ""}
    command = Process(python, python, environment, told).command()
    assert command == [str(uv.with_name("uvx")), *source, "mcp-foundry"]


def test_a_package_of_a_folder_comes_from_that_folder(tmp_path: Path) -> None:
    source = tmp_path / "a b"
    told = json.dumps({"url": source.as_uri(), "dir_info": {}})
    python = str(made(tmp_path, CACHED))
    uv = str(made(tmp_path, "bin/uv"))
    command = Process(python, python, {"UV": uv, "PATH": ""}, told).command()
    assert command == [uv, "tool", "run", "--from", str(source), "mcp-foundry"]
    # What is on the PATH stays there when another version comes.
    uvx = made(tmp_path, f"links/uvx{'.exe' if sys.platform == 'win32' else ''}")
    command = Process(python, python, {"UV": uv, "PATH": str(uvx.parent)}, told).command()
    assert command[0].lower() == str(uvx).lower()
