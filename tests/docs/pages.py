"""The parts of pages that are made from the code; `python -m tests.docs.pages` writes them."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.line.options import COMMANDS
from mcp_foundry.commands.outcome import MEANINGS
from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.control import control_routes
from mcp_foundry.emulator.door.environment import VARIABLES as TOLD
from mcp_foundry.emulator.faults import behaviour, fault
from mcp_foundry.emulator.model.directives import DIRECTIVES
from mcp_foundry.emulator.store import seed_file
from mcp_foundry.server.app import create_server
from mcp_foundry.server.tools.registry import TOOLS
from mcp_foundry.settings.values import Settings, default_of
from mcp_foundry.settings.variables import VARIABLES
from tests.docs.measured import measured
from tests.docs.snippets import clients
from tests.rigs.architecture import FLOORS, GROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType
    from typing import TypeGuard

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
DOCS = ROOT / "docs"
EMULATOR, SETTINGS = DOCS / "emulator.md", DOCS / "settings.md"
TELEMETRY = DOCS / "telemetry.md"
ALL = (README, CONTRIBUTING, *sorted(DOCS.glob("*.md")), ROOT / "benchmarks" / "README.md")
"""Every page that people read."""
WIDTH = 80
"""Columns of a terminal, in which the README is read, too."""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


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

    return _table(("tool", "takes"), (row(offered.function) for offered in TOOLS))


def resources() -> str:
    """Every resource and template of one, and what it holds."""
    server = create_server(Settings())
    named = [(str(each.uri), each.description) for each in anyio.run(server.list_resources)]
    templates = anyio.run(server.list_resource_templates)
    named += [(each.uri_template, each.description) for each in templates]
    rows = ((f"`{address}`", told or "") for address, told in named)
    return _table(("address", "what it holds"), rows)


def prompts() -> str:
    """Every prompt, and what it is for."""
    listed = anyio.run(create_server(Settings()).list_prompts)
    rows = ((f"`{prompt.name}`", prompt.title or "", prompt.description or "") for prompt in listed)
    return _table(("prompt", "in a menu", "what it does"), rows)


def commands() -> str:
    """Every command: its own words, and what it does."""

    def row(name: str) -> tuple[str, ...]:
        words = f"mcp-foundry {name} {COMMANDS[name].usage}".strip().replace("|", "\\|")
        return f"`{words}`", COMMANDS[name].meaning

    return _table(("command", "what it does"), map(row, COMMANDS))


def codes() -> str:
    """Every exit code, and what it says."""
    return _table(("code", "meaning"), ((f"{code}", told) for code, told in MEANINGS.items()))


def settings() -> str:
    """Every setting: its variable, its flag, its default and its meaning."""
    return _table(
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


def directives() -> str:
    """Every word that the emulator's scripted model obeys."""
    rows = ((f"`{word.example}`", word.effect) for word in DIRECTIVES)
    return _table(("in the message", "the model"), rows)


def _words(module: ModuleType) -> str:
    """Every field of a module's dataclass of words: its default, and the text below it."""
    (told,) = (node for node in ast.parse(inspect.getsource(module)).body if _is_of_words(node))
    rows = [
        (
            f"`{ast.unparse(field.target)}`",
            f"`{_default(field.value)}`",
            " ".join(ast.literal_eval(text.value).split()),
        )
        for field, text in pairwise(told.body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    ]
    return _table(("word", "default", "meaning"), rows)


def _is_of_words(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and node.name in {"Behaviour", "Fault"}


def _default(value: ast.expr | None) -> str:
    return "{}" if isinstance(value, ast.Call) or value is None else ast.unparse(value)


def told_to_shells() -> str:
    """Every variable that `--env` prints, and who reads it."""
    return _table(("variable", "read by"), ((f"`{each.name}`", each.reader) for each in TOLD))


def control() -> str:
    """Every route under /_emulator/, by what its handler says of itself."""
    rows = (
        (f"`{route.method} {route.path}`", " ".join((route.handler.__doc__ or "").split()))
        for route in control_routes(Emulator())
    )
    return _table(("route", "what it does"), rows)


def seeds() -> str:
    """Every field of a seed file, by the sections and what they are made of."""
    classes = [
        node
        for node in ast.parse(inspect.getsource(seed_file)).body
        if isinstance(node, ast.ClassDef)
    ]
    own = {node.name: _fields(node) for node in classes}
    parents = {node.name: [ast.unparse(each) for each in node.bases] for node in classes}
    rows = [
        (f"`{name}`", *row)
        for name in ("Seed", *(name for name in own if name[0] != "_" and name != "Seed"))
        for owner in (*reversed(parents[name]), name)
        for row in own[owner]
    ]
    return _table(("of", "field", "type", "meaning"), rows)


def _fields(told: ast.ClassDef) -> list[tuple[str, ...]]:
    return [
        (
            f"`{ast.unparse(field.target)}`{'' if field.value else ', required'}",
            f"`{ast.unparse(field.annotation).removesuffix(' | None')}`",
            " ".join(ast.literal_eval(text.value).split()),
        )
        for field, text in pairwise(told.body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    ]


def measures() -> str:
    """Everything that is measured of runs and calls, and by which attributes it is split."""
    told = ((f"`{each.name}`", each.unit, each.told, each.split) for each in measured())
    return _table(("measure", "in", "what it says", "split by"), told)


def rooms() -> str:
    """Every folder of the package, from the top floor down, by the sentence that it begins with."""
    package = ROOT / "mcp_foundry"

    def row(folder: Path) -> tuple[str, ...]:
        told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
        return f"`{folder.relative_to(package).as_posix()}/`", told.partition("\n")[0]

    floors = [package / room for room in (*FLOORS, *GROUND) if (package / room).is_dir()]
    folders = (file.parent for floor in floors for file in sorted(floor.rglob("__init__.py")))
    return _table(("folder", "what lives there"), map(row, folders))


PAGES = {
    README: {"tools": tools},
    CONTRIBUTING: {"rooms": rooms},
    DOCS / "clients.md": {"clients": clients},
    DOCS / "shell.md": {"codes": codes, "commands": commands},
    DOCS / "tools.md": {"arguments": arguments, "resources": resources, "prompts": prompts},
    SETTINGS: {"settings": settings},
    TELEMETRY: {"measures": measures},
    EMULATOR: {
        "variables": told_to_shells,
        "seed": seeds,
        "control": control,
        "directives": directives,
        "behaviour": lambda: _words(behaviour),
        "faults": lambda: _words(fault),
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
