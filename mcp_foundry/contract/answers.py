"""What the tools answer: the published output schemas, and how each reads as text.

Empty fields are left out of what is sent (`lean`): some hosts show the model the JSON and nothing
else, and the model pays for every field.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import BaseModel, Field, WithJsonSchema

from mcp_foundry.contract.errors import ErrorCode, FoundryError  # noqa: TC001 - pydantic reads them

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

Status = Literal["completed", "requires_action", "in_progress", "incomplete", "failed"]
GenerationName = Literal["responses", "classic"]
# Its values in every schema would cost every model that reads the list of tools.
GenerationField = Annotated[GenerationName, WithJsonSchema({"type": "string"})]


def lean(model: BaseModel) -> Json:
    """Return the JSON of `model` without empty fields that its schema does not require."""
    found: Json = {}
    for name, field in type(model).model_fields.items():
        value: object = getattr(model, name)
        if field.is_required() or value not in (None, "", [], {}):
            found[name] = _lean_value(value)
    return found


def _lean_value(value: object) -> object:
    if isinstance(value, BaseModel):
        return lean(value)
    if isinstance(value, list):
        return [_lean_value(item) for item in cast("list[object]", value)]
    return value


class Result(BaseModel):
    """Anything a tool answers."""

    # Not `use_attribute_docstrings`: it looks for each class's source, 20 ms at every start.

    def structured(self) -> Json:
        """The JSON of this result, without its empty fields."""
        return lean(self)

    def as_text(self) -> str:
        """What a host shows that shows text; the JSON, unless a result reads better otherwise."""
        return dumps(self.structured(), ensure_ascii=False)


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
    # `approval`, `function_call`, `oauth_consent`, or the service's own name of another call.
    kind: str
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

    # All fifteen codes would be in the schema of every tool that answers.
    code: Annotated[ErrorCode, WithJsonSchema({"type": "string"})]
    message: str
    status: int | None = None
    retry_after: float | None = None
    request_id: str = ""
    param: str = ""

    @classmethod
    def of(cls, error: FoundryError) -> Error:
        """The published form of `error`."""
        return cls(
            code=error.code,
            message=error.message,
            status=error.status,
            retry_after=error.retry_after,
            request_id=error.request_id,
            param=error.param,
        )


class Answer(Result):
    """What an agent answered; the server's instructions say what its fields are for."""

    status: Status
    text: str = ""
    agent: str = ""
    generation: GenerationField | None = None
    conversation_id: str = ""
    answer_id: str = ""
    citations: list[Citation] = []
    pending: list[Pending] = []
    usage: Usage | None = None
    refused: bool | None = None
    incomplete_reason: str = ""
    error: Error | None = None

    def as_text(self) -> str:
        """The text, what the caller must know to go on, and one footer line."""
        told = [self.text, *(self._pending_line(item) for item in self.pending)]
        if self.error:
            told.append(f"{self.error.code}: {self.error.message}")
        if self.status == "in_progress":
            told.append(
                f"The agent is still at work. Call get_answer with answer_id={self.answer_id} "
                "for the whole answer; do not ask again."
            )
        return "\n\n".join([*filter(None, told), self._footer()])

    def _pending_line(self, item: Pending) -> str:
        again = f"call again with agent={self.agent}, conversation_id={self.conversation_id} and"
        if item.kind == "oauth_consent":
            link = item.url or "(its link is not https and was withheld)"
            return (
                f"The tool {item.server or item.name} asks a person to sign in: {link} Once that "
                f"is done, {again} a message that asks to go on; a sign-in takes no replies."
            )
        what = f"{item.server}.{item.name}" if item.server else item.name or "it"
        how = "output=its result"
        if item.kind == "approval":
            how = "approve=false to deny it, or true where this server lets the caller approve"
        return (
            f"The agent waits for {item.kind} of {what}({item.arguments}): {again} "
            f"replies=[{{id: {item.id}, {how}}}]."
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
            " ".join(filter(None, (self._cited_text(c), c.title or c.filename, c.url or c.file_id)))
            for c in self.citations
        ]
        return "\n".join(["Sources:", *lines]) if lines else ""

    def _cited_text(self, citation: Citation) -> str:
        return self.text[citation.start or 0 : citation.end or 0][:40]


class BatchAnswer(Result):
    """The answers of a batch, in the order of its requests."""

    answers: list[Answer]
    completed: int
    failed: int
    unfinished: Annotated[int, Field(description="Neither: see each answer's status")]

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
