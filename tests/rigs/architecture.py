"""The house of CONTRIBUTING.md as rules: each lists what breaks it, by the paths of the files."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import Path, PurePosixPath

# From the top down: a room imports from itself and from those below it.
FLOORS = (
    "__main__",
    "cli",
    "commands",
    "server",
    "project",
    "runs",
    "agents",
    "entra",
    "service",
    "telemetry",
)
# Below all of them, side by side: each imports nothing but itself.
GROUND = ("contract", "settings", "transport", "emulator")
ROOT_FILES = frozenset({"__init__.py", "__main__.py", "cli.py", "py.typed"})
# Which single file outside of a folder may know it.
ONLY_DOORS = {
    "agents/responses": "agents/generation.py",
    "agents/classic": "agents/generation.py",
    "emulator/classic": "emulator/app.py",
    "emulator/responses": "emulator/app.py",
}
LONGEST = 250
BANNED_NAMES = frozenset({"utils", "helpers", "common", "base", "manager", "misc"})
_EXCEPTION = re.compile(r"#\s*(noqa|type: ignore|pyright: ignore|pragma: no cover)(?!.* - \S)")


class House:
    """A package as its files and what each imports of it, for its types and at run time alike.

    Args:
        root: The package's folder, whose name is the package's.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts = {
            path.relative_to(root).as_posix(): path.read_text("utf-8")
            for path in sorted(root.rglob("*.py"))
        }
        self._paths = {self._dotted(path): path for path in self._texts}

    def _dotted(self, path: str) -> str:
        parts = (self._root.name, *PurePosixPath(path).with_suffix("").parts)
        return ".".join(parts).removesuffix(".__init__")

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """For each file the files that it imports; the package's own __init__ is nobody's."""
        return {
            path: {
                self._paths[name]
                for node in ast.walk(ast.parse(text))
                for name in self._named(node)
                if name in self._paths
            }
            - {path, "__init__.py"}
            for path, text in self._texts.items()
        }

    def _named(self, node: ast.AST) -> list[str]:
        """Return the modules that a node may import, by name or by the text of one."""
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            return [name if name in self._paths else node.module for name in inner]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        return []

    def relative_imports(self) -> list[str]:
        """Imports that do not say where from."""
        return [
            path
            for path, text in self._texts.items()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ImportFrom) and node.level
        ]

    def upward_imports(self) -> list[str]:
        """Imports of a room that stands above, or beside on the ground."""
        return [
            f"{path} imports {other}"
            for path, others in self.imports.items()
            for other in sorted(others)
            if not _may_import(_room(path), _room(other))
        ]

    def circles(self) -> list[str]:
        """Files that import each other, straight or through others; one circle a file."""
        found: list[str] = []
        for path in self.imports:
            way = self._way(path, path)
            if way and path == min(way):
                found.append(" imports ".join([path, *way]))
        return found

    def _way(self, start: str, end: str) -> list[str]:
        """Return the shortest way of imports from one file to another."""
        ways = [[other] for other in sorted(self.imports[start])]
        seen: set[str] = set()
        for way in ways:  # grows while it is walked
            if way[-1] == end:
                return way
            if way[-1] not in seen:
                seen.add(way[-1])
                ways += [[*way, other] for other in sorted(self.imports[way[-1]])]
        return []

    def folders_that_import_each_other(self) -> list[str]:
        """Folders side by side, each of which needs the other."""
        between: dict[tuple[str, str], str] = {}
        for path, others in self.imports.items():
            for other in others:
                ends = _apart(path, other)
                if ends:
                    between.setdefault(ends, f"{path} imports {other}")
        return [
            f"{how} and {between[b, a]}"
            for (a, b), how in between.items()
            if a < b and (b, a) in between
        ]

    def back_doors(self) -> list[str]:
        """Imports into a folder past the one file that may know it."""
        return [
            f"{path} imports {other}"
            for path, others in self.imports.items()
            for other in sorted(others)
            for folder, door in ONLY_DOORS.items()
            if other.startswith(f"{folder}/") and not path.startswith(f"{folder}/") and path != door
        ]

    def ways_to_the_emulator(self) -> list[str]:
        """Imports of the emulator by anything but a command."""
        return [
            f"{path} imports {other}"
            for path, others in self.imports.items()
            for other in sorted(others)
            if _room(other) == "emulator" and _room(path) not in {"emulator", "commands"}
        ]

    def long_files(self) -> list[str]:
        """Files that cannot be read in one sitting."""
        lengths = {path: len(text.splitlines()) for path, text in self._texts.items()}
        return [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > LONGEST]

    def empty_names(self) -> list[str]:
        """Files named for nothing."""
        return [path for path in self._texts if PurePosixPath(path).stem in BANNED_NAMES]

    def repeated_names(self) -> list[str]:
        """Files whose name says their folder's again.

        The one thing in a folder of many (`runs/run.py`) is no repetition; `runs/run_limiter.py`
        would be.
        """
        found: list[str] = []
        for path in self._texts:
            *folders, stem = PurePosixPath(path).with_suffix("").parts
            words = stem.strip("_").split("_")
            for folder in folders:
                single = folder.removesuffix("s")
                if folder in words or (single in words and len(words) > 1):
                    found.append(path)
        return found

    def strangers_in_the_root(self) -> list[str]:
        """Files that belong into a folder, and folders that stand on no floor."""
        files = {path.name for path in self._root.iterdir() if path.is_file()}
        folders = {_room(path) for path in self._texts if "/" in path}
        return sorted((files - ROOT_FILES) | (folders - {*FLOORS, *GROUND}))

    def folders_without_a_sentence(self) -> list[str]:
        """Folders whose __init__ does not say in one sentence what lives there, or says more.

        The package's own and the emulator's are read by their users, and may be longer.
        """
        found: list[str] = []
        for folder in sorted({str(PurePosixPath(path).parent) for path in self._texts} - {"."}):
            text = self._texts.get(f"{folder}/__init__.py", "")
            told = ast.get_docstring(ast.parse(text)) or ""
            if not told.endswith(".") or ("\n" in told and folder != "emulator"):
                found.append(f"{folder}/__init__.py")
        return found

    def bare_exceptions(self) -> list[str]:
        """Exceptions to a rule without a reason beside them."""
        return [
            f"{path}:{number}"
            for path, text in self._texts.items()
            for number, line in enumerate(text.splitlines(), 1)
            if _EXCEPTION.search(line)
        ]

    def prints(self) -> list[str]:
        """Calls of `print` outside of the commands: in a server, stdout is the protocol."""
        return [
            path
            for path, text in self._texts.items()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
            if _room(path) not in {"commands", "cli", "emulator"}
        ]


def _room(path: str) -> str:
    return PurePosixPath(path).with_suffix("").parts[0]


def _may_import(room: str, other: str) -> bool:
    if room == other:
        return True
    if room in GROUND:
        return False
    if other in GROUND:
        return True
    known = room in FLOORS and other in FLOORS
    return known and FLOORS.index(room) < FLOORS.index(other)


def _apart(path: str, other: str) -> tuple[str, str] | None:
    """Return the folders, side by side, in which two files are; None where one holds the other."""
    first, second = PurePosixPath(path).parent.parts, PurePosixPath(other).parent.parts
    for depth, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return "/".join(first[: depth + 1]), "/".join(second[: depth + 1])
    return None
