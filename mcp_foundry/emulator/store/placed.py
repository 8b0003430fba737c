"""A YAML or JSON file as values that know their lines, so that what is wrong can be pointed at."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import yaml

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_PLAIN = ("bool", "int", "float", "null")


class FileError(Exception):
    """A file cannot be read as what it should be; the message names it and the line."""


@dataclass(frozen=True)
class Placed:
    """A value and its line, counted from 1; that of a member is the line of its name.

    Attributes:
        value: A dict or a list of such values, or a bare one.
        text: A bare value as it is written.
    """

    line: int
    value: object
    text: str = ""

    def plain(self) -> Any:  # noqa: ANN401 - it is whatever the file holds
        """Return the value without places."""
        value: Any = self.value
        if isinstance(value, dict):
            return {name: each.plain() for name, each in cast("dict[str, Placed]", value).items()}
        if isinstance(value, list):
            return [each.plain() for each in cast("list[Placed]", value)]
        return value


def read_placed(path: Path) -> Placed:
    """Read a file: JSON if its name ends with `.json`, YAML otherwise.

    Raises:
        FileError: It cannot be read or parsed, or YAML is not installed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise FileError(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8 text") from None
    try:
        return _read_json(text, path) if path.suffix.lower() == ".json" else _read_yaml(text, path)
    except RecursionError:
        raise FileError(f"{path} is nested too deep") from None


def _read_json(text: str, path: Path) -> Placed:
    try:
        json.loads(text)
    except json.JSONDecodeError as wrong:
        raise FileError(f"{path}, line {wrong.lineno}: this is not JSON: {wrong.msg}") from None
    return _Json(text, path).value(0, 1)[0]


class _Json:
    """Finds the lines of JSON that is known to be JSON."""

    def __init__(self, text: str, path: Path) -> None:
        self._text = text
        self._path = path

    def value(self, at: int, line: int) -> tuple[Placed, int, int]:
        """Return the value that begins there, where it ends, and the line of that."""
        at, line = self._skip(at, line)
        if self._text[at] == "{":
            return self._members(at + 1, line)
        if self._text[at] == "[":
            return self._items(at + 1, line)
        value, end = _DECODER.raw_decode(self._text, at)
        return Placed(line, value, self._text[at:end]), end, line

    def _members(self, at: int, begun: int) -> tuple[Placed, int, int]:
        found: dict[str, Placed] = {}
        at, line = self._skip(at, begun)
        while self._text[at] != "}":
            at, named = self._skip(at + (self._text[at] == ","), line)
            name, at = _DECODER.raw_decode(self._text, at)
            at, line = self._skip(at, named)
            value, at, line = self.value(at + 1, line)
            _add(found, name, Placed(named, value.value, value.text), self._path)
            at, line = self._skip(at, line)
        return Placed(begun, found), at + 1, line

    def _items(self, at: int, begun: int) -> tuple[Placed, int, int]:
        found: list[Placed] = []
        at, line = self._skip(at, begun)
        while self._text[at] != "]":
            value, at, line = self.value(at + (self._text[at] == ","), line)
            found.append(value)
            at, line = self._skip(at, line)
        return Placed(begun, found), at + 1, line

    def _skip(self, at: int, line: int) -> tuple[int, int]:
        end = at
        if space := _SPACE.match(self._text, at):
            end = space.end()
        return end, line + self._text.count("\n", at, end)


def _read_yaml(text: str, path: Path) -> Placed:
    try:
        import yaml
    except ImportError:
        raise FileError(
            f"{path} is taken for YAML, which needs a package more: "
            "pip install 'mcp-foundry[emulator]'. A file of JSON (.json) needs none"
        ) from None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        return _placed(loader, node, path) if node else Placed(1, {})
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise FileError(f"{path}{line}: this is not YAML: {wrong.problem}") from None
    except yaml.YAMLError as wrong:
        raise FileError(f"{path}: this is not YAML: {str(wrong).splitlines()[0]}") from None


def _placed(loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> Placed:
    import yaml

    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)  # `<<` brings in the members of another
        found: dict[str, Placed] = {}
        for name, member in node.value:
            value = _placed(loader, member, path)
            place = Placed(name.start_mark.line + 1, value.value, value.text)
            _add(found, str(name.value), place, path)
        return Placed(line, found)
    if isinstance(node, yaml.SequenceNode):
        return Placed(line, [_placed(loader, each, path) for each in node.value])
    # What YAML takes for a date, `version: 2024-11-20`, is text here, as JSON has no dates.
    bare = node.tag.rpartition(":")[2] in _PLAIN
    construct = cast("Callable[[yaml.Node], object]", loader.construct_object)  # pyright: ignore[reportUnknownMemberType] - its node has no type
    return Placed(line, construct(node) if bare else node.value, node.value)


def _add(found: dict[str, Placed], name: str, value: Placed, path: Path) -> None:
    if name in found:
        raise FileError(
            f"{path}, line {value.line}: {name} stands there twice, "
            f"first in line {found[name].line}"
        )
    found[name] = value
