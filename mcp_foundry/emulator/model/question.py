"""What a model is asked, and what answers it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp_foundry.emulator.model.acts import Act, Hit
from mcp_foundry.emulator.wire.shapes import text_of
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text


@dataclass(frozen=True)
class Reply:
    """What the caller answered to something pending; `approve` is None for a function's output."""

    id: str
    name: str
    server: str = ""
    arguments: str = ""
    approve: bool | None = None
    output: str = ""


class Lookup(Protocol):
    """The files that a model can look into."""

    def find(
        self, stores: Sequence[str], query: str, most: int = 10, filters: Json | None = None
    ) -> Sequence[Hit]:
        """The passages in these vector stores that fit the query best."""
        ...

    def uploaded(self, identifier: str) -> Any:  # noqa: ANN401 - a file of the store, with name, kind and data
        """The upload, or a refusal."""
        ...


@dataclass(frozen=True)
class Question:
    """All that a model is told: who is asked, what was said before, what is asked now.

    Attributes:
        history: The items of the conversation before what is asked now, oldest first, in the
            shapes of the Responses API whichever generation it is.
        attached: What came with the message, or is at hand in the code interpreter, in words.
        parts: What came with it, as the request had it.
        tools: What is declared, as the agent's definition or the request has it.
        choice: The `tool_choice` of the request; None where it says nothing.
        text_format: The format that the text must have; empty for plain text.
        limit: The most tokens of output; 0 for no limit.
        sampling: `temperature` and `top_p`, where they are set.
        lookup: The files of the project.
    """

    agent: str
    instructions: str = ""
    message: str = ""
    history: tuple[Json, ...] = ()
    replies: tuple[Reply, ...] = ()
    script: str | None = None
    directives: str = ""
    attached: tuple[str, ...] = ()
    parts: tuple[Json, ...] = ()
    tools: tuple[Json, ...] = ()
    choice: object = None
    text_format: Json = field(default_factory=dict[str, Any])
    limit: int = 0
    sampling: Json = field(default_factory=dict[str, Any])
    lookup: Lookup | None = None

    @property
    def asks(self) -> bool:
        """Whether a message asks something, rather than replies alone go on."""
        return bool(self.message or self.parts)

    @property
    def earlier(self) -> list[tuple[str, str]]:
        """Who said what before."""
        return [
            (as_text(item.get("role")), words_of(item))
            for item in self.history
            if item.get("type") == "message"
        ]


def words_of(item: Json) -> str:
    """What a message says; a further text beside a user's is something that came with it."""
    first = [part for part in as_list(item.get("content")) if as_object(part).get("text")][:1]
    return text_of({"content": first} if item.get("role") == "user" else item)


class Model(Protocol):
    """What answers inside the emulator."""

    def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what the model does, in order."""
        ...


class ModelFailed(Exception):  # noqa: N818 - it says what the model did
    """The model could not answer; the sentence ends up in the run's error."""
