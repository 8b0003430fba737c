"""Pictures that the emulator makes, read by a decoder of the test's own."""

import pytest

from mcp_foundry.emulator.model.pictures import picture, pixels
from tests.emulator.files.reading import SIGNATURE, chunks, rows


def test_a_picture_is_a_valid_png_with_bars_on_white() -> None:
    png = picture("a lighthouse")
    shown = rows(png)
    assert (len(shown), len(shown[0])) == (64, 64 * 3)
    assert set(shown[0]) == {255}
    bottom = {shown[63][each : each + 3] for each in range(0, 192, 3)}
    assert len(bottom) > 1
    assert b"\xff\xff\xff" not in bottom


def test_a_picture_differs_by_its_words_and_by_nothing_else() -> None:
    assert picture("a lighthouse") == picture("a lighthouse")
    assert rows(picture("a lighthouse")) != rows(picture("a cat"))
    assert rows(picture("\ud800"))


@pytest.mark.parametrize("size", [1000, 5_000_000])
def test_a_picture_is_as_big_as_it_is_told_and_looks_the_same(size: int) -> None:
    png = picture("a cat", size)
    assert len(png) == size
    assert rows(png) == rows(picture("a cat"))
    assert [kind for kind, _ in chunks(png)] == [b"IHDR", b"IDAT", b"fiLl", b"IEND"]


def test_a_picture_is_never_smaller_than_it_must_be() -> None:
    assert picture("a cat", 1) == picture("a cat")


@pytest.mark.parametrize("data", [b"", b"GIF89a", picture("a")[:20], SIGNATURE + bytes(40)])
def test_only_a_whole_png_has_pixels(data: bytes) -> None:
    assert pixels(picture("a")) == "64x64"
    assert pixels(data) == ""
