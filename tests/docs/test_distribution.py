"""What is shipped, built as it is shipped, judged by those who take it, and started."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from mcp_foundry import __version__
from tests.docs.plugins import manifests
from tests.rigs.judging import BESIDE_PYTHON, PROJECT, run
from tests.rigs.npm import npm

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from tests.rigs.npm import Npm

__all__ = ["npm"]

pytestmark = [pytest.mark.judges, pytest.mark.timeout(600)]

PACKAGING = PROJECT / "packaging"


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def sources() -> set[str]:
    """Every file of the package, as version control has them."""
    return set(run("git", "ls-files", "mcp_foundry").split())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--quiet", "--out-dir", folder)
    return folder


def test_the_wheel_has_every_file_of_the_package_and_no_other(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    shipped = {name for name in names if ".dist-info/" not in name}
    assert shipped == sources()
    assert "mcp_foundry/py.typed" in shipped
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_has_all_that_a_wheel_and_the_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert sources() <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= names
    folders = ("packaging", "skills", "docs", "benchmarks")
    assert set(run("git", "ls-files", *folders).split()) <= names
    assert {path.relative_to(PROJECT).as_posix() for path in manifests()} <= names


def test_a_package_index_shows_the_readme_with_links_that_lead_to_the_repository(
    built: Path, tmp_path: Path
) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    about, _, described = metadata.partition("\n\n")
    page = tmp_path / "README.md"
    page.write_text(described, encoding="utf-8")

    shown = run(sys.executable, "-m", "readme_renderer", page)

    links = re.findall(r'(?:href|src)="([^"]+)"', shown) + re.findall("https://\\S+", about)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    ours = re.compile(r"https://[\w.]+/mcp-foundry/mcp-foundry/(?:(?:blob|tree)/)?main/([^#]+)")
    within = [path[1] for link in links if (path := ours.match(link))]
    assert len(within) > 10
    assert [path for path in within if not (PROJECT / path).exists()] == []
    assert "mcp-name: io.github.mcp-foundry/mcp-foundry" in described
    assert "uvx mcp-foundry ask" in described
    assert "--from ." not in described
    assert "clone" not in described


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_what_is_built_installs_and_answers(built: Path, tmp_path: Path, kind: str) -> None:
    (archive,) = built.glob(kind)
    run("uv", "venv", "--quiet", "--python", sys.executable, tmp_path)
    run("uv", "pip", "install", "--quiet", "--python", python_of(tmp_path), archive)
    command = python_of(tmp_path).with_name("mcp-foundry")

    assert run(command, "--version", cwd=tmp_path).strip() == f"mcp-foundry {__version__}"
    told = run(command, "call", "ask_agent", "message=[say Good day]", "--emulator", cwd=tmp_path)
    assert json.loads(told)["text"] == "Good day"


def test_uvx_needs_no_more_than_the_wheel(built: Path) -> None:
    (wheel,) = built.glob("*.whl")

    told = run("uvx", "--isolated", "--from", wheel, "mcp-foundry", "--version")

    assert told.strip() == f"mcp-foundry {__version__}"


@pytest.mark.anyio
async def test_the_bundle_is_valid_and_its_command_starts_the_server(
    npm: Npm, emulator: Emulator, tmp_path: Path
) -> None:
    folder, packed, installed = tmp_path / "bundle", tmp_path / "b.mcpb", tmp_path / "installed"
    run(sys.executable, PACKAGING / "bundle.py", folder)
    for arguments in (
        ("validate", str(folder / "manifest.json")),
        ("pack", str(folder), str(packed)),
        ("unpack", str(packed), str(installed)),
    ):
        judged = npm.run("mcpb", *arguments)
        assert judged.returncode == 0, judged.stdout + judged.stderr

    # A host installs what it needs when it unpacks it: at the start that would take too long.
    run("uv", "sync", "--quiet", "--no-dev", "--python", sys.executable, "--directory", installed)

    with anyio.fail_after(300):
        async with Client(as_a_host_starts_it(installed, emulator.endpoint)) as client:
            asked = await client.call_tool(
                "ask_agent", {"message": "[say Good day]", "agent": "helper"}
            )

    assert asked.structured_content
    assert asked.structured_content["text"] == "Good day"


def as_a_host_starts_it(installed: Path, endpoint: str) -> StdioServerParameters:
    """Put the values of the form into the manifest's command, as a host does."""
    manifest: dict[str, Any] = json.loads((installed / "manifest.json").read_text("utf-8"))
    values = {name: field.get("default", "") for name, field in manifest["user_config"].items()}
    values["endpoint"] = endpoint

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"${{user_config.{name}}}", str(value).lower())
        return text.replace("${__dirname}", str(installed))

    config = manifest["server"]["mcp_config"]
    command = str(config["command"])
    env = {name: filled(text) for name, text in config["env"].items()}
    return StdioServerParameters(
        command=shutil.which(command, path=str(BESIDE_PYTHON)) or command,
        args=[filled(text) for text in config["args"]],
        # All of ours, for uv may need a proxy or a certificate to install what the bundle needs.
        env={**os.environ, **env, "UV_PYTHON": sys.executable},
    )


def test_the_registry_takes_the_description_of_the_server(tmp_path: Path) -> None:
    # It carries the registry's released schemas; alone in a folder, nothing else is judged.
    shutil.copy(PACKAGING / "server.json", tmp_path)
    run("skillsaw", "lint", "--strict", "--no-plugins", tmp_path)


def test_the_plugin_and_its_skill_are_as_each_format_wants_them(tmp_path: Path) -> None:
    for path in (*manifests(), PROJECT / "README.md"):
        (tmp_path / path.relative_to(PROJECT)).parent.mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(PROJECT))
    shutil.copytree(PROJECT / "skills", tmp_path / "skills")
    run("skillsaw", "lint", "--strict", "--no-plugins", tmp_path)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert run("hadolint", PACKAGING / "Dockerfile") == ""
