"""What docs/telemetry.md says is told, and read, is what is."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.settings import telemetry
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.content import LONGEST
from tests.docs.pages import TELEMETRY

if TYPE_CHECKING:
    from mcp.client import Client

PAGE = TELEMETRY.read_text(encoding="utf-8")
EVENTS = {names.FIRST_TOKEN, names.RETRY, names.RESUMED, names.HANDED_OVER, names.REQUIRES_ACTION}
OURS = {value for name, value in vars(names).items() if name.isupper()}
LINE = re.compile(r"\b([a-z_]+)=\S+")


def in_backticks(page: str) -> set[str]:
    return set(re.findall("`([^`\n]+)`", page))


def test_every_name_that_is_told_is_on_the_page() -> None:
    dotted = {name for name in OURS if "." in name and name != names.FOUNDRY}
    assert sorted((dotted | EVENTS) - in_backticks(PAGE)) == []


def test_every_name_on_the_page_is_told() -> None:
    named = {word for word in in_backticks(PAGE) if re.match(r"(gen_ai|mcp_foundry)\.\w+\.?", word)}
    told = {*OURS, "mcp_foundry.", "mcp_foundry.audit"}
    assert sorted(named - told) == []


def test_every_variable_that_decides_is_on_the_page() -> None:
    source = Path(telemetry.__file__).read_text("utf-8")
    variables = set(re.findall(r'"((?:OTEL|AZURE)_[A-Z_]+[A-Z])"', source))
    assert len(variables) >= 5
    assert sorted(name for name in variables if name not in PAGE) == []


def test_the_content_is_cut_where_the_page_says() -> None:
    assert f"after {LONGEST:,} characters" in PAGE


@pytest.mark.anyio
async def test_the_line_that_is_shown_is_one(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mcp_foundry.audit")
    meta: Any = {"traceparent": f"00-{'4b' * 16}-{'a0' * 8}-01"}
    await client.call_tool("ask_agent", {"agent": "helper", "message": "Hello"}, meta=meta)
    (written,) = (each for each in caplog.records if each.name == "mcp_foundry.audit")
    (shown,) = re.findall("```text\n(.*)\n```", PAGE)
    date, clock, *head = shown.partition("method=")[0].split()
    assert re.fullmatch(r"[\d-]{10} [\d:,]{12}", f"{date} {clock}")
    assert head == [written.levelname, f"{written.name}:"]
    assert LINE.findall(shown) == LINE.findall(written.getMessage())
