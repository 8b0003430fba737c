"""The agents that a chat can be with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.chatting.words import harmless
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.commands.turns import Talk

# What forbids to look at an agent need not forbid to ask it; nor does what passes.
_FATAL = frozenset({"agent_not_found", "invalid_request", "not_allowed", "unauthenticated"})


class NoAgentError(Exception):
    """There is no such agent, or it cannot be asked; the message says which there are."""


class Agents:
    """The agents of a project.

    Args:
        talk: Asks for them.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._known: dict[str, str] | None = None

    async def find(self, name: str) -> str:
        """Return an agent as it answers, such as `helper:3`; the name where it may not be seen.

        Raises:
            NoAgentError: It is not there, or cannot be asked.
        """
        try:
            version = await self._talk.meet(name)
        except FoundryError as failure:
            if failure.code in _FATAL:
                raise NoAgentError(f"{failure.code}: {failure}") from failure
            return name
        return f"{name.partition(':')[0]}:{version}" if version else name

    async def known(self) -> Mapping[str, str]:
        """Return the names, each with a description; none where they cannot be listed."""
        if self._known is None:
            await self.listing()
        return self._known or {}

    async def listing(self) -> str:
        """Return the agents, a line each, and what of them could not be listed."""
        result = await self._talk.call("list_agents")
        told: dict[str, Any] = result.structured_content or {}
        self._known = {
            each["name"]: harmless(" ".join(each.get("description", "").split()))
            for each in told.get("agents", ())
        }
        if result.is_error:
            return error_in(told)
        width = max(map(len, self._known), default=0)
        lines = [f"  {name:<{width}}  {about}".rstrip() for name, about in self._known.items()]
        return "".join(f"{line}\n" for line in filter(None, [*lines, told.get("note", "")]))


def error_in(told: dict[str, Any]) -> str:
    """Return in a sentence why a call failed."""
    return f"{told['error']['code']}: {told['error']['message']}"
