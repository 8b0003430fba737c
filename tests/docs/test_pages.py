"""The pages tell what the code does, fit where they are read, and lead where they say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.installing.entries import CLIENTS
from mcp_foundry.settings.variables import VARIABLES
from tests.docs.pages import ALL, CONTRIBUTING, PAGES, README, ROOT, SETTINGS, WIDTH, written
from tests.docs.snippets import SNIPPETS

if TYPE_CHECKING:
    from pathlib import Path

# A Python file that a page or a comment names; `NAME` and the like stand for one to be made.
NAMED = re.compile(r"[\w./]*\b[a-z_]+/[a-z_]+\.py\b")
# What leads elsewhere in the repository, inline or by a word that is defined below.
LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]+)\)|^\[\w+\]: (?![a-z]+:)(\S+)$", re.MULTILINE)


def lines(page: Path) -> list[str]:
    return page.read_text(encoding="utf-8").splitlines()


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_every_page_of_generated_parts_is_one_that_people_read() -> None:
    assert set(PAGES) <= set(ALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert all(f"<!-- {name}:begin -->" in text for name in PAGES[page])
    assert text == written(page), f"{page.name} is behind: run `python -m tests.docs.pages`"


def test_the_readme_fits_160_lines_and_a_terminal() -> None:
    told = lines(README)
    assert len(told) <= 160
    assert [line for line in told if len(line) > WIDTH] == []


def test_the_readme_shows_a_working_configuration_before_line_60() -> None:
    found = re.search(r"```json\n(.*?)```", "\n".join(lines(README)[:60]), re.DOTALL)
    assert found
    server = json.loads(found[1])["mcpServers"]["foundry"]
    assert server["command"] == "mcp-foundry"
    assert "FOUNDRY_PROJECT_ENDPOINT" in server["env"]


def test_each_client_that_can_be_installed_has_its_line_and_its_section() -> None:
    told = re.findall(r"^    mcp-foundry install (\S+) ", README.read_text("utf-8"), re.MULTILINE)
    assert told == list(CLIENTS)
    titles = re.findall(r"  # (.+)$", README.read_text("utf-8"), re.MULTILINE)
    assert titles == [snippet.client for snippet in SNIPPETS]


def test_every_setting_is_on_its_page() -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    words = {*(name for each in VARIABLES for name in each.names), *(v.flag for v in VARIABLES)}
    assert [word for word in words if word and f"`{word}`" not in text] == []


def test_every_page_is_found_from_the_readme() -> None:
    led = {(README.parent / (inline or defined)).resolve() for inline, defined in leads(README)}
    assert [page.name for page in ALL if page not in {README, *led}] == []


def leads(page: Path) -> list[tuple[str, str]]:
    return LINK.findall(prose(page))


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    astray: list[str] = []
    for inline, defined in leads(page):
        path, _, anchor = (inline or defined).partition("#")
        to = page.parent / path if path else page
        if not to.is_file() or (anchor and anchor not in anchors(to)):
            astray.append(inline or defined)
    assert astray == []


def test_every_page_begins_with_what_its_reader_can_do() -> None:
    for page in ALL:
        title, blank, begun = lines(page)[:3]
        assert title.startswith("# "), page
        assert blank == "", page
        assert begun[0] not in "#|<", page


def test_every_file_that_is_named_is_there() -> None:
    homes = (ROOT, ROOT / "mcp_foundry", ROOT / "mcp_foundry" / "emulator")
    pages = [*ALL, *(ROOT / "mcp_foundry").rglob("*.py")]
    gone = [
        f"{page.relative_to(ROOT)}: {named}"
        for page in pages
        for named in NAMED.findall(page.read_text(encoding="utf-8"))
        if not any((home / named).is_file() for home in homes)
    ]
    assert gone == []


def test_contributing_is_a_page() -> None:
    assert len(lines(CONTRIBUTING)) <= 120
