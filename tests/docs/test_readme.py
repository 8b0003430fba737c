"""The README tells what the code does."""

from __future__ import annotations

import json
import re

from tests.docs.readme import PARTS, README, written


def test_the_tables_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- {name}:begin -->" in text for name in PARTS)
    assert text == written(text), "README.md is behind: run `python -m tests.docs.readme`"


def test_it_fits_200_lines_and_shows_a_working_configuration_before_line_20() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    found = re.search(r"```json\n(.*?)```", "\n".join(lines[:20]), re.DOTALL)
    assert found
    server = json.loads(found[1])["mcpServers"]["foundry"]
    assert server["command"] == "mcp-foundry"
    assert "FOUNDRY_PROJECT_ENDPOINT" in server["env"]
