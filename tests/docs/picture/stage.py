"""The project that is asked for the picture: an emulator whose model knows its part.

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
    from mcp_foundry.emulator.model.question import Question

_FOLDER = Path(__file__).parent
# The chart is of the sales, drawn once with matplotlib.
CHART, SALES = _FOLDER / "chart.png", _FOLDER / "sales.csv"
_SEED = """
{"agents": [{"name": "analyst", "versions": [{"instructions": "Answer with numbers."}]}]}
"""
_PAGE = Citation(
    "url_citation", "【1†source】", "Weather in Oslo, by week", "https://weather.example/oslo"
)


class _Analyst:
    """Looks the weather up, draws the chart, and says what both show; waits for each cue."""

    def __init__(self) -> None:
        self.cues = asyncio.Queue[None]()

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what it does."""
        if question.earlier:
            yield Say(split_tokens("31 °C, and 4,120 scoops in one week. Wish you were here!"))
            return
        yield Search("weather in Oslo by week")
        await self.cues.get()
        # Uncited, it comes without the figure that the service leaves beside a linked picture.
        yield WriteFile(CHART.name, CHART.read_bytes(), cited=False)
        await self.cues.get()
        said = split_tokens("Yes: the four weeks above 25 °C sold 81 % more than the others. ")
        best = "\nWeek 29 was the best, with 31 °C and 4,120 scoops: sandbox:/mnt/data/chart.png"
        yield Say([*said, _PAGE, *split_tokens(best)])


class Stage(Emulator):
    """An emulator with that model, and with an agent for it.

    Args:
        folder: Where to write what it begins with.
    """

    def __init__(self, folder: Path) -> None:
        seed = folder / "project.json"
        seed.write_text(_SEED, encoding="utf-8")
        super().__init__(seed=seed)
        self._analyst = self._engine.model = _Analyst()

    def cue(self) -> None:
        """Let the agent go on to what it does next."""
        self._analyst.cues.put_nowait(None)
