"""The parts of the emulator's page that are made from the code."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import TYPE_CHECKING

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.control import control_routes
from mcp_foundry.emulator.door.environment import VARIABLES as TOLD
from mcp_foundry.emulator.model.directives import DIRECTIVES
from mcp_foundry.emulator.store import seed_file
from tests.docs.tables import table

if TYPE_CHECKING:
    from types import ModuleType
    from typing import TypeGuard


def directives() -> str:
    """Every word that the emulator's scripted model obeys."""
    rows = ((f"`{word.example}`", word.effect) for word in DIRECTIVES)
    return table(("in the message", "the model"), rows)


def words(module: ModuleType) -> str:
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
    return table(("word", "default", "meaning"), rows)


def _is_of_words(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and node.name in {"Behaviour", "Fault"}


def _default(value: ast.expr | None) -> str:
    return "{}" if isinstance(value, ast.Call) or value is None else ast.unparse(value)


def told_to_shells() -> str:
    """Every variable that `--env` prints, and who reads it."""
    return table(("variable", "read by"), ((f"`{each.name}`", each.reader) for each in TOLD))


def control() -> str:
    """Every route under /_emulator/, by what its handler says of itself."""
    rows = (
        (f"`{route.method} {route.path}`", " ".join((route.handler.__doc__ or "").split()))
        for route in control_routes(Emulator())
    )
    return table(("route", "what it does"), rows)


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
    return table(("of", "field", "type", "meaning"), rows)


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
