"""FoundrySession: the one open project of the process."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.generation import Generations
from mcp_foundry.agents.question import Question, Reply
from mcp_foundry.contract.answers import Answer, Error
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent, check_conversation
from mcp_foundry.runs.supervisor import Supervisor
from mcp_foundry.service.clients import Clients
from mcp_foundry.service.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Any, TypeAlias

    from anyio.abc import TaskGroup
    from azure.ai.projects.aio import AIProjectClient

    from mcp_foundry.settings.values import Settings

    Watching: TypeAlias = AbstractAsyncContextManager[None]

logger = logging.getLogger(__name__)


class FoundrySession:
    """What the tools work with.

    Attributes:
        settings: What the server was told.
        clients: The ways to the project, each opened when first needed.
        wire: Plain requests to the project.
        generations: The agents there are, and how each is asked.
        runs: The runs under way.
    """

    def __init__(self, settings: Settings, clients: Clients, tasks: TaskGroup) -> None:
        self.settings = settings
        self.clients = clients
        self.wire = Wire(settings, clients)
        self.generations = Generations(self.wire, clients, background=settings.background == "auto")
        self.runs = Supervisor(settings, self.generations, tasks)
        self._tasks = tasks
        self._warmed = False

    async def project(self) -> AIProjectClient:
        """Return the client that manages the project; the first call waits for its import."""
        return await self.clients.project()

    def warm(self) -> None:
        """Begin, in the background and once, what the first question would have to wait for."""
        if not self._warmed:
            self._warmed = True
            self._tasks.start_soon(self._warm)

    async def _warm(self) -> None:
        try:
            await self.clients.warm()
        except Exception as exception:  # noqa: BLE001 - the first call says what is wrong, better
            logger.info("Warming up failed (%s); the first call will say why", exception)

    async def ask_all(
        self, requests: Sequence[tuple[str, str, str]], counting: Callable[[list[Any]], Watching]
    ) -> list[Answer]:
        """Ask many questions at once; each succeeds or fails by itself.

        Args:
            requests: For each its message, agent and conversation_id.
            counting: Watches the list of answers while it fills.
        """
        answers: list[Answer | None] = [None] * len(requests)

        async def ask(place: int, message: str, agent: str, conversation_id: str) -> None:
            try:
                question = self.question(message, agent, conversation_id)
                answers[place] = await self.runs.ask(question, None)
            except FoundryError as failure:
                error = Error.of(failure)
                answers[place] = Answer(status="failed", agent=agent, error=error)

        async with counting(answers), anyio.create_task_group() as tasks:
            for place, request in enumerate(requests):
                tasks.start_soon(ask, place, *request)
        return [answer for answer in answers if answer]

    def question(
        self, message: str, agent: str, conversation_id: str, replies: Sequence[Reply] = ()
    ) -> Question:
        """Check what a caller asks, before anything is sent.

        Raises:
            FoundryError: `invalid_request`, `not_configured` or `not_allowed`.
        """
        if not replies:
            self._check_message(message)
        elif message:
            raise FoundryError(
                "invalid_request",
                "message and replies came together. Send the replies alone, with an empty message; "
                "ask the next question once the agent has answered.",
            )
        elif not conversation_id or conversation_id == "new":
            raise FoundryError(
                "invalid_request",
                "replies need the conversation_id of the answer whose pending items they answer.",
            )
        waits = bool(replies) and self.generations.of(conversation_id).waits_at_service
        if not (agent or waits):
            agent = self.default_agent()
        if agent:
            check_agent(agent)
            self.check_allowed(agent)
        check_conversation(conversation_id, agent)
        return Question(message, agent, conversation_id, tuple(replies))

    def _check_message(self, message: str) -> None:
        if not message.strip():
            raise FoundryError("invalid_request", "message is empty. Pass what to ask the agent.")
        size, most = len(message.encode(errors="replace")), self.settings.limits.message
        if size > most:
            raise FoundryError(
                "invalid_request",
                f"message has {size:,} bytes, and {most:,} are the most that may be sent. Shorten "
                "it, or let the agent read the material from a file or a search index.",
            )

    def default_agent(self) -> str:
        """Return the agent asked when a call names none.

        Raises:
            FoundryError: `not_configured`.
        """
        if self.settings.agent:
            return self.settings.agent
        raise FoundryError(
            "not_configured",
            "the call names no agent, and no default is set. Call list_agents and pass one as "
            "agent, or set FOUNDRY_AGENT_NAME in the server's environment.",
        )

    def check_allowed(self, agent: str) -> None:
        """Refuse an agent outside the allow-list.

        Raises:
            FoundryError: `not_allowed`.
        """
        if not self.settings.may_ask(agent):
            raise FoundryError(
                "not_allowed",
                f"agent '{agent}' is not among those that MCP_FOUNDRY_AGENTS allows: "
                f"{', '.join(sorted(self.settings.agents))}.",
            )


@asynccontextmanager
async def open_session(settings: Settings) -> AsyncGenerator[FoundrySession, None]:
    """Open the project, without waiting for imports, for a token or for the network.

    Runs that callers still wait for are cancelled by their calls; runs that were handed over stay
    alive at the service, where `get_answer` finds them.
    """
    clients = Clients(settings)
    try:
        async with anyio.create_task_group() as tasks:
            yield FoundrySession(settings, clients, tasks)
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(3, shield=True):
            await clients.close()
