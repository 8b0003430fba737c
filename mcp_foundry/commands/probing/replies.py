"""A reply that is no stream, as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from json import JSONDecodeError, loads
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.contract.json import Json, text_in
from mcp_foundry.service.refusals import error_body, refused

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.blanks import Blanks
    from mcp_foundry.contract.errors import FoundryError

_REFUSAL = 400


@dataclass(frozen=True)
class Reply:
    """What came, and how it is told.

    Attributes:
        status: Of HTTP.
        body: The JSON object; an empty one where another thing came.
        told: The refusal, or what came instead of a JSON object, in a few words that are fit for
            anybody; empty where neither is the case.
        failure: What the bridge makes of the refusal.
    """

    status: int
    body: Json = field(default_factory=dict[str, Any])
    told: str = ""
    failure: FoundryError | None = None

    @property
    def taken(self) -> bool:
        """Whether it is no refusal."""
        return self.status < _REFUSAL

    @property
    def state(self) -> str:
        """The response's status."""
        return text_in(self.body.get("status"))


def reply_of(status: int, headers: dict[str, str], text: str, about: str, blank: Blanks) -> Reply:
    """Return a reply, with a refusal in the service's own words.

    Args:
        status: Of HTTP.
        headers: The reply's.
        text: Its body.
        about: What was asked, as the subject of the bridge's sentence.
        blank: Makes the service's words fit for anybody.
    """
    if status >= _REFUSAL:
        failure = refused(status, headers, text, about)
        error = error_body(text)
        words = [f"HTTP {status}", text_in(error.get("code")) or "without a code"]
        words += [f"param {failure.param}"] if failure.param else []
        said = text_in(error.get("message")) or "without a message"
        return Reply(status, told=blank(f"{', '.join(words)}: {said}"), failure=failure)
    try:
        value: object = loads(text)
    except (JSONDecodeError, RecursionError):
        value = None
    if isinstance(value, dict):
        return Reply(status, cast("Json", value))
    shape = "a list" if isinstance(value, list) else "no JSON" if value is None else "a value"
    return Reply(status, told=f"HTTP {status} with {shape} instead of a JSON object")
