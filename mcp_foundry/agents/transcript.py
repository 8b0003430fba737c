"""A conversation as a person reads it, in Markdown, whichever generation holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.json import objects_in

if TYPE_CHECKING:
    from mcp_foundry.agents.citations import AnswerText
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

PAGE = "limit=100&order=desc"
_PAGES = 5
"""Pages of a hundred items each; what is older is left out, and said to be."""


@dataclass
class Transcript:
    """What was said, the oldest first.

    Attributes:
        turns: Who spoke, and what.
        agents: The agents that spoke; empty text where the service does not name one.
        notes: What is missing, and why.
    """

    turns: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    agents: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])

    def say(self, who: str, what: str) -> None:
        """Append what was said; the same speaker goes on without a new heading."""
        if not what:
            return
        if self.turns and self.turns[-1][0] == who:
            what = f"{self.turns.pop()[1]}\n\n{what}"
        self.turns.append((who, what))

    def as_markdown(self, title: str) -> str:
        """Return the whole, under `title`."""
        notes = [f"> {note}" for note in self.notes]
        turns = [f"## {who}\n\n{what}" for who, what in self.turns]
        return "\n\n".join([f"# {title}", *notes, *turns]) + "\n"


async def newest_items(wire: Wire, path: str, about: str, transcript: Transcript) -> list[Json]:
    """Return the newest items of a list, the oldest of them first."""
    found: list[Json] = []
    after = ""
    for _ in range(_PAGES):
        page = await wire.fetch("GET", path + after, about)
        found += objects_in(page.get("data"))
        if not page.get("has_more") or not page.get("data"):
            break
        after = f"&after={quote(str(page['last_id'] or found[-1]['id']))}"
    else:
        transcript.notes.append(f"Only the last {len(found)} items are shown.")
    return found[::-1]


def with_sources(text: AnswerText) -> str:
    """Return what an agent said, and below it its sources and the files that it made."""
    text.settle()
    files, citations = text.files.listed, text.citations
    answer = Answer(status="completed", text=text.text, files=files, citations=citations)
    return "\n\n".join(filter(None, (text.text, answer.sources(), answer.made())))
