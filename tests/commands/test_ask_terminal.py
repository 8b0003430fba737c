"""`mcp-foundry ask` for a person: at a pseudo-terminal, drawn and plain."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from tests.rigs.terminal import at_terminal

pytestmark = pytest.mark.anyio

LIST = "\n".join(f"{number}. item number {number}" for number in range(40))
MARKDOWN = f"""# Things that
are *there*

{LIST}

```python
def f(): return "more than twenty columns"


x = List<int>
```

| a | b |
|---|---|
| 1 | 2 |

A [link](https://example.com/x) and <b> at the end"""
CODE = """def f(): return "more than twenty columns"


x = List<int>
"""


@pytest.mark.parametrize("columns", [20, 80])
async def test_markdown_is_drawn_as_it_grows_and_nothing_of_it_is_lost(columns: int) -> None:
    words = ("ask", f"[say {MARKDOWN}]", "--tokens-per-second", "200")
    with at_terminal(*words, size=(12, columns)) as terminal:
        assert await terminal.ends() == 0
    screen = terminal.screen
    assert screen[0] == "Things that"
    items = [line.strip() for line in screen if "item number" in line]
    assert items == [f"{number} item number {number}" for number in range(40)]
    whole = "".join(line.ljust(columns) for line in screen)
    for line in CODE.splitlines():
        assert line.ljust(columns) in whole, "code stands at the edge, and the terminal wraps it"
    assert "(https://example.com" in " ".join(screen)
    assert "<b>" in " ".join(screen)
    assert "**" not in whole
    assert whole.count("Things that") == 1
    assert terminal.seen.count("item number 35") > 1, "what grows below the screen's end is seen"


@pytest.mark.parametrize(
    ("without", "changes"), [("rich", {}), ("", {"NO_COLOR": "1"}), ("", {"TERM": "dumb"})]
)
async def test_plain_text_is_what_it_is_elsewhere(without: str, changes: dict[str, Any]) -> None:
    words = ("ask", "[search x] [say **Hello**]")
    with at_terminal(*words, without=without, **changes) as terminal:
        assert await terminal.ends() == 0
    assert terminal.raw.startswith("⋯ Searching the web…\n**Hello**\n\nIds of --emulator end")
    assert "\x1b" not in terminal.raw


async def test_sources_files_and_how_to_go_on_follow_the_answer(
    emulator: Emulator, tmp_path: Path
) -> None:
    state: dict[str, Any] = {"XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("ask", "helper", "[cite] [file chart.png]")
    with at_terminal(*words, endpoint=emulator.endpoint, **state) as terminal:
        assert await terminal.ends() == 0
    assert "\nSources\n  1. Foundry  https://example.com/foundry\n" in terminal.seen
    assert "\nFiles\n  plot.png foundry://files/" in terminal.seen
    assert "To keep files, add --save . (or another folder)" in terminal.seen
    *_, last = terminal.screen
    assert last.startswith("mcp-foundry ask --continue ... · ")
    assert last.endswith(" tokens")
    saved = ("ask", "--continue", "[file chart.png]", "--save", str(tmp_path))
    with at_terminal(*saved, endpoint=emulator.endpoint, **state) as terminal:
        assert await terminal.ends() == 0
    assert f"chart.png {tmp_path / 'chart.png'} (image/png" in terminal.seen
    assert "--save ." not in terminal.seen
    assert (tmp_path / "chart.png").exists()


@pytest.mark.parametrize("without", ["", "rich"])
async def test_a_person_is_asked_at_the_terminal_while_stdin_is_a_pipe(without: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"[say I would merge it.] [approve github.merge {}]")
    os.close(writing)
    with at_terminal("ask", stdin=reading, without=without) as terminal:
        os.close(reading)
        await terminal.reads("wants to call github.merge with {}.\nAllow it? [y/N] ")
        await terminal.types("y\n")
        assert await terminal.ends() == 0
    first, asked, answered, *rest = [line for line in terminal.screen if "⋯" not in line]
    assert first == "I would merge it."
    assert asked.startswith("Agent helper:1 wants to call")
    assert answered == "Allow it? [y/N] y"
    assert "You approved github.merge" in " ".join(rest)


async def test_a_person_signs_in_and_the_agent_goes_on() -> None:
    with at_terminal("ask", "[oauth]") as terminal:
        await terminal.reads("sign in at https://login.example.com/consent?state=emulator\nDone? ")
        await terminal.types("\n")
        await terminal.reads("“I have signed in, go on.”")
        assert await terminal.ends() == 0
    with at_terminal("ask", "[oauth]") as terminal:
        await terminal.reads("Done? [Y/n] ")
        await terminal.types("n\n")
        assert await terminal.ends() == 4
    assert "The agent waits for somebody to sign in at https://login" in terminal.seen


async def test_ctrl_c_cancels_the_run_and_leaves_what_was_written() -> None:
    async with Emulator(tokens_per_second=40) as emulator:
        words = ("ask", "helper", "[long 4000]")
        with at_terminal(*words, endpoint=emulator.endpoint) as terminal:
            await terminal.reads("alpha naïve token")
            await terminal.types("\x03")
            assert await terminal.ends() == 130
        assert emulator.live == []
    assert terminal.screen[0].startswith("alpha naïve token")
    assert terminal.screen[-1] == "mcp-foundry: interrupted"
    assert "Traceback" not in terminal.seen


async def test_json_at_a_terminal_is_json_alone(emulator: Emulator, tmp_path: Path) -> None:
    state: dict[str, Any] = {"XDG_STATE_HOME": str(tmp_path)}
    with (tmp_path / "out").open("wb") as out:
        words = ("ask", "helper", "[search x] [say Hi]", "--json")
        place = emulator.endpoint
        with at_terminal(*words, endpoint=place, stdout=out.fileno(), **state) as terminal:
            assert await terminal.ends() == 0
    assert terminal.seen == "⋯ Searching the web…\n"
    assert (tmp_path / "out").read_text("utf-8").startswith('{"status": "completed", "text": "Hi"')
