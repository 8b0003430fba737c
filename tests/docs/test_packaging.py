"""What is shipped beside the package says the same as the package."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry import __version__
from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[2]
PACKAGING = PROJECT / "packaging"
AZURE = {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}


def read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PACKAGING / path).read_text(encoding="utf-8"))
    return found


def test_every_version_is_that_of_the_package() -> None:
    server, manifest = read("server.json"), read("mcpb/manifest.json")
    changelog = (PACKAGING / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)

    assert server["version"] == server["packages"][0]["version"] == __version__
    assert manifest["version"] == __version__
    assert newest
    assert newest[1] == __version__


def test_every_description_names_the_server_as_it_names_itself() -> None:
    server, manifest = read("server.json"), read("mcpb/manifest.json")
    title = create_server(Settings()).title

    assert server["title"] == manifest["display_name"] == title
    assert server["description"] == manifest["description"]
    assert f'"{server["name"]}"' in (PACKAGING / "Dockerfile").read_text(encoding="utf-8")


def test_every_variable_is_one_that_is_read() -> None:
    known = AZURE.union(*(variable.names for variable in VARIABLES))
    registered = {v["name"] for v in read("server.json")["packages"][0]["environmentVariables"]}
    bundled = read("mcpb/manifest.json")["server"]["mcp_config"]["env"]

    assert registered <= known
    assert set(bundled) == registered


def test_the_bundle_asks_for_each_value_and_hides_the_secret() -> None:
    manifest = read("mcpb/manifest.json")
    asked: Mapping[str, Any] = manifest["user_config"]
    used = re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(manifest["server"]))

    assert sorted(used) == sorted(asked)
    assert [name for name, field in asked.items() if field.get("sensitive")] == ["client_secret"]
    assert [name for name, field in asked.items() if field.get("required")] == ["endpoint"]


def test_a_form_left_empty_is_a_server_with_its_defaults() -> None:
    manifest = read("mcpb/manifest.json")
    environment = {
        variable: str(manifest["user_config"][field[14:-1]].get("default", "")).lower()
        for variable, field in manifest["server"]["mcp_config"]["env"].items()
    }

    assert Settings.read(environment) == Settings()


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.dockerignore"])
def test_the_image_takes_what_is_there(name: str) -> None:
    text = (PACKAGING / name).read_text(encoding="utf-8")
    copied = [
        word
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE)
        for word in line.split()
    ]
    admitted = re.findall(r"^!(\S+)$", text, re.MULTILINE)

    assert copied or admitted
    assert [path for path in copied + admitted if not (PROJECT / path).exists()] == []
