"""The table: as text with what was measured, and in benchmarks/README.md with ratios alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring import Figure

_PAGE = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"


def as_text(figures: Sequence[Figure]) -> str:
    """Return a line for each figure: its ratio with the quartiles, what was measured, its bar."""
    return "\n".join(_line(figure) for figure in figures)


def _line(figure: Figure) -> str:
    verdict = "" if figure.reached else "  MISSED"
    measured = "" if figure.unit == "x" else f"; {figure.measured} {figure.unit}".rstrip()
    bar = f"{figure.bar:g} {figure.unit}".rstrip()
    return (
        f"{figure.number:2}  {figure.what}, against {figure.against}: "
        f"{figure.ratio} x{measured}; bar {bar}; {figure.rounds} rounds{verdict}"
    )


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the table for the page."""
    rows = [
        "| # | what | against | ratio (quartiles) | share of its bar |",
        "|---|---|---|---|---|",
        *(f"| {f.number} | {f.what} | {f.against} | {f.ratio} | {f.share:.0%} |" for f in figures),
    ]
    return "\n".join(rows)


def write_readme(figures: Sequence[Figure]) -> None:
    """Put the table between its marks."""
    text = _PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    written = f"{before}{_BEGIN}\n{as_markdown(figures)}\n{_END}{after}"
    _PAGE.write_text(written, encoding="utf-8")
