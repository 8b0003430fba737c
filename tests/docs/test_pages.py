"""The pages tell what the code does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import CONTRIBUTING, EMULATOR, PAGES, README, ROOT, written

if TYPE_CHECKING:
    from pathlib import Path

# A Python file that a page or a comment names; `NAME` and the like stand for one to be made.
NAMED = re.compile(r"[\w./]*\b[a-z_]+/[a-z_]+\.py\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert all(f"<!-- {name}:begin -->" in text for name in PAGES[page])
    assert text == written(page), f"{page.name} is behind: run `python -m tests.docs.pages`"


def test_the_readme_fits_200_lines_and_shows_a_working_configuration_before_line_20() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    found = re.search(r"```json\n(.*?)```", "\n".join(lines[:20]), re.DOTALL)
    assert found
    server = json.loads(found[1])["mcpServers"]["foundry"]
    assert server["command"] == "mcp-foundry"
    assert "FOUNDRY_PROJECT_ENDPOINT" in server["env"]


def test_every_file_that_is_named_is_there() -> None:
    homes = (ROOT, ROOT / "mcp_foundry", ROOT / "mcp_foundry" / "emulator")
    pages = [README, CONTRIBUTING, EMULATOR, *(ROOT / "mcp_foundry").rglob("*.py")]
    gone = [
        f"{page.relative_to(ROOT)}: {named}"
        for page in pages
        for named in NAMED.findall(page.read_text(encoding="utf-8"))
        if not any((home / named).is_file() for home in homes)
    ]
    assert gone == []


def test_contributing_is_a_page() -> None:
    assert len(CONTRIBUTING.read_text(encoding="utf-8").splitlines()) <= 120
