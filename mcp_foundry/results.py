"""What the tools answer: the published output schemas, and how each reads as text.

Empty fields are left out of what is sent (`lean`): some hosts show the model the JSON and nothing
else, and the model pays for every field.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from mcp_foundry.errors import ErrorCode, FoundryError

Status = Literal["completed", "requires_action", "in_progress", "incomplete", "failed"]
GenerationName = Literal["responses", "classic"]
# What a caller holds is JSON of the service's own making, passed on as it came.
Json = dict[str, Any]


def lean(value: Any) -> Any:
    """Return `value` without None, empty text, empty lists and empty objects, at every depth."""
    if isinstance(value, dict):
        pruned = {key: lean(item) for key, item in cast("Json", value).items()}
        return {key: item for key, item in pruned.items() if not _empty(item)}
    if isinstance(value, list):
        return [lean(item) for item in cast("list[Any]", value)]
    return value


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


class Result(BaseModel):
    """Anything a tool answers."""

    # `replies` and definitions may carry fields that the service adds later.
    model_config = ConfigDict(use_attribute_docstrings=True)

    def structured(self) -> Json:
        """The JSON of this result, without its empty fields."""
        return cast("Json", lean(self.model_dump(mode="json")))

    def as_text(self) -> str:
        """What a host shows that shows text; the JSON, unless a result reads better otherwise."""
        return self.model_dump_json(exclude_none=True)


class Citation(BaseModel):
    """Where a piece of an answer comes from."""

    title: str = ""
    url: str = ""
    file_id: str = ""
    filename: str = ""
    quote: str = ""
    start: int | None = None
    end: int | None = None


class Pending(BaseModel):
    """Something that an agent waits for before it can go on."""

    id: str
    kind: Literal["approval", "function_call", "oauth_consent"]
    name: str = ""
    server: str = ""
    arguments: str = ""
    url: str = ""


class Usage(BaseModel):
    """Tokens that a run was billed for."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class Error(BaseModel):
    """A failure inside an answer; the same fields as a failed call's `error`."""

    code: ErrorCode
    message: str
    status: int | None = None
    retry_after: float | None = None
    request_id: str = ""

    @classmethod
    def of(cls, error: FoundryError) -> Error:
        """The published form of `error`."""
        return cls(
            code=error.code,
            message=error.message,
            status=error.status,
            retry_after=error.retry_after,
            request_id=error.request_id,
        )


class Answer(Result):
    """What an agent answered."""

    status: Status
    text: str = ""
    agent: str = ""
    generation: GenerationName | None = None
    conversation_id: Annotated[str, Field(description="Pass it back to go on")] = ""
    answer_id: Annotated[str, Field(description="For get_answer")] = ""
    citations: list[Citation] = []
    pending: Annotated[list[Pending], Field(description="Answer these with replies")] = []
    usage: Usage | None = None
    refused: bool | None = None
    incomplete_reason: str = ""
    error: Error | None = None

    def as_text(self) -> str:
        """The text, what the caller must know to go on, and one footer line."""
        told = [self.text, *(self._waits(item) for item in self.pending)]
        if self.error:
            told.append(f"{self.error.code}: {self.error.message}")
        if self.status == "in_progress":
            told.append(
                f"The agent is still at work. Call get_answer with answer_id={self.answer_id} "
                "for the whole answer; do not ask again."
            )
        return "\n\n".join([*filter(None, told), self._footer()])

    def _waits(self, item: Pending) -> str:
        if item.kind == "oauth_consent":
            link = item.url or "(its link is not https and was withheld)"
            return f"The tool {item.server or item.name} asks a person to sign in: {link}"
        what = f"{item.server}.{item.name}" if item.server else item.name
        how = "approve=true or false" if item.kind == "approval" else "output=its result"
        return (
            f"The agent waits for {item.kind} of {what}({item.arguments}): call again with "
            f"conversation_id={self.conversation_id} and replies=[{{id: {item.id}, {how}}}]."
        )

    def _footer(self) -> str:
        facts = {
            "conversation_id": self.conversation_id,
            "agent": self.agent,
            "status": self.status,
            "reason": self.incomplete_reason,
            "answer_id": self.answer_id if self.status == "in_progress" else "",
        }
        return f"[{' · '.join(f'{name}: {value}' for name, value in facts.items() if value)}]"

    def sources(self) -> str:
        """The citations, a line each, for hosts that show text only; empty where there are none."""
        lines = [
            " ".join(
                filter(
                    None, (self.text[c.start or 0 : c.end or 0][:40], c.title, c.url or c.file_id)
                )
            )
            for c in self.citations
        ]
        return "\n".join(["Sources:", *lines]) if lines else ""


class BatchAnswer(Result):
    """The answers of a batch, in the order of its requests."""

    answers: list[Answer]
    completed: int = 0
    failed: int = 0
    unfinished: Annotated[int, Field(description="Neither: see each answer's status")] = 0

    @classmethod
    def of(cls, answers: list[Answer]) -> BatchAnswer:
        """Return `answers` with their counts."""
        completed = sum(answer.status == "completed" for answer in answers)
        failed = sum(answer.status == "failed" for answer in answers)
        rest = len(answers) - completed - failed
        return cls(answers=answers, completed=completed, failed=failed, unfinished=rest)

    def as_text(self) -> str:
        """Each answer under its number."""
        counts = f"[completed: {self.completed} · failed: {self.failed} · other: {self.unfinished}]"
        parts = [f"{n}. {answer.as_text()}" for n, answer in enumerate(self.answers, 1)]
        return "\n\n".join([*parts, counts])


class Agent(BaseModel):
    """An agent that can be asked."""

    name: Annotated[str, Field(description="Pass it as agent")]
    version: str = ""
    generation: GenerationName
    model: str = ""
    description: str = ""
    kind: str = ""
    display_name: str = ""


class Agents(Result):
    """The agents of the project."""

    agents: list[Agent]
    note: Annotated[str, Field(description="What could not be listed, and why")] = ""


class Connection(BaseModel):
    """A connection of the project, without its credential."""

    name: str
    type: str
    target: str = ""
    is_default: bool = False
    auth_type: str = ""
    metadata: dict[str, str] = {}


class Connections(Result):
    """The connections of the project."""

    connections: list[Connection]


class Deployment(BaseModel):
    """A model deployment of the project."""

    name: str
    model_name: str = ""
    model_version: str = ""
    model_publisher: str = ""
    sku: str = ""
    capacity: int | None = None
    capabilities: dict[str, str] = {}


class Deployments(Result):
    """The model deployments of the project."""

    deployments: list[Deployment]


class AgentVersion(Result):
    """An agent version that was created."""

    agent_name: str
    version: str
    id: str = ""
    created_at: Annotated[int | None, Field(description="Unix seconds")] = None
    status: str = ""
    definition: Json = {}


MemoryStatus = Literal["queued", "in_progress", "completed", "superseded", "failed"]


class MemoryOperation(BaseModel):
    """What an update did to one memory."""

    kind: str
    memory_id: str = ""
    content: str = ""
    memory_kind: str = ""


class MemoryUpdate(Result):
    """How a memory update went or stands."""

    update_id: str
    status: MemoryStatus
    superseded_by: str = ""
    operations: list[MemoryOperation] = []
    usage: Usage | None = None
    error: Error | None = None


class Memory(BaseModel):
    """One thing remembered."""

    memory_id: str
    content: str
    kind: str = ""
    updated_at: Annotated[int | None, Field(description="Unix seconds")] = None


class Memories(Result):
    """What a search of a memory store found."""

    memories: list[Memory]
