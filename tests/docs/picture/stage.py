"""The project that is asked for the pictures: an emulator whose model knows its part.

What the numbers say is invented, and so is the page that is cited.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.model.acts import Citation, Say, Search, WriteFile
from mcp_foundry.emulator.model.writing import split_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_foundry.emulator.model.acts import Act
    from mcp_foundry.emulator.model.question import Model, Question

_FOLDER = Path(__file__).parent
# The chart is of the sales, drawn once with matplotlib.
CHART, SALES = _FOLDER / "chart.png", _FOLDER / "sales.csv"
_SEED = """
{"agents": [{"name": "analyst", "versions": [{"instructions": "Answer with numbers."}]}]}
"""
_PAGE = Citation(
    "url_citation", "【1†source】", "Weather in Oslo, by week", "https://weather.example/oslo"
)


class Analyst:
    """Looks the weather up, draws the chart, and says what both show; waits for each cue."""

    def __init__(self) -> None:
        self._cues = asyncio.Queue[None]()

    def cue(self) -> None:
        """Let it go on to what it does next."""
        self._cues.put_nowait(None)

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what it does."""
        if question.earlier:
            yield Say(split_tokens("31 °C, and 4,120 scoops in one week. Wish you were here!"))
            return
        yield Search("weather in Oslo by week")
        await self._cues.get()
        # Uncited, it comes without the figure that the service leaves beside a linked picture.
        yield WriteFile(CHART.name, CHART.read_bytes(), cited=False)
        await self._cues.get()
        said = split_tokens("Yes: the four weeks above 25 °C sold 81 % more than the others. ")
        best = "\nWeek 29 was the best, with 31 °C and 4,120 scoops: sandbox:/mnt/data/chart.png"
        yield Say([*said, _PAGE, *split_tokens(best)])


class Stage(Emulator):
    """An emulator with an agent, `analyst`, and a model that knows its part.

    Args:
        folder: Where to write what it begins with.
        model: What answers.
        tokens_per_second: The pace of text; 0 is as fast as possible.
    """

    def __init__(self, folder: Path, model: Model, tokens_per_second: float = 0) -> None:
        seed = folder / "project.json"
        seed.write_text(_SEED, encoding="utf-8")
        super().__init__(seed=seed, tokens_per_second=tokens_per_second)
        self._engine.model = model
