"""FoundrySession: the open project, as one who calls sees it."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, cast

import anyio

from mcp_foundry.agents.generation import Generations
from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.binding import Binding
from mcp_foundry.contract.caller import MANAGE
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent, check_answer_id
from mcp_foundry.contract.redaction import without_credentials
from mcp_foundry.project.files.attaching import Attaching
from mcp_foundry.project.files.bringing import Files
from mcp_foundry.project.questions import Questions, check_allowed
from mcp_foundry.project.roster import Roster
from mcp_foundry.project.shared import Shared
from mcp_foundry.project.signing import Signing
from mcp_foundry.runs.asker import Asker
from mcp_foundry.runs.batches import Batches
from mcp_foundry.runs.supervisor import Supervisor
from mcp_foundry.service.explain import explain
from mcp_foundry.service.network import Network
from mcp_foundry.service.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from azure.ai.projects.aio import AIProjectClient

    from mcp_foundry.agents.question import Question, Reply
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.contract.batches import BatchAnswer
    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.answer_schema import Expected
    from mcp_foundry.runs.asker import Request
    from mcp_foundry.runs.batch import Batch
    from mcp_foundry.runs.watch import Watch
    from mcp_foundry.settings.values import Settings


class FoundrySession:
    """What the tools work with: all that they start and keep is one caller's.

    Nothing that it is made of knows it: of a caller who is forgotten nothing is left at once, and
    not when garbage is looked for, which is seldom where many call.

    Args:
        shared: What all sessions of the process have in common.
        caller: Whose it is; None where whoever reaches the server is one and the same.

    Attributes:
        caller: Whose it is, as the request brought it that works with it.
        settings: What the server was told.
        binding: Binds ids to the caller.
        clients: The ways to the project, each opened when first needed.
        wire: Plain requests to the project.
        generations: The agents there are, and how each is asked.
        runs: The runs under way.
        batches: The batches under way, and those that ended lately.
        files: What agents made.
        roster: Which agents there are, for whoever missed one.
        expected: What answers have to meet that were handed over, by their ids.
        observer: What is told outside of what happens here.
    """

    def __init__(self, shared: Shared, caller: Caller | None = None) -> None:
        self.settings = settings = shared.settings
        self.caller = caller
        self._signing = Signing(caller)
        self.shared = shared
        owner = caller.key if caller else ""
        self.binding = Binding(settings.keys if caller else (), settings.endpoint, owner)
        self.observer = shared.observer
        self.clients = clients = shared.clients_of(self._signing.token if caller else None)
        self.wire = Wire(settings, clients, owner if settings.identity == "server" else "")
        self.generations = Generations(self.wire, clients, settings)
        self.files = Files(
            settings,
            self.wire,
            self.generations,
            shared.begin,
            partial(check_allowed, settings),
            shared.files_of(owner),
            partial(shared.downloads.slot, owner=owner),
        )
        self.runs = Supervisor(
            settings,
            self.generations,
            shared.tasks,
            self.files.begin,
            self.observer,
            shared.runs_of(owner),
            limiter=shared.limiter,
            owner=owner,
        )
        many = caller is not None
        self.batches = Batches(
            shared.tasks, shared.workers, self.runs.kept, shared.batches_of(owner), gently=many
        )
        attaching = Attaching(settings, self.files)
        partners = self.runs.partners
        self._questions = Questions(settings, self.generations, partners, self.batches, attaching)
        self.roster = Roster(self.generations, settings)
        self.expected: OrderedDict[str, Expected] = OrderedDict()

    def for_request(self, caller: Caller) -> FoundrySession:
        """Return this very session for one request: what it may do is what it came with itself."""
        self._signing.renew(caller)
        own = copy(self)
        own.caller = caller
        return own

    @property
    def idle(self) -> bool:
        """Whether nothing of the caller's is under way, so that only memories would be lost."""
        return self.runs.idle and self.batches.idle and not self.runs.spending.counts

    async def project(self) -> AIProjectClient:
        """Return the client that manages the project; the first call waits for its import."""
        return await self.clients.project()

    def warm(self) -> None:
        """Begin, in the background and once, what the first question would have to wait for."""
        self.shared.warm()

    async def observe(self) -> None:
        """Make sure that what happens from now on is told, where somebody asked for it."""
        await self.shared.observe()

    async def ask(self, question: Question, watch: Watch, patience: float | None = None) -> Answer:
        """Ask one question, and wait for its answer; see `Supervisor.wait_for`.

        Raises:
            FoundryError: It failed; of an agent that is not there, with the nearest names.
        """
        try:
            return await self.runs.ask(question, watch, patience)
        except FoundryError as failure:
            raise await self.roster.explain(failure, question.agent) from failure

    def ask_all(self, requests: Sequence[Request]) -> Batch:
        """Begin to ask many questions; each succeeds or fails by itself."""
        return self.batches.begin(requests, self.asker())

    def asker(self) -> Asker:
        """Return what asks the questions of one batch."""
        return Asker(self.runs, self._opened, self.roster.explain, self.files.keep)

    async def _opened(self, request: Request) -> Question:
        return await self.question(request.opened(self.binding))

    async def question(self, request: Request, replies: Sequence[Reply] = ()) -> Question:
        """Check what a caller asks, before it is sent; see `Questions.check`.

        Raises:
            FoundryError: It cannot be asked so.
        """
        return await self._questions.check(request, replies)

    async def describe(self, agent: str) -> Json:
        """Return an agent's definition and versions, without credentials.

        Raises:
            FoundryError: It is not there, may not be asked, or the service failed.
        """
        check_agent(agent)
        self.check_allowed(agent)
        try:
            described = await self.generations.catalog_of(agent).describe(agent)
        except Exception as exception:
            failure = explain(exception, f"agent '{agent}'", self.settings)
            raise await self.roster.explain(failure, agent) from exception
        return cast("Json", without_credentials(described))

    async def stop(self, answer_id: str) -> Answer | BatchAnswer:
        """Cancel an answer or a batch, and return it as it then stands.

        Raises:
            FoundryError: There is no such thing, it may not be asked, or the service failed.
        """
        answer_id = self.binding.open(answer_id, "answer")
        if answer_id.startswith("batch_") and "/" not in answer_id:
            return await self.batches.find(answer_id).stop()
        if answer_id.startswith("batch_"):
            answer = self.batches.answer(answer_id)
            if answer.status != "in_progress":
                return answer
            answer_id = answer.answer_id
        check_answer_id(answer_id)
        answer = await self.runs.stop(RunIds.of(answer_id), self.check_allowed)
        return await self.files.complete(answer, self.settings.limits.files)

    def expect(self, answer_id: str, expected: Expected) -> None:
        """Note what an answer has to meet that was handed over."""
        self.expected[answer_id] = expected
        while len(self.expected) > self.settings.limits.kept:
            self.expected.popitem(last=False)

    def check_allowed(self, agent: str) -> None:
        """Refuse an agent that may not be asked; see `check_allowed`.

        Raises:
            FoundryError: `not_allowed` or `agent_not_found`.
        """
        check_allowed(self.settings, agent)

    def check_manages(self, what: str) -> None:
        """Refuse what changes what all callers share, to those who may not.

        Raises:
            FoundryError: `not_allowed`.
        """
        if self.caller and not self.caller.manages:
            raise FoundryError(
                "not_allowed",
                f"{what} needs the application role '{MANAGE}' of this service, which your "
                "sign-in does not have. Ask who runs it to assign it to you in Entra.",
            )


@asynccontextmanager
async def open_session(settings: Settings) -> AsyncGenerator[FoundrySession, None]:
    """Open the project, without waiting for imports, for a token or for the network.

    Runs that callers still wait for are cancelled by their calls; runs that were handed over stay
    alive at the service, where `get_answer` finds them.
    """
    network = Network(settings)
    try:
        async with anyio.create_task_group() as tasks:
            yield FoundrySession(Shared(settings, network, tasks))
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(3, shield=True):
            await network.close()
