"""Which generation of agents an id belongs to: the only place that knows that there are two.

The interface speaks the current generation's language; the classic one converts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio

from mcp_foundry.agents.classic.asking import Classic
from mcp_foundry.agents.classic.catalog import ClassicCatalog
from mcp_foundry.agents.classic.transcripts import read_thread
from mcp_foundry.agents.responses.asking import Responses
from mcp_foundry.agents.responses.catalog import ResponsesCatalog
from mcp_foundry.agents.responses.local import LocalCatalog
from mcp_foundry.agents.responses.routes import Routes
from mcp_foundry.agents.responses.transcripts import read_responses
from mcp_foundry.contract.agents import Agents
from mcp_foundry.contract.identifiers import is_classic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager, AsyncExitStack

    from mcp_foundry.agents.question import LastTurn, Question, RunIds
    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.agents.transcript import Transcript
    from mcp_foundry.contract.agents import Agent
    from mcp_foundry.contract.answers import Answer, GenerationName
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.service.wire import Wire
    from mcp_foundry.settings.values import Settings


class Generation(Protocol):
    """One generation of the agents API, on the client's side of the wire: how it is asked."""

    @property
    def name(self) -> GenerationName:
        """Which one it is."""
        ...

    @property
    def waits_at_service(self) -> bool:
        """Whether a run that waits for replies is alive there, and has to be cancelled in the end.

        Such a run knows its agent, too. Where it is not alive, it has ended, and replies start
        another.
        """
        ...

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question as one request; its stream is closed with `stack`."""
        ...

    def reader(self, question: Question) -> RunReader:
        """Return what reads that stream."""
        ...

    def sharing(self, question: Question) -> AbstractAsyncContextManager[Question]:
        """Hold what a question shares with others of its batch while it is asked."""
        ...

    async def prepare(self, question: Question) -> Question:
        """Return the question with what it needs before it can be sent.

        That is a durable conversation, or the session of a hosted agent.
        """
        ...

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the run's answer as the service has it; `in_progress` while it has none.

        Raises:
            FoundryError: The run failed, or the service could not be asked.
        """
        ...

    async def resume(
        self, ids: RunIds, after: int | None, stack: AsyncExitStack
    ) -> AsyncIterator[bytes]:
        """Go on reading the run's stream behind the event of that number, or from its beginning.

        Raises:
            FoundryError: Its stream cannot be read any more.
        """
        ...

    async def is_lost(self, ids: RunIds, *, streams: bool) -> bool:
        """Whether a run that says it is under way can come to no end any more.

        Args:
            ids: The run.
            streams: Whether its stream can still be read.
        """
        ...

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Look for the run of a question whose stream broke before its id came.

        Only a certain match is returned; none proves nothing.

        Args:
            question: What was asked.
            conversation_id: Where the run is, if that is known.

        Raises:
            FoundryError: There is nothing to look by, or the service could not be asked.
        """
        ...

    async def cancel(self, ids: RunIds) -> None:
        """Tell the service to stop the run."""
        ...

    async def newest(self, conversation_id: str) -> LastTurn:
        """Return the newest turn of a conversation, by one request.

        Raises:
            FoundryError: There is no such conversation, or the service could not be asked.
        """
        ...


class Catalog(Protocol):
    """The agents of one generation."""

    async def list(self) -> Agents:
        """Return the agents, with a note where they could not be listed."""
        ...

    async def describe(self, agent: str) -> Json:
        """Return an agent's definition, and its versions where it has any."""
        ...

    async def versions(self, agent: str) -> list[str]:
        """Return the versions of an agent; none where the generation has none."""
        ...

    def known_inputs(self, agent: str) -> Json | None:
        """Return what an agent's version declares of inputs, where that was read; None if not."""
        ...

    async def inputs(self, agent: str) -> Json | None:
        """Read the same; None where that is not possible.

        Raises:
            FoundryError: It is not there, or the service could not be asked.
        """
        ...

    async def check(self, agent: str) -> str | None:
        """Look an agent up, with one plain request.

        Returns:
            The version that answers, empty where it has none; None where this role may ask the
            agent, and may not look at it.

        Raises:
            FoundryError: It is not there, or the service could not be asked.
        """
        ...


class Generations:
    """Both, each found by an id of its own."""

    def __init__(self, wire: Wire, clients: Clients, settings: Settings) -> None:
        self._wire = wire
        self._routes = Routes(wire, settings)
        self._current: Generation = Responses(wire, self._routes, settings)
        self._classic: Generation = Classic(wire)
        self._local_catalog: Catalog = LocalCatalog(wire, settings.local)
        self._current_catalog: Catalog = ResponsesCatalog(wire, clients, self._routes, settings)
        self._classic_catalog: Catalog = ClassicCatalog(wire, clients)
        project = (self._current_catalog, self._classic_catalog) if settings.endpoint else ()
        self._catalogs = (*((self._local_catalog,) if settings.local else ()), *project)

    def of(self, *identifiers: str) -> Generation:
        """Return the generation of an agent, conversation or answer; empty ids say nothing."""
        return self._classic if any(map(is_classic, identifiers)) else self._current

    def catalog_of(self, agent: str) -> Catalog:
        """Return the catalog that has an agent."""
        if self._routes.local(agent):
            return self._local_catalog
        return self._classic_catalog if is_classic(agent) else self._current_catalog

    async def list_agents(self) -> Agents:
        """List all agents at once; a catalog that cannot be listed may say so in the note.

        An agent of the project whose name one on this machine has cannot be asked.
        """
        catalogs = self._catalogs
        listed: dict[Catalog, Agents] = {}

        async def list_one(catalog: Catalog) -> None:
            listed[catalog] = await catalog.list()

        async with anyio.create_task_group() as tasks:
            for catalog in catalogs:
                tasks.start_soon(list_one, catalog)
        agents: dict[str, Agent] = {}
        notes = [listed[catalog].note for catalog in catalogs if listed[catalog].note]
        found = [each for catalog in catalogs for each in listed[catalog].agents]
        notes += [
            f"'{agent.name}' of the project is hidden by the agent on this machine: give that one "
            "another name to ask both."
            for agent in found
            if agents.setdefault(agent.name, agent) is not agent
        ]
        return Agents(agents=list(agents.values()), note=" ".join(notes))

    async def read_transcript(self, conversation_id: str, transcript: Transcript) -> None:
        """Read what was said in a conversation into `transcript`.

        Raises:
            FoundryError: There is no such conversation, or the service could not be asked.
        """
        if is_classic(conversation_id):
            await read_thread(self._wire, conversation_id, transcript)
        else:
            await read_responses(self._wire, self._routes, conversation_id, transcript)
