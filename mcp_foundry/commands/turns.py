"""An agent asked from a shell, turn by turn, through a real MCP client."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcp.client import Client
from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult

from mcp_foundry.commands.next_to_type import SIGNED_IN
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent
from mcp_foundry.server.app import create_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from mcp_foundry.commands.talking.page import Page
    from mcp_foundry.commands.talking.person import Person
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.settings.values import Settings


class Talk:
    """A conversation with an agent.

    Attributes:
        agent: Whom the next turn asks; empty for who answered last, or the default agent.
        conversation_id: What the next turn goes on with; empty to begin anew.
    """

    def __init__(self, client: Client, foundry: FoundrySession, person: Person | None) -> None:
        self.agent = ""
        self.conversation_id = ""
        self._client = client
        self._foundry = foundry
        self._person = person

    async def say(
        self,
        message: str,
        page: Page,
        *,
        files: Sequence[str] = (),
        inputs: Mapping[str, object] | None = None,
        replies: Sequence[Mapping[str, object]] = (),
    ) -> CallToolResult:
        """Ask, and return the answer; the next turn goes on from it.

        Where the agent needs the person to sign in, they are asked to, and it goes on.

        Args:
            message: What is asked.
            page: Shows the text as it grows; it is not ended.
            files: What goes along; see `attached`.
            inputs: Values of the agent's declared inputs.
            replies: To what the last answer waits for; then there is no message.
        """
        if self._person:
            self._person.aside = page.aside
        more = {"files": list(files), "inputs": dict(inputs or {}), "replies": list(replies)}
        try:
            result = await self._ask(message, page, more)
            while await self._has_signed_in(result.structured_content or {}):
                result = await self._ask(SIGNED_IN, page, {})
        except BaseException:
            page.close()
            raise
        return result

    async def call(self, tool: str, **arguments: object) -> CallToolResult:
        """Call another tool."""
        return await self._client.call_tool(tool, arguments)

    async def has_agent(self, name: str) -> bool:
        """Whether there is an agent of that name, as far as can be known."""
        try:
            self._foundry.check_allowed(name)
            await self._foundry.generations.catalog_of(name).check(name)
        except FoundryError:
            return False
        return True

    async def meet(self, name: str) -> str:
        """Look an agent up, and return the version that answers; nothing where that is not told.

        Raises:
            FoundryError: It is not there (with the nearest names), or cannot be looked at.
        """
        foundry = self._foundry
        check_agent(name)
        foundry.check_allowed(name)
        try:
            return await foundry.generations.catalog_of(name).check(name) or ""
        except FoundryError as failure:
            raise await foundry.roster.explain(failure, name) from failure

    async def declared_inputs(self) -> Mapping[str, object]:
        """Return the inputs that the agent declares, by name; none where it cannot be known."""
        agent = self.agent or self._foundry.settings.agent
        if not agent:
            return {}
        try:
            return await self._foundry.generations.catalog_of(agent).inputs(agent) or {}
        except FoundryError:
            return {}  # the question will say it better

    async def _ask(self, message: str, page: Page, more: Mapping[str, object]) -> CallToolResult:
        place = {"agent": self.agent, "conversation_id": self.conversation_id}
        asked = {"message": message, **place, **more}
        # Not `call_tool`: it would list the tools, and compile a schema, to check what was made by
        # the same schema in this process; a tenth of what a first answer takes.
        call = CallToolRequest(params=CallToolRequestParams(name="stream_agent", arguments=asked))
        result = await self._client.session.send_request(
            call, CallToolResult, progress_callback=page.hear
        )
        answer: dict[str, Any] = result.structured_content or {}
        if not result.is_error:
            self.conversation_id = answer.get("conversation_id") or self.conversation_id
        return result

    async def _has_signed_in(self, answer: dict[str, Any]) -> bool:
        pending = answer.get("pending", [])
        links = [
            item["url"] for item in pending if item["kind"] == "oauth_consent" and "url" in item
        ]
        if self._person is None or not links:
            return False
        return await self._person.has_signed_in(links[0])


@asynccontextmanager
async def open_talk(settings: Settings, person: Person | None = None) -> AsyncGenerator[Talk]:
    """Open a client of a server in this process.

    Args:
        settings: Those of the project.
        person: Who is asked whether a tool call may be made, and to sign in; see `person_here`.
    """
    # Whoever reads this progress wants the whole text, not its end again and again.
    opened: list[FoundrySession] = []
    server = create_server(replace(settings, progress="delta"), opened.append)
    # The handshake's era asks a person within the call, so that Ctrl+C at the question still
    # cancels the run that waits for the answer.
    asks = person.ask if person else None
    async with Client(server, mode="legacy", elicitation_callback=asks) as client:
        yield Talk(client, opened[0], person)
