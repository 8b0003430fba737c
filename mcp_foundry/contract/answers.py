"""What the tools answer: the published output schemas, and how each reads as text.

Empty fields are left out of what is sent (`lean`): some hosts show the model the JSON and nothing
else, and the model pays for every field.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, WithJsonSchema

from mcp_foundry.contract.errors import ErrorCode, FoundryError  # noqa: TC001 - pydantic reads them
from mcp_foundry.contract.files import File  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_foundry.contract.json import Json

# Why an answer is incomplete, in our own word; the service has others.
CANCELLED = "cancelled"
Status = Literal["completed", "requires_action", "in_progress", "incomplete", "failed"]
GenerationName = Literal["responses", "classic"]
# Its values in every schema would cost every model that reads the list of tools.
GenerationField = Annotated[GenerationName, WithJsonSchema({"type": "string"})]


def lean(model: BaseModel) -> Json:
    """Return the JSON of `model` without empty fields that its schema does not require."""
    found: Json = {}
    for name, field in type(model).model_fields.items():
        value: object = getattr(model, name)
        kept = field.is_required() or (name == "data" and value is not None)
        if kept or value not in (None, "", [], {}):
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

    def as_text(self) -> str:
        """What is waited for, in a line."""
        what = ".".join(filter(None, (self.server, self.name))) or "it"
        return f"The agent waits for {self.kind} of {what}({self.arguments})."


class Usage(BaseModel):
    """Tokens that a run was billed for."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0

    @classmethod
    def sum(cls, parts: Iterable[Usage | None]) -> Usage | None:
        """The usage of several runs together; None where none is known."""
        known = [part for part in parts if part]
        counts = {name: sum(getattr(each, name) for each in known) for name in cls.model_fields}
        return cls(**counts) if known else None


class Error(BaseModel):
    """A failure inside an answer; the same fields as a failed call's `error`."""

    # All of the codes would be in the schema of every tool that answers.
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
    """What an agent answered; `next` says what its caller can do about one that is no whole answer.

    Hosts that show a model this JSON and nothing else may cut it: what matters first comes first.
    """

    status: Status
    next: str = ""
    text: str = ""
    # Its schema is the caller's own, so that ours says nothing.
    data: Annotated[Any, WithJsonSchema({})] = None
    agent: str = ""
    generation: GenerationField | None = None
    conversation_id: str = ""
    answer_id: str = ""
    files: list[File] = []
    citations: list[Citation] = []
    pending: list[Pending] = []
    usage: Usage | None = None
    refused: bool | None = None
    incomplete_reason: str = ""
    error: Error | None = None
    # Of a batch that is told in parts, and by which its whole answer is called for.
    number: Annotated[int | None, Field(description="Its request's place in the batch, from 1")] = (
        None
    )

    def as_text(self) -> str:
        """The text, what the caller must know to go on, and one footer line."""
        told = [self.text, *(item.as_text() for item in self.pending)]
        if self.error:
            told.append(f"{self.error.code}: {self.error.message}")
        return "\n\n".join(filter(None, [*told, self.next, self._footer()]))

    def _footer(self) -> str:
        facts = {
            "conversation_id": self.conversation_id,
            "agent": self.agent,
            "status": self.status,
            "reason": self.incomplete_reason,
            "answer_id": self.answer_id if self.status == "in_progress" else "",
        }
        if self.status == "completed" and not self.conversation_id:
            return ""  # in a batch, which says the rest
        return f"[{' · '.join(f'{name}: {value}' for name, value in facts.items() if value)}]"

    def sources(self) -> str:
        """The citations, a line each, for hosts that show text only; empty where there are none."""
        lines = [
            " ".join(filter(None, (self._cited_text(c), c.title or c.filename, c.url or c.file_id)))
            for c in self.citations
            if not (c.file_id and any(c.file_id in file.uri for file in self.files))
        ]
        return "\n".join(["Sources:", *lines]) if lines else ""

    def made(self) -> str:
        """The files, a line each, for the same hosts; empty where there are none."""
        return "\n".join(["Files:", *(file.as_text() for file in self.files)]) if self.files else ""

    def _cited_text(self, citation: Citation) -> str:
        return self.text[citation.start or 0 : citation.end or 0][:40]
