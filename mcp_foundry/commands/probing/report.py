"""Findings as a table for a person, and as JSON for an issue report."""

from __future__ import annotations

import platform
import shutil
import textwrap
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from mcp_foundry import __version__

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding

_PACKAGES = (
    *("aiohttp", "azure-ai-agents", "azure-ai-projects", "azure-core", "azure-identity"),
    *("mcp", "openai"),
)
# How the width is shared; the first column is as wide as its widest word needs.
_SHARES = (0.16, 0.22, 0.36, 0.26)
_NARROWEST, _WIDEST = 60, 160
_HEADS = ("point", "expected", "came", "what follows")


@dataclass(frozen=True)
class Report:
    """What a probe found.

    Attributes:
        kind: The agent's, such as `prompt`.
        emulated: Whether it was an emulator that was asked.
        questions: How many the service took.
        seconds: How long it all took.
        findings: One for each point.
    """

    kind: str
    emulated: bool
    questions: int
    seconds: float
    findings: list[Finding]

    @property
    def code(self) -> int:
        """The exit code: 0 where it could probe, whatever was found; 1 where nothing was taken."""
        return 0 if self.questions else 1

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, without anything that names a project."""
        return {
            "mcp_foundry": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
            "sdks": {name: _version(name) for name in _PACKAGES},
            "emulated": self.emulated,
            "agent_kind": self.kind,
            "questions": self.questions,
            "seconds": round(self.seconds, 1),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each point."""
        return [
            dict(
                zip(
                    _HEADS,
                    (f"{f.number} {f.point}: {f.verdict}", f.expected, f.came, f.follows),
                    strict=True,
                )
            )
            for f in self.findings
        ]

    def as_text(self) -> str:
        """Return the rows as a plain table, as wide as the terminal."""
        columns = shutil.get_terminal_size((110, 24)).columns
        width = max(_NARROWEST, min(columns, _WIDEST)) - 3 * (len(_HEADS) - 1)
        widths = [int(width * share) for share in _SHARES]
        rule = "-+-".join("-" * each for each in widths)
        lines = [_line(_HEADS, widths), rule.replace("-", "=")]
        for row in self.rows():
            lines += [_line(tuple(row.values()), widths), rule]
        return "\n".join(lines)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    wrapped = [textwrap.wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, wrapped))
    return "\n".join(
        " | ".join(
            (cell[at] if at < len(cell) else "").ljust(width)
            for cell, width in zip(wrapped, widths, strict=True)
        ).rstrip()
        for at in range(height)
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
