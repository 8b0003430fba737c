"""What a model does in one turn, before either generation has put it into its own words."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mcp_foundry.emulator.wire.values import Json


@dataclass(frozen=True)
class Citation:
    """A marker in the text that points to a source."""

    kind: Literal["url_citation", "file_citation", "container_file_citation", "file_path"]
    marker: str
    title: str = ""
    url: str = ""
    file_id: str = ""
    container_id: str = ""
    quote: str = ""


Pieces = Iterable[str | Citation] | AsyncIterator[str | Citation]


@dataclass(frozen=True)
class Say:
    """One message of the assistant, in the tokens in which it is streamed."""

    pieces: Pieces
    refusal: bool = False


@dataclass(frozen=True)
class Reason:
    """Thinking, of which the caller sees a summary."""

    summary: str


@dataclass(frozen=True)
class Search:
    """A web search."""

    query: str


class Hit(Protocol):
    """A passage that a search found; `score` is between 0 and 1."""

    @property
    def file_id(self) -> str:
        """The upload that it is in."""
        ...

    @property
    def filename(self) -> str:
        """What that is called."""
        ...

    @property
    def score(self) -> float:
        """How well it fits."""
        ...

    @property
    def text(self) -> str:
        """The passage."""
        ...

    @property
    def attributes(self) -> Json:
        """What its owner noted of the file."""
        ...


@dataclass(frozen=True)
class SearchFiles:
    """A search in vector stores, best first."""

    query: str
    found: Sequence[Hit]


@dataclass(frozen=True)
class ListTools:
    """What tools an MCP server has, each with name, description and input schema."""

    server: str
    tools: tuple[Json, ...]


@dataclass(frozen=True)
class UseTool:
    """A call that the service makes by itself, of a kind without an act of its own.

    `kind` is the type of the tool as it is declared, such as `openapi`.
    """

    kind: str
    name: str
    arguments: str
    output: str


@dataclass(frozen=True)
class CallMcp:
    """A call of an MCP tool that needs no approval, or has it (`approval_id`)."""

    server: str
    tool: str
    arguments: str
    output: str
    approval_id: str = ""


@dataclass(frozen=True)
class RunCode:
    """A run of the code interpreter."""

    code: str
    output: str


@dataclass(frozen=True)
class WriteFile:
    """A file that the code interpreter writes.

    Attributes:
        gone: Whether its container ends before anybody can fetch it.
        cited: Whether the message that follows says where it is.
    """

    name: str
    data: bytes
    gone: bool = False
    cited: bool = True


@dataclass(frozen=True)
class Draw:
    """A picture that an image model makes."""

    prompt: str
    data: bytes


@dataclass(frozen=True)
class AskApproval:
    """A call of an MCP tool that a person must approve first."""

    server: str
    tool: str
    arguments: str


@dataclass(frozen=True)
class CallFunction:
    """A call of a function that the caller must carry out."""

    name: str
    arguments: str


@dataclass(frozen=True)
class AskConsent:
    """A request that a person sign in at a tool's provider."""

    server: str
    link: str


@dataclass(frozen=True)
class Leave:
    """An item that only the new generation has: a call for the caller to carry out.

    `fields` are those of the kind; a call gets its `call_id` where the run happens.
    """

    kind: Literal["custom_tool_call", "local_shell_call", "computer_call"]
    fields: Json


@dataclass(frozen=True)
class Pause:
    """Seconds in which nothing happens."""

    seconds: float


@dataclass(frozen=True)
class Fail:
    """The end of the run as `failed`."""

    code: str
    message: str


@dataclass(frozen=True)
class Stop:
    """The end of the run as `incomplete`."""

    reason: str


Act = (
    Say
    | Reason
    | Search
    | SearchFiles
    | ListTools
    | UseTool
    | CallMcp
    | RunCode
    | WriteFile
    | Draw
    | AskApproval
    | CallFunction
    | AskConsent
    | Leave
    | Pause
    | Fail
    | Stop
)
