"""A question to an agent, and what its run is called: the same for both generations."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.contract.identifiers import parts_of_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.agents.attachments import Attachment
    from mcp_foundry.agents.sandboxes import Sandbox, Sandboxes
    from mcp_foundry.contract.answers import Pending
    from mcp_foundry.service.places import Place

# Under this name the service keeps a question's mark with its run: it tells a run whose id was lost
# from every other.
CORRELATION = "mcp_foundry_question"


class Rerouted(NotSent):
    """A question that was refused, for it has to be asked at another place, which is now known."""


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
        inputs: Values of the structured inputs that the agent's version declares.
        files: What goes with the message.
        place: Where it is asked, once that is settled; None for the project.
        sandbox: In which container a hosted agent works on it.
        shared: The sandboxes of the batch that it belongs to.
        correlation_id: Tells this question from every other, also at the service.
        asked_at: When, in seconds since 1970 on this machine's clock.
    """

    message: str
    agent: str
    conversation_id: str = ""
    replies: tuple[Reply, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)
    files: tuple[Attachment, ...] = ()
    place: Place | None = None
    sandbox: Sandbox | None = field(default=None, hash=False)
    shared: Sandboxes | None = field(default=None, hash=False)
    correlation_id: str = field(default_factory=lambda: uuid4().hex)
    asked_at: float = field(default_factory=time)

    @property
    def about(self) -> str:
        """How messages name it."""
        return f"agent '{self.agent}'" if self.agent else f"conversation '{self.conversation_id}'"


@dataclass(frozen=True)
class LastTurn:
    """What is known of the newest turn of a conversation.

    Attributes:
        agent: Who answered; empty where that is not known.
        pending: What it waits for.
        inputs: With which inputs it was asked; an agent needs them again to go on.
    """

    agent: str
    pending: tuple[Pending, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)


@dataclass(frozen=True)
class RunIds:
    """What the service calls a run, and whom it asked.

    Attributes:
        answer_id: Names the run in any process: `resp_…`, `AGENT/caresp_…` or `thread_…/run_…`.
        conversation_id: What the caller passes to go on.
        agent: The agent with its resolved version; what was asked for until that is known.
    """

    answer_id: str
    conversation_id: str
    agent: str

    @classmethod
    def of(cls, answer_id: str) -> RunIds:
        """Return what an `answer_id` says of a run."""
        conversation_id, agent = parts_of_answer(answer_id)
        return cls(answer_id, conversation_id, agent)
