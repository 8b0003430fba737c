"""An agent asked from a shell, turn by turn, through a real MCP client."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcp.client import Client

from mcp_foundry.server.app import create_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from mcp.client.session import ElicitationFnT
    from mcp.shared.dispatcher import ProgressFnT
    from mcp_types import CallToolResult

    from mcp_foundry.settings.values import Settings


class Talk:
    """A conversation with an agent.

    Attributes:
        agent: Whom the next turn asks; empty for who answered last, or the default agent.
        conversation_id: What the next turn goes on with; empty to begin anew.
    """

    def __init__(self, client: Client, agent: str, conversation_id: str) -> None:
        self.agent = agent
        self.conversation_id = conversation_id
        self._client = client

    async def say(
        self,
        message: str,
        hear: ProgressFnT,
        *,
        files: Sequence[str] = (),
        inputs: Mapping[str, object] | None = None,
    ) -> CallToolResult:
        """Ask, and return the answer; the next turn goes on from it.

        Args:
            message: What is asked.
            hear: Told the text as it grows, and what the agent does; see `Terminal.tell`.
            files: What goes along.
            inputs: Values of the agent's declared inputs.
        """
        asked = {
            "message": message,
            "agent": self.agent,
            "conversation_id": self.conversation_id,
            "files": list(files),
            "inputs": dict(inputs or {}),
        }
        result = await self._client.call_tool("stream_agent", asked, progress_callback=hear)
        answer: dict[str, Any] = result.structured_content or {}
        self.conversation_id = answer.get("conversation_id") or self.conversation_id
        return result

    async def call(self, tool: str, **arguments: object) -> CallToolResult:
        """Call another tool."""
        return await self._client.call_tool(tool, arguments)


@asynccontextmanager
async def open_talk(
    settings: Settings,
    agent: str = "",
    conversation_id: str = "",
    ask: ElicitationFnT | None = None,
) -> AsyncGenerator[Talk]:
    """Open a client of a server in this process.

    Args:
        settings: Those of the project.
        agent: Whom to ask; empty for the default agent.
        conversation_id: What to go on with.
        ask: Asks a person whether a tool call may be made; None where nobody is there.
    """
    # Whoever reads this progress wants the whole text, not its end again and again.
    server = create_server(replace(settings, progress="delta"))
    # The handshake's era asks a person within the call, so that Ctrl+C at the question still
    # cancels the run that waits for the answer.
    async with Client(server, mode="legacy", elicitation_callback=ask) as client:
        yield Talk(client, agent, conversation_id)
