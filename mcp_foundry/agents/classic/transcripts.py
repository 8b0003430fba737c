"""What was said in a thread of the classic generation."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.classic.answers import add_content
from mcp_foundry.agents.transcript import PAGE, newest_items, with_sources

if TYPE_CHECKING:
    from mcp_foundry.agents.transcript import Transcript
    from mcp_foundry.service.wire import Wire


async def read_thread(wire: Wire, thread: str, transcript: Transcript) -> None:
    """Read a thread into `transcript`.

    Raises:
        FoundryError: There is no such thread, or the service could not be asked.
    """
    path = f"/threads/{quote(thread)}/messages?api-version=v1&{PAGE}"
    for message in await newest_items(wire, path, f"conversation '{thread}'", transcript):
        text = AnswerText()
        add_content(message, text)
        if message.get("role") == "user":
            transcript.say("user", text.text)
            continue
        agent = str(message.get("assistant_id") or "")
        transcript.agents.add(agent)
        transcript.say(agent or "assistant", with_sources(text))
