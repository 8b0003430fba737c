"""A terminal's rows, and a picture that was made there, as one SVG: real text, light and dark.

Pages show it as an image: no scripts, no fonts from elsewhere. Each text stands where its column is
and is as wide as its columns, whatever monospaced font there is. Nothing moves: what is seen is all
there is to see, also where only the first moment is shown.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = 80
PROMPT = "$ "
_ADVANCE, _ROW, _SIZE = 8.4, 20, 14
_MARGIN, _BAR, _GAP = 24, 34, 12
_SHOWN = 560
"""How wide the picture is."""
WIDTH = round(COLUMNS * _ADVANCE) + 2 * _MARGIN
# Text on its ground is at 4.5 to 1 or above in each theme.
THEMES = {
    "light": {"ground": "#ffffff", "edge": "#d0d7de", "text": "#1f2328", "dim": "#59636e"},
    "dark": {"ground": "#0d1117", "edge": "#3d444d", "text": "#e6edf3", "dim": "#9198a1"},
}
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_LOOKS = f"text{{font:{_SIZE}px {_FONTS};white-space:pre}}.typed{{font-weight:700}}"


def draw(title: str, told: str, rows: Sequence[str], name: str, png: bytes) -> str:
    """Return the SVG: a terminal, and below it a picture that was made there.

    Args:
        title: What it shows, in a few words.
        told: The same for those who see no picture.
        rows: What stands in the terminal; what follows a prompt was typed, to the end of the line.
        name: The picture's name.
        png: The picture.
    """
    bottom = _BAR + len(rows) * _ROW + _ROW // 2
    width, height = struct.unpack(">II", png[16:24])
    below = bottom + _GAP
    shown = round(_SHOWN * height / width)
    whole = below + _BAR + shown + _GAP
    left = WIDTH - _SHOWN - 2 * _GAP
    frame = f'x="{left + _GAP}" y="{below + _BAR}" width="{_SHOWN}" height="{shown}"'
    data = b64encode(png).decode()
    dark = f"@media (prefers-color-scheme:dark){{{colours_of('dark')}}}"
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" width="{WIDTH}"',
        f' height="{whole}" role="img" aria-labelledby="title told">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told, quote=False)}</desc>',
        f"<style>{_LOOKS}{colours_of('light')}\n{dark}</style>",
        *_window(0, 0, WIDTH, bottom),
        *_texts(rows),
        *_window(left, below, WIDTH - left, whole - below),
        f'<text class="dim" x="{left + 84}" y="{below + 22}">{escape(name)}</text>',
        f'<rect fill="#fff" {frame}/>',
        f'<image {frame} href="data:image/png;base64,{data}"/>',
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _window(left: int, top: int, width: int, height: int) -> Iterator[str]:
    size = f'width="{width - 1}" height="{height - 1}"'
    yield f'<rect class="ground" x="{left + 0.5}" y="{top + 0.5}" {size} rx="8"/>'
    for at in (24, 42, 60):
        yield f'<circle class="edge" cx="{left + at}" cy="{top + 17}" r="5"/>'


def colours_of(theme: str) -> str:
    """Return a theme's rules: a class for each colour, and the ground's edge."""
    colours = THEMES[theme]
    own = (f".{name}{{fill:{colour}}}" for name, colour in colours.items())
    return f"{''.join(own)}.ground{{stroke:{colours['edge']}}}"


def _texts(rows: Sequence[str]) -> Iterator[str]:
    goes_on = False
    for at, row in enumerate(rows):
        base = _BAR + (at + 1) * _ROW - 6
        begins = row.startswith(PROMPT)
        typed = "text typed" if begins or goes_on else "text"
        if begins:
            yield _text(0, base, "dim", PROMPT.rstrip())
        indent = len(PROMPT) if begins else len(row) - len(row.lstrip())
        if row:
            yield _text(indent, base, typed, row[indent:])
        goes_on = (begins or goes_on) and row.endswith("\\")


def _text(column: int, base: int, looks: str, text: str) -> str:
    left, width = _MARGIN + column * _ADVANCE, len(text) * _ADVANCE
    place = f'x="{left:.1f}" y="{base}" textLength="{width:.1f}"'
    return f'<text class="{looks}" {place}>{escape(text, quote=False)}</text>'
