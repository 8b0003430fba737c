"""What hosts install from this repository says the same as the package, and its skill is true."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mcp_foundry import __version__
from mcp_foundry.server.tools.registry import TOOLS
from tests.docs.plugins import ROOT, manifests, written

if TYPE_CHECKING:
    from pathlib import Path

SKILLS = sorted(ROOT.glob("skills/*/SKILL.md"))


@pytest.mark.parametrize("path", manifests(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_manifest_is_made_from_that_of_the_bundle(path: Path) -> None:
    behind = f"{path.name} is behind: run `python -m tests.docs.plugins`"
    assert path.read_text(encoding="utf-8") == written(manifests()[path]), behind


def test_every_plugin_has_the_version_of_the_package() -> None:
    plugins = [json.loads(path.read_text("utf-8")) for path in manifests()]
    assert {plugin["version"] for plugin in plugins if "version" in plugin} == {__version__}


@pytest.mark.parametrize("path", SKILLS, ids=lambda path: path.parent.name)
def test_the_skill_is_short_bears_its_folders_name_and_calls_tools_that_there_are(
    path: Path,
) -> None:
    text = path.read_text(encoding="utf-8")
    offered = {offer.function.__name__ for offer in TOOLS}
    called = set(re.findall(r"\b(?:ask|stream|get|list|cancel)_\w+|batch_ask", text))

    assert len(text.splitlines()) <= 60
    assert f"\nname: {path.parent.name}\n" in text
    assert {"ask_agent", "batch_ask", "get_answer"} <= called <= offered
