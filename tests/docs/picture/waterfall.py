"""The spans of one trace as an SVG: a row each, a bar as long as it took, a mark for each event."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.docs.picture.drawing import WIDTH, colours_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.rigs.collector import Span

TELLERS = {"host": "#8250df", "mcp-foundry": "#0969da", "agent": "#1a7f37"}
"""Who tells, by the name of the service, and its colour on either ground."""
_ROW, _BAR, _INDENT, _MARGIN = 32, 16, 16, 20
_LEFT, _RIGHT, _TOP = 256, WIDTH - 64, 46
# Above and below a bar with events stand their names: two that are nearer would be one.
_LABEL, _NEAR = 13, 84
_SECOND, _TICK = 1e9, 500_000_000
_LOOKS = (
    "text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    ".small{font-size:11px}.tick{stroke:#8c959f;opacity:.35}"
)


def shown(svg: str) -> list[tuple[str, str]]:
    """Return each text of a picture that no time changes, and for a span's name where it begins."""
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own
    looks = [(each, str(each.get("class")).split()) for each in texts]
    return [
        (each.text or "", "" if "dim" in words else str(each.get("x")))
        for each, words in looks
        if "time" not in words
    ]


def in_order(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Return the spans as they are drawn: each below its parent, and how deep it is."""
    ids = {span.span_id for span in spans}

    def below(parent: str, depth: int) -> Iterator[tuple[int, Span]]:
        for span in sorted(spans, key=lambda span: span.began):
            if (span.parent_id if span.parent_id in ids else "") == parent:
                yield depth, span
                yield from below(span.span_id, depth + 1)

    return list(below("", 0))


def draw(title: str, told: str, spans: Sequence[Span]) -> str:
    """Return the SVG.

    Args:
        title: What it shows, in a few words.
        told: The same for those who see no picture.
        spans: Those of one trace.
    """
    rows = in_order(spans)
    began, ended = min(span.began for span in spans), max(span.ended for span in spans)
    scale = (_RIGHT - _LEFT) / (ended - began)
    drawn: list[str] = []
    top = _TOP
    for depth, span in rows:
        room = _LABEL if span.when else 0
        drawn += _row(top + room, depth, span, began, scale)
        top += _ROW + 2 * room
    height = top + 8
    ticks = range(0, ended - began, _TICK)
    dark = f"@media (prefers-color-scheme:dark){{{colours_of('dark')}}}"
    size = f'width="{WIDTH - 1}" height="{height - 1}"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"',
        f' height="{height}" role="img" aria-labelledby="title told">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told, quote=False)}</desc>',
        f"<style>{_LOOKS}{colours_of('light')}\n{dark}</style>",
        f'<rect class="ground" x="0.5" y="0.5" {size} rx="8"/>',
        *_legend(),
        *(line for tick in ticks for line in _tick(tick, _LEFT + tick * scale, height)),
        *drawn,
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _legend() -> Iterator[str]:
    left = float(_MARGIN)
    for name, colour in TELLERS.items():
        yield f'<rect x="{left:g}" y="20" width="10" height="10" rx="3" fill="{colour}"/>'
        yield f'<text class="dim small" x="{left + 15:g}" y="29">{name}</text>'
        left += 30 + 6 * len(name)


def _tick(tick: int, at: float, height: int) -> Iterator[str]:
    yield f'<path class="tick" d="M{at:.1f} 36V{height - 8}"/>'
    told = f'class="dim small time" text-anchor="middle" x="{at:.1f}" y="29"'
    yield f"<text {told}>{tick / _SECOND:g} s</text>"


def _row(top: int, depth: int, span: Span, began: int, scale: float) -> Iterator[str]:
    def place(time: int) -> float:
        return _LEFT + (time - began) * scale

    bar, base = top + (_ROW - _BAR) // 2, top + _ROW // 2 + 4
    left, width = place(span.began), max((span.ended - span.began) * scale, 2)
    fill = TELLERS[str(span.resource["service.name"])]
    name = f'x="{_MARGIN + depth * _INDENT}" y="{base}"'
    yield f'<text class="text" {name}>{escape(span.name)}</text>'
    frame = f'x="{left:.1f}" y="{bar}" width="{width:.1f}" height="{_BAR}"'
    yield f'<rect {frame} rx="3" fill="{fill}"/>'
    took = f'class="dim small time" x="{left + width + 6:.1f}" y="{base}"'
    yield f"<text {took}>{(span.ended - span.began) / _SECOND:.2f} s</text>"
    before, above = -_NEAR, False
    for event, time in sorted(span.when.items(), key=lambda each: each[1]):
        at = place(time)
        above = at - before < _NEAR and not above
        before = at
        yield f'<circle class="ground" cx="{at:.1f}" cy="{bar + _BAR // 2}" r="4"/>'
        y = bar - 5 if above else bar + _BAR + 13
        yield f'<text class="dim small" text-anchor="middle" x="{at:.1f}" y="{y}">{event}</text>'
