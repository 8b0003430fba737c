"""Files on the command line: one line turns a csv into a saved chart, and a picture shows."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.cli import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
CHART = "message=[file chart.png] Chart"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Json:
    """What a call on the embedded emulator prints."""
    assert main(["call", *words, "--emulator"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)


@posix
def test_one_line_turns_a_csv_into_a_saved_chart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prices.csv").write_text("name,price\npear,3\n")
    folder = str(tmp_path)
    words = ("ask_agent", CHART, "files=prices.csv", "--files", folder, "--save", folder)
    answer = printed(capsys, *words)
    chart = tmp_path / "chart.png"
    assert answer["files"][0]["path"] == str(chart)
    assert f"[Download chart.png]({chart})" in answer["text"]
    assert "prices.csv: name,price pear,3" in answer["text"]
    assert stat.S_IMODE(chart.stat().st_mode) == 0o600


def test_each_word_brings_one_file_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"This is {name}.")
    words = ("files=a.txt", "files=b.txt", "--files", str(tmp_path))
    text = printed(capsys, "ask_agent", "message=Read", *words)["text"]
    assert "This is a.txt." in text
    assert "This is b.txt." in text


def test_a_list_as_json_is_taken_as_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("This is it.")
    words = ('files=["a.txt"]', "--files", str(tmp_path))
    assert "This is it." in printed(capsys, "ask_agent", "message=Read", *words)["text"]


def test_a_tool_without_a_schema_answers_with_its_blocks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    address = "uri=foundry://files/cntr_emulator/cfile_plot/plot.png"
    told, picture = printed(capsys, "get_file", address)["content"]
    assert told["text"].startswith("plot.png foundry://files/")
    assert (picture["type"], picture["mimeType"]) == ("image", "image/png")


if sys.platform != "win32":
    from tests.rigs.terminal import at_terminal

    SIXELS = "\x1b[?62;4c"

    @pytest.mark.parametrize("pixels", [True, False])
    async def test_a_picture_is_drawn_where_the_terminal_can(pixels: bool) -> None:
        words = ("call", "ask_agent", CHART)
        size = (24, 200) if pixels else (0, 0)
        with at_terminal(*words, size=size, pixels=pixels, COLUMNS="200") as terminal:
            await terminal.reads("Files:\nchart.png foundry://files/")
            await terminal.types(SIXELS)
            assert await terminal.ends() == 0
        assert ("\x1bP" in terminal.seen) == pixels, "one that tells no size shows the line alone"

    @pytest.mark.parametrize("without", ["", "rich"])
    async def test_a_line_tells_of_a_picture_where_it_cannot(without: str) -> None:
        with at_terminal("call", "ask_agent", CHART, without=without) as terminal:
            assert await terminal.ends() == 0
        assert "Files:\nchart.png foundry://files/" in terminal.seen
        assert "\x1bP" not in terminal.seen

    async def test_a_text_whose_links_were_settled_stands_there_once(tmp_path: Path) -> None:
        words = ("message=[file chart.png] [search x] Chart", "--save", str(tmp_path))
        with at_terminal("call", "stream_agent", *words) as terminal:
            assert await terminal.ends() == 0
        assert terminal.seen.count("I am the scripted model") == 1
        assert f"chart.png {tmp_path / 'chart.png'} (image/png" in terminal.seen
