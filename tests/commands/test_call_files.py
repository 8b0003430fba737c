"""Files on the command line: one line turns a csv into a saved chart, and a picture shows."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rigs.command_line import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
CHART = ("call", "ask_agent", "message=[file chart.png] Chart", "--emulator")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@posix
async def test_one_line_turns_a_csv_into_a_saved_chart(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("name,price\npear,3\n")
    folder = str(tmp_path)
    done = await run(*CHART, "files=prices.csv", "--files", folder, "--save", folder)
    assert done.code == 0, done.stderr
    answer = json.loads(done.stdout)
    chart = tmp_path / "chart.png"
    assert answer["files"][0]["path"] == str(chart)
    assert f"[Download chart.png]({chart})" in answer["text"]
    assert "prices.csv: name,price pear,3" in answer["text"]
    assert stat.S_IMODE(chart.stat().st_mode) == 0o600


async def test_each_word_brings_one_file_more(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"This is {name}.")
    words = ("files=a.txt", "files=b.txt", "--files", str(tmp_path))
    done = await run("call", "ask_agent", "message=Read", "--emulator", *words)
    text = json.loads(done.stdout)["text"]
    assert "This is a.txt." in text
    assert "This is b.txt." in text


async def test_a_list_as_json_is_taken_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("This is it.")
    words = ('files=["a.txt"]', "--files", str(tmp_path))
    done = await run("call", "ask_agent", "message=Read", "--emulator", *words)
    assert "This is it." in json.loads(done.stdout)["text"]


async def test_a_tool_without_a_schema_answers_with_its_blocks() -> None:
    address = "uri=foundry://files/cntr_emulator/cfile_plot/plot.png"
    done = await run("call", "get_file", address, "--emulator")
    assert done.code == 0, done.stderr
    told, picture = json.loads(done.stdout)["content"]
    assert told["text"].startswith("plot.png foundry://files/")
    assert (picture["type"], picture["mimeType"]) == ("image", "image/png")


if sys.platform != "win32":
    from tests.rigs.terminal import at_terminal

    SIXELS = "\x1b[?62;4c"

    @pytest.mark.parametrize("pixels", [True, False])
    async def test_a_picture_is_drawn_where_the_terminal_can(pixels: bool) -> None:
        words = ("call", "ask_agent", "message=[file chart.png] Chart")
        size = (24, 200) if pixels else (0, 0)
        with at_terminal(*words, size=size, pixels=pixels, COLUMNS="200") as terminal:
            await terminal.reads("Files:\nchart.png foundry://files/")
            await terminal.types(SIXELS)
            assert await terminal.ends() == 0
        assert ("\x1bP" in terminal.seen) == pixels, "one that tells no size shows the line alone"

    @pytest.mark.parametrize("without", ["", "rich"])
    async def test_a_line_tells_of_a_picture_where_it_cannot(without: str) -> None:
        with at_terminal(
            "call", "ask_agent", "message=[file chart.png] Chart", without=without
        ) as terminal:
            assert await terminal.ends() == 0
        assert "Files:\nchart.png foundry://files/" in terminal.seen
        assert "\x1bP" not in terminal.seen

    async def test_a_text_whose_links_were_settled_stands_there_once(tmp_path: Path) -> None:
        words = ("message=[file chart.png] [search x] Chart", "--save", str(tmp_path))
        with at_terminal("call", "stream_agent", *words) as terminal:
            assert await terminal.ends() == 0
        assert terminal.seen.count("I am the scripted model") == 1
        assert f"chart.png {tmp_path / 'chart.png'} (image/png" in terminal.seen
