"""A model that reads the JSON of results and nothing else, and does what `next` says."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.client import Client

Json = dict[str, Any]
_CALL = re.compile(r"(\w+)\((.*?)\)(?=[ ,;.]|$)")


class ScriptedModel:
    """Calls tools, and keeps a transcript.

    Attributes:
        said: What it called, and what it then saw.
    """

    def __init__(self, client: Client) -> None:
        self.said: list[tuple[str, Json, Json]] = []
        self._client = client

    async def call(self, tool: str, **arguments: Any) -> Json:  # noqa: ANN401 - any arguments
        """Call a tool, and return the JSON that a host shows the model."""
        result = await self._client.call_tool(tool, arguments)
        seen: Json = result.structured_content or {}
        self.said.append((tool, arguments, seen))
        return seen

    async def follow(self, seen: Json, tool: str = "", **changes: Any) -> Json:  # noqa: ANN401 - any arguments
        """Make the call that `next` spells out; the first, or the first of that tool."""
        calls: list[tuple[str, str]] = _CALL.findall(seen["next"])
        name, given = next(each for each in calls if tool in {"", each[0]})
        return await self.call(name, **(_arguments(given) | changes))

    async def to_the_end(self, seen: Json) -> Json:
        """Follow `next` while something is in progress."""
        while seen["status"] == "in_progress":
            seen = await self.follow(seen, "get_answer")
        return seen


def _arguments(given: str) -> Json:
    """Read arguments as a model writes them: names, and JSON for values."""
    as_python = re.sub(r"\b(true|false)\b", lambda found: found[0].title(), given)
    call: Any = ast.parse(f"f({as_python})", mode="eval").body
    return {word.arg: ast.literal_eval(word.value) for word in call.keywords}
