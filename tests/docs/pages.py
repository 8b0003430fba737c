"""The parts of pages that are made from the code; `python -m tests.docs.pages` writes them."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.line.options import COMMANDS
from mcp_foundry.commands.outcome import MEANINGS
from mcp_foundry.emulator.faults import behaviour, fault
from mcp_foundry.server.app import create_server
from mcp_foundry.server.tools.registry import TOOLS
from mcp_foundry.settings.values import Settings, default_of
from mcp_foundry.settings.variables import VARIABLES
from tests.docs import emulator_page, service_page
from tests.docs.measured import measured
from tests.docs.snippets import clients
from tests.docs.tables import table
from tests.rigs.architecture import FLOORS, GROUND

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
DOCS = ROOT / "docs"
EMULATOR, SETTINGS = DOCS / "emulator.md", DOCS / "settings.md"
TELEMETRY, SERVICE = DOCS / "telemetry.md", DOCS / "service.md"
ALL = (README, CONTRIBUTING, *sorted(DOCS.glob("*.md")), ROOT / "benchmarks" / "README.md")
"""Every page that people read."""
WIDTH = 80
"""Columns of a terminal, in which the README is read, too."""


def tools() -> str:
    """Every tool, and what it is for: a list, for a terminal has no room for a table of it."""

    def item(function: Callable[..., object]) -> str:
        told = f"- `{function.__name__}`: {_first_sentence(function)}"
        return textwrap.fill(told, WIDTH, subsequent_indent="  ", break_on_hyphens=False)

    return "\n".join(item(offered.function) for offered in TOOLS)


def _first_sentence(function: Callable[..., object]) -> str:
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def arguments() -> str:
    """Every tool, and what it takes."""

    def row(function: Callable[..., object]) -> tuple[str, ...]:
        names = [name for name in inspect.signature(function).parameters if name != "ctx"]
        return f"`{function.__name__}`", ", ".join(f"`{name}`" for name in names) or "nothing"

    return table(("tool", "takes"), (row(offered.function) for offered in TOOLS))


def resources() -> str:
    """Every resource and template of one, and what it holds."""
    server = create_server(Settings())
    named = [(str(each.uri), each.description) for each in anyio.run(server.list_resources)]
    templates = anyio.run(server.list_resource_templates)
    named += [(each.uri_template, each.description) for each in templates]
    rows = ((f"`{address}`", told or "") for address, told in named)
    return table(("address", "what it holds"), rows)


def prompts() -> str:
    """Every prompt, and what it is for."""
    listed = anyio.run(create_server(Settings()).list_prompts)
    rows = ((f"`{prompt.name}`", prompt.title or "", prompt.description or "") for prompt in listed)
    return table(("prompt", "in a menu", "what it does"), rows)


def commands() -> str:
    """Every command: its own words, and what it does."""

    def row(name: str) -> tuple[str, ...]:
        words = f"mcp-foundry {name} {COMMANDS[name].usage}".strip().replace("|", "\\|")
        return f"`{words}`", COMMANDS[name].meaning

    return table(("command", "what it does"), map(row, COMMANDS))


def codes() -> str:
    """Every exit code, and what it says."""
    return table(("code", "meaning"), ((f"{code}", told) for code, told in MEANINGS.items()))


def settings() -> str:
    """Every setting: its variable, its flag, its default and its meaning."""
    return table(
        ("variable", "flag", "meaning", "default"),
        (
            (
                " or ".join(f"`{name}`" for name in variable.names),
                f"`{variable.flag}`" if variable.flag else "none",
                variable.meaning,
                f"`{default_of(variable)}`" if default_of(variable) else "none",
            )
            for variable in VARIABLES
        ),
    )


def measures() -> str:
    """Everything that is measured of runs and calls, and by which attributes it is split."""
    told = ((f"`{each.name}`", each.unit, each.told, each.split) for each in measured())
    return table(("measure", "in", "what it says", "split by"), told)


def rooms() -> str:
    """Every folder of the package, from the top floor down, by the sentence that it begins with."""
    package = ROOT / "mcp_foundry"

    def row(folder: Path) -> tuple[str, ...]:
        told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
        return f"`{folder.relative_to(package).as_posix()}/`", told.partition("\n")[0]

    floors = [package / room for room in (*FLOORS, *GROUND) if (package / room).is_dir()]
    folders = (file.parent for floor in floors for file in sorted(floor.rglob("__init__.py")))
    return table(("folder", "what lives there"), map(row, folders))


PAGES = {
    README: {"tools": tools},
    CONTRIBUTING: {"rooms": rooms},
    DOCS / "clients.md": {"clients": clients},
    DOCS / "shell.md": {"codes": codes, "commands": commands},
    DOCS / "tools.md": {"arguments": arguments, "resources": resources, "prompts": prompts},
    SETTINGS: {"settings": settings},
    TELEMETRY: {"measures": measures},
    SERVICE: {
        "hosts": service_page.hosts,
        "rights": service_page.rights,
        "limits": service_page.limits,
        "failures": service_page.failures,
    },
    EMULATOR: {
        "variables": emulator_page.told_to_shells,
        "seed": emulator_page.seeds,
        "control": emulator_page.control,
        "directives": emulator_page.directives,
        "behaviour": lambda: emulator_page.words(behaviour),
        "faults": lambda: emulator_page.words(fault),
    },
}


def written(page: Path) -> str:
    """Return a page with its parts made anew."""
    text = page.read_text(encoding="utf-8")
    for name, part in PAGES[page].items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        block = f"{begin}\n{part()}\n{end}"
        text = found.sub(lambda _, block=block: block, text)
    return text


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(written(page), encoding="utf-8")
