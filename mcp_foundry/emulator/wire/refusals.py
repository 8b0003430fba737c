"""Requests that the service turns down, in its own words."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from mcp_foundry.emulator.wire.values import Json

Shape = Literal["plane", "project", "bare"]

AGAINST_THE_SCHEMA = "The provided data does not match the expected schema"
PREVIEW = (
    "{what} is in preview. This operation requires the following opt-in preview feature(s): "
    "{feature}. Include the 'Foundry-Features: {feature}' header in your request."
)
INDEX = re.compile(r"\[(\d+)\]")


class Refusal(Exception):  # noqa: N818 - the service refuses; the emulator has no error
    """A request that the service turns down.

    Args:
        status: The HTTP status.
        code: The service's word for it, `""` where it sends none.
        message: The sentence of the service.
        param: The field of the request that is to blame, where one is.
        kind: The envelope's `type`.
        headers: Further headers of the reply.
        shape: The envelope: the one of the `plane` that is asked, everywhere the one of the
            `project` with its details, or `bare`, with code and message alone.
        details: What the envelope of the project says in detail.
    """

    def __init__(  # noqa: PLR0913 - the fields of the envelope
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
        shape: Shape = "plane",
        details: list[Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        self.headers = headers or {}
        self.shape = shape
        self.details = details or []


def not_found(noun: str, name: str) -> Refusal:
    """Refuse as the agents plane does; recorded: "MemoryStore 'x' not found"."""
    return Refusal(404, "not_found", f"{noun} '{name}' not found", kind="error")


def undeployed() -> Refusal:
    """Refuse a model of which there is no deployment."""
    sentence = "The API deployment for this resource does not exist."
    return Refusal(404, "DeploymentNotFound", sentence)


def invalid(message: str, *, param: str | None = None, code: str = "invalid_payload") -> Refusal:
    """Refuse a request whose body is wrong."""
    return Refusal(400, code, message, param=param)


class Violation(Refusal):
    """A value that no request may have, in the words of the OpenAI API.

    Args:
        param: Which value, such as `input[0].content`.
        message: The sentence of the API.
        code: Its word for it.
    """

    def __init__(self, param: str, message: str, code: str) -> None:
        super().__init__(400, code, message, param=param)


@contextmanager
def told_by_schema(at: str = "") -> Generator[None]:
    """Tell a violation as Foundry does of what it looks at itself: agents, and whoever asks them.

    Seen in reports: the envelope, its path, and the sentences of two cases. Those of all others
    are not known, so that the detail has OpenAI's.

    Args:
        at: Where in the body the part is that is looked at, such as `/definition`.
    """
    try:
        yield
    except Violation as violation:
        path = f"{at}/" + INDEX.sub(r"/\1", violation.param or "").replace(".", "/")
        raise against_schema(path, violation.message) from None


def against_schema(path: str, sentence: str, code: str = "ValidationError") -> Refusal:
    """Refuse what is at that path of the body, such as `/input/0`: the details alone name it."""
    detail = {"code": code, "message": sentence, "param": path, "type": "error"}
    return Refusal(
        400,
        "invalid_payload",
        AGAINST_THE_SCHEMA,
        param="/",
        shape="project",
        details=[detail],
    )


def check_preview(opted_in: set[str], what: str, feature: str) -> None:
    """Refuse a preview to a request that does not opt in to it; recorded.

    Args:
        opted_in: The features that the request names.
        what: What is in preview, such as "Workflow agents".
        feature: What it must name, such as `WorkflowAgents=V1Preview`.
    """
    if feature not in opted_in:
        sentence = PREVIEW.format(what=what, feature=feature)
        raise Refusal(403, "preview_feature_required", sentence, param="Foundry-Features")
