"""The README's picture, made: commands are run at a terminal, and what they write there is drawn.

They are as they are installed by default, without the extra: what the agent does stays in sight.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.docs.picture.drawing import COLUMNS, PROMPT, draw
from tests.docs.picture.stage import CHART, SALES, Analyst, Stage
from tests.rigs.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

PATH = Path(__file__).parents[3] / "docs" / "pictures" / "ask.svg"
TITLE = "A Foundry agent is asked from a terminal"
ASKED = """mcp-foundry ask analyst "Did the heat help sales? Chart it." \\
    --file sales.csv --save ."""
WENT_ON = 'mcp-foundry ask --continue "Say that on a postcard."'
# What the agent does is told one by one, however fast it is: it waits until it was told.
DOING = ("Searching the web…", "Running code…")
_SHOP = "/home/ada/shop"


async def make() -> str:
    """Run the commands and return the SVG."""
    rows: list[str] = []
    analyst = Analyst()
    with _new_folder() as shop:
        async with Stage(shop.parent, analyst) as project:
            for line, doing in ((ASKED, DOING), (WENT_ON, ())):
                written = await _written(line, shop, project.endpoint, analyst, doing)
                rows += f"{PROMPT}{line}".split("\n")
                rows += [*_wrapped(written.replace(str(shop), _SHOP)), ""]
    rows.pop()
    return draw(TITLE, "\n".join(rows), rows, CHART.name, CHART.read_bytes())


@contextmanager
def _new_folder() -> Generator[Path]:
    """Yield a folder with the sales in it, inside a new one that goes away."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "shop"
        folder.mkdir()
        shutil.copy(SALES, folder)
        yield folder


async def _written(
    line: str, shop: Path, endpoint: str, analyst: Analyst, doing: tuple[str, ...]
) -> str:
    """Return what the command of a shell's line writes.

    Raises:
        RuntimeError: It fails.
    """
    words = shlex.split(line.replace("\\\n", ""))[1:]
    with at_terminal(
        *words,
        without="rich",
        endpoint=endpoint,
        size=(24, COLUMNS),
        cwd=shop,
        HOME=str(shop.parent),
        XDG_STATE_HOME="",
    ) as terminal:
        for each in doing:
            await terminal.reads(each)
            analyst.cue()
        if code := await terminal.ends():
            raise RuntimeError(f"{line} ended with {code}: {terminal.raw}")
    return terminal.raw


def _wrapped(written: str) -> Iterator[str]:
    """Yield the rows that a terminal makes of a text.

    Raises:
        ValueError: More than text was written.
    """
    if "\x1b" in written:
        raise ValueError(f"more than text was written: {written!r}")
    for line in written.rstrip("\n").split("\n"):
        yield from (line[at : at + COLUMNS] for at in range(0, len(line) or 1, COLUMNS))
