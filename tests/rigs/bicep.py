"""What a file of Bicep declares and uses, by two parsers, since no compiler is in any registry.

Neither knows all of the language: what one of both takes is Bicep. They are imported when they are
asked, for only the extra `judges` has them.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# What the language itself has, of what is used here: decorators, then functions.
OF_THE_LANGUAGE = frozenset(
    {
        *("allowed", "description", "maxLength", "minLength", "minValue", "secure"),
        *("concat", "empty", "environment", "filter", "flatten", "guid", "items", "join", "json"),
        *("loadJsonContent", "map", "replace", "resourceGroup", "split", "string", "subscription"),
        *("subscriptionResourceId", "tenant", "toLower", "trim", "union", "uniqueString"),
    }
)
_MODULE = re.compile(r"^module (\w+) '([^']+)' = .*?^\}", re.MULTILINE | re.DOTALL)
_ASSIGNMENT = re.compile(
    r"^resource \w+ 'Microsoft\.Authorization/roleAssignments@[^']+' = if \(identity == '(\w+)'"
    r"(?:(?!^\}).)*?^    principalId: (\w+)$(?:(?!^\}).)*?"
    r"^    roleDefinitionId: .*?(\w+)\.id\)?$",
    re.MULTILINE | re.DOTALL,
)
_GIVEN = re.compile(r"^  params: \{\n(.*?)^  \}", re.MULTILINE | re.DOTALL)


class _Point(NamedTuple):
    row: int
    column: int


class _Node(Protocol):
    """What is used here of a tree's nodes."""

    type: str
    text: bytes
    is_error: bool
    is_missing: bool
    start_point: _Point
    children: Sequence[_Node]
    named_children: Sequence[_Node]


class Module(NamedTuple):
    """A file that another one uses: the name it has there, its path, and what it is given."""

    name: str
    path: str
    given: frozenset[str]


class Assignment(NamedTuple):
    """A right that is given: under which identity, whose it is, and by which role."""

    identity: str
    principal: str
    role: str


def refused(text: str) -> list[str]:
    """Return what both parsers say against a file; none where one of both takes it."""
    told = [_by_pycep(text), _by_tree_sitter(text)]
    return told if all(told) else []


def undeclared(text: str) -> set[str]:
    """Return the names that a file uses and nowhere declares."""
    used: set[str] = set()
    declared: set[str] = set()
    for node, parent in _nodes(_tree(text)):
        if node.type != "identifier" or (parent.type == "ERROR"):
            continue
        name, first = node.text.decode(), parent.named_children[0] == node
        if (parent.type.endswith("_declaration") and first) or (
            (parent.type in {"for_statement", "lambda_expression"}) and first
        ):
            declared.add(name)
        # The name of a field, which this grammar also calls an identifier.
        elif parent.type != "object_property" or not first:
            used.add(name)
    return used - declared - OF_THE_LANGUAGE


def parameters(text: str) -> dict[str, bool]:
    """Return the parameters of a file, and whether each has to be given."""
    found = re.findall(r"^param (\w+) \w+( = )?", text, re.MULTILINE)
    return {name: not default for name, default in found}


def outputs(text: str) -> set[str]:
    """Return what a file hands back."""
    return set(re.findall(r"^output (\w+) ", text, re.MULTILINE))


def modules(text: str) -> list[Module]:
    """Return the files that a file uses."""
    return [
        Module(found[1], found[2], frozenset(re.findall(r"^    (\w+):", given[1], re.MULTILINE)))
        for found in _MODULE.finditer(text)
        if (given := _GIVEN.search(found[0]))
    ]


def assignments(text: str) -> set[Assignment]:
    """Return the rights that a file gives under the one identity or the other."""
    return {Assignment(*found) for found in _ASSIGNMENT.findall(text)}


def files(folder: Path) -> dict[str, str]:
    """Return the text of every file of Bicep in a folder, by its name."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.bicep"))}


def _by_pycep(text: str) -> str:
    try:
        import_module("pycep").BicepParser().parse(text=text)
    except Exception as refusal:  # noqa: BLE001 - whatever a parser raises is its refusal
        return f"pycep: {refusal}"
    return ""


def _by_tree_sitter(text: str) -> str:
    wrong = [node for node, _ in _nodes(_tree(text)) if node.is_error or node.is_missing]
    return "".join(f"tree-sitter: line {each.start_point.row + 1}\n" for each in wrong)


def _tree(text: str) -> _Node:
    sitter = import_module("tree_sitter")
    language = sitter.Language(import_module("tree_sitter_bicep").language())
    root: _Node = sitter.Parser(language).parse(text.encode()).root_node
    return root


def _nodes(node: _Node) -> Iterator[tuple[_Node, _Node]]:
    """Yield each node below `node`, with the one above it."""
    for child in node.children:
        yield child, node
        yield from _nodes(child)
