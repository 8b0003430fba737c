"""What both generations of agents meet: a question, a run's stream as it is read, its answer.

The interface speaks the current generation's language; the classic one converts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.contract.answers import Answer, GenerationName


@dataclass(frozen=True)
class Reply:
    """What the caller says to one pending item: a decision, or a function's output."""

    id: str
    approve: bool | None = None
    output: str | None = None


@dataclass(frozen=True)
class Question:
    """One turn to be asked: a message, or replies to what an earlier answer waits for.

    Attributes:
        mark: Tells this question from every other, also at the service.
    """

    message: str
    agent: str
    conversation_id: str = ""
    replies: tuple[Reply, ...] = ()
    mark: str = field(default_factory=lambda: uuid4().hex)

    @property
    def about(self) -> str:
        """How messages name it."""
        return f"agent '{self.agent}'" if self.agent else f"conversation '{self.conversation_id}'"


@dataclass(frozen=True)
class RunIds:
    """What the service calls a run, and whom it asked.

    Attributes:
        answer_id: Names the run in any process: `resp_…`, or `thread_…/run_…`.
        conversation_id: What the caller passes to go on.
        agent: The agent with its resolved version; what was asked for until that is known.
    """

    answer_id: str
    conversation_id: str
    agent: str


class Generation(Protocol):
    """One generation of the agents API, on the client's side of the wire."""

    @property
    def name(self) -> GenerationName:
        """Which one it is."""
        ...

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question as one request; its stream is closed with `stack`."""
        ...

    def reader(self, question: Question) -> RunReader:
        """Return what reads that stream."""
        ...

    async def prepare(self, question: Question) -> Question:
        """Return the question with what it needs before it can be sent: a durable conversation."""
        ...

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the run's answer as the service has it; `in_progress` while it has none.

        Raises:
            FoundryError: The run failed, or the service could not be asked.
        """
        ...

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Look for the run of a question whose stream broke before its id came.

        Args:
            question: What was asked.
            conversation_id: Where the run is, if that is known.
        """
        ...

    async def cancel(self, ids: RunIds) -> None:
        """Tell the service to stop the run."""
        ...
