"""The shape of the package: what may import what, and how long a file may be."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import mcp_foundry

PACKAGE = Path(mcp_foundry.__file__).parent
# From the top down: a module imports from its own layer or from below.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("server",),
    ("project",),
    ("runs",),
    ("agents",),
    ("service",),
    ("contract", "settings", "transport", "emulator"),
    ("",),
)
LONGEST = 250
BANNED_NAMES = {"utils", "helpers", "common", "base", "manager", "misc"}


def modules() -> dict[str, ast.Module]:
    """All modules of the package by their name within it."""
    found: dict[str, ast.Module] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


class Imports(ast.NodeVisitor):
    """Collects what a module imports of the package; what only its types need, apart."""

    def __init__(self, names: set[str]) -> None:
        self.found: set[str] = set()
        self.types: set[str] = set()
        self._names = names
        self._for_types = False

    def visit_If(self, node: ast.If) -> None:
        before = self._for_types
        self._for_types = before or ast.unparse(node.test) == "TYPE_CHECKING"
        self.generic_visit(node)
        self._for_types = before

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        package, _, module = (node.module or "").partition(".")
        if package == "mcp_foundry":
            for alias in node.names:
                inner = f"{module}.{alias.name}".strip(".")
                (self.types if self._for_types else self.found).add(
                    inner if inner in self._names else module
                )


@pytest.fixture(scope="module")
def imports() -> dict[str, Imports]:
    parsed = modules()
    found: dict[str, Imports] = {}
    for name, tree in parsed.items():
        found[name] = Imports(set(parsed))
        found[name].visit(tree)
    return found


def layer(module: str) -> int:
    """The layer of a module, counted from the top."""
    first = module.partition(".")[0]
    places = [place for place, names in enumerate(LAYERS) if first in names]
    assert places, f"{module} is in no layer: say in LAYERS where it belongs"
    return places[0]


def test_imports_run_downward(imports: dict[str, Imports]) -> None:
    upward = [
        f"{module} imports {other}"
        for module, its in imports.items()
        for other in its.found
        if other and layer(other) < layer(module)
    ]
    assert upward == []


def test_imports_make_no_circle(imports: dict[str, Imports]) -> None:
    def reach(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a circle: {' → '.join([*path, module])}"
        if module not in settled:
            for other in imports[module].found - {""}:
                reach(other, (*path, module))
            settled.add(module)

    settled: set[str] = set()
    for module in imports:
        reach(module, ())


def test_the_emulator_stands_alone(imports: dict[str, Imports]) -> None:
    for module, its in imports.items():
        for other in its.found | its.types:
            if module.startswith("emulator"):
                assert other.startswith("emulator"), f"{module} imports {other}"
            elif other.startswith("emulator"):
                assert module.startswith("commands."), f"{module} imports {other}"


def test_no_file_is_too_long_to_be_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_is_named_for_nothing() -> None:
    assert not BANNED_NAMES & {path.stem for path in PACKAGE.rglob("*.py")}


def test_every_exception_to_a_rule_gives_its_reason() -> None:
    marks = re.compile(r"#\s*(noqa|type: ignore|pyright: ignore|pragma: no cover)(?!.* - \S)")
    bare = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert bare == []


def test_nothing_but_the_commands_prints(imports: dict[str, Imports]) -> None:
    printing = [
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    allowed = ("commands.", "cli", "emulator.")
    assert [name for name in printing if not name.startswith(allowed)] == []
    assert set(printing) <= set(imports)
