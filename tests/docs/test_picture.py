"""The pictures show what the program writes and tells, to everybody who looks at them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.docs.picture import tracing
from tests.docs.picture.drawing import THEMES, WIDTH
from tests.docs.picture.making import PATH, make
from tests.docs.picture.waterfall import TELLERS, shown

_TRACE = tracing.PATH
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.anyio
async def test_the_picture_is_what_the_program_shows() -> None:
    made = await make()
    assert PATH.read_text(encoding="utf-8") == made, "run `python -m tests.docs.picture`"


def test_the_picture_is_an_image_with_text_that_needs_nothing_else() -> None:
    picture = ET.fromstring(PATH.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    texts = picture.findall(f"{_SVG}text")
    links = [value for each in picture.iter() for key, value in each.items() if "href" in key]

    assert picture.findtext(f"{_SVG}title")
    assert "mcp-foundry ask" in (picture.findtext(f"{_SVG}desc") or "")
    assert any("mcp-foundry ask" in (each.text or "") for each in texts)
    assert all(float(each.get("x", 0)) + float(each.get("textLength", 0)) < WIDTH for each in texts)
    assert [link.partition(",")[0] for link in links] == ["data:image/png;base64"]
    assert picture.find(f".//{_SVG}script") is None


@pytest.mark.anyio
async def test_the_trace_is_what_the_program_tells_whatever_time_it_takes() -> None:
    made = await tracing.make()
    assert shown(_TRACE.read_text("utf-8")) == shown(made), "run `python -m tests.docs.picture`"


def test_the_trace_is_a_small_image_that_needs_nothing_else() -> None:
    picture = ET.fromstring(_TRACE.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    assert picture.findtext(f"{_SVG}title")
    assert "    invoke_agent analyst\n" in (picture.findtext(f"{_SVG}desc") or "")
    assert not [key for each in picture.iter() for key in each.attrib if "href" in key]
    assert picture.find(f".//{_SVG}script") is None
    assert _TRACE.stat().st_size < 20_000


@pytest.mark.parametrize("theme", THEMES)
def test_every_bar_stands_out_from_its_ground(theme: str) -> None:
    for colour in TELLERS.values():
        assert _contrast(colour, THEMES[theme]["ground"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_stands_out_from_its_ground(theme: str) -> None:
    colours = THEMES[theme]
    for text in ("text", "dim"):
        assert _contrast(colours[text], colours["ground"]) >= 4.5


def _contrast(*colours: str) -> float:
    darker, lighter = sorted(map(_luminance, colours))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """The relative luminance of sRGB, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
