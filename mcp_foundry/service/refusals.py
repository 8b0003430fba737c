"""What the service refuses or fails at, in our words; the only place that knows its errors."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from json import loads
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import objects_in, text_in
from mcp_foundry.contract.redaction import without_secrets
from mcp_foundry.service.remedies import LACKING, ROLE, classify, remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.contract.json import Json

# No more digits than a time can have: more would be infinite as a float, and JSON has no infinity.
_NUMBER = r"[0-9]{1,15}(\.[0-9]+)?"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait, or None where it names none it can mean.

    Both forms of `Retry-After` (RFC 9110, 10.2.3) and Azure's milliseconds are understood.
    """
    low = {name.lower(): value.strip() for name, value in headers.items()}
    try:
        for name in ("retry-after-ms", "x-ms-retry-after-ms"):
            if re.fullmatch(_NUMBER, low.get(name, "")):
                return float(low[name]) / 1000
        said = low.get("retry-after", "")
        if re.fullmatch(_NUMBER, said):
            return float(said)
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def error_body(text: str) -> dict[str, Any]:
    """Return the `error` object of either plane's envelope, or what stands for it.

    Gateways answer with HTML or nothing at all; then the message is a short plain extract.
    """
    try:
        body: Any = loads(text)
    except (ValueError, RecursionError):
        plain = " ".join(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text).split())
        return {"message": plain[:200]}
    if isinstance(body, dict):
        error = cast("dict[str, Any]", body).get("error", cast("dict[str, Any]", body))
        return cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": str(error)}
    return {"message": str(body)[:200]}


def refused(
    status: int, headers: Mapping[str, str], text: str, about: str, asks_as: str = ""
) -> FoundryError:
    """Translate an HTTP refusal.

    Args:
        status: The HTTP status, 400 or above.
        headers: The reply's headers.
        text: The reply's body; JSON in either envelope, HTML, or empty.
        about: What was asked for, as the sentence's subject: `agent 'helper'`.
        asks_as: In whose name, see `Settings.asks_as`.
    """
    error = error_body(text)
    low = {name.lower(): value for name, value in headers.items()}
    said = without_secrets(text_in(error.get("message")).strip().rstrip("."))[:600]
    wait = retry_after(headers)
    code = classify(status, error)
    if wait is None and code == "rate_limited":
        wait = _seconds_in(said)
    param = _params(error)
    # Who is told of a field has to know which.
    told = f"{said} ({param})" if param and param not in said else said
    sentence = remedy(code, status, error, told or f"HTTP {status}", asks_as)
    # Many refusals begin with what was asked for; once is enough.
    named = sentence.lower().startswith(about.lower())
    sentence = about + sentence[len(about) :] if named else f"{about}: {sentence}"
    if wait is not None:
        sentence += f" The service asks to wait {wait:g} s before it is tried again."
    elif code == "rate_limited":
        sentence += " Try again in a minute."
    # Hosted agents' replies have it twice, between commas.
    request_id = (low.get("x-request-id") or low.get("apim-request-id") or "").partition(",")[0]
    if code == "service_unavailable" and request_id:
        sentence += f" Request id for Azure support: {request_id}."
    return FoundryError(
        code, sentence, status=status, retry_after=wait, request_id=request_id, param=param
    )


def _params(error: Json) -> str:
    """Return the fields of the request that are blamed; some services name them in `details` only.

    Both `/input/0` and `$.input` occur; the whole body (`/`) is no field.
    """
    blamed = [error, *objects_in(error.get("details"))]
    names = [text_in(each.get("param")).removeprefix("$").strip("/.") for each in blamed]
    return ", ".join(dict.fromkeys(filter(None, names)))


def _seconds_in(said: str) -> float | None:
    """Return the seconds that a sentence asks to wait: some say it nowhere else."""
    found = re.search(
        rf"(?i)(?:retry|try again)[^.]{{0,40}}?\b({_NUMBER})\s*(milliseconds?|ms|min|s)", said
    )
    units = {"s": 1.0, "min": 60.0}
    return float(found[1]) * units.get(found[3].lower(), 0.001) if found else None


def stream_failed(about: str, data: bytes) -> FoundryError:
    """Return the failure that an `error` event tells of; its data may be anything."""
    event = error_body(data.decode(errors="replace"))
    return run_failed(about, event, "the stream ended with an error")


def run_failed(about: str, error: Json, otherwise: str, run: str = "") -> FoundryError:
    """Return the failure of a run from the service's own code and message.

    Args:
        about: Whom it asked, as the sentence's subject.
        error: The service's `error` object.
        otherwise: What is said where that says nothing.
        run: The run's id, where it is known.
    """
    code = text_in(error.get("code"))
    said = without_secrets(text_in(error.get("message")) or otherwise).rstrip(".")[:600]
    told = f"{about}: the run failed ({code}: {said})" if code else f"{about}: {said}"
    if "content_filter" in code:
        return FoundryError("content_filtered", f"{told}. Put the message in other words.")
    if "rate_limit" in code:
        told += ". The deployment's quota is used up: ask again in a minute, or raise its quota"
    if "PermissionDenied" in f"{code}{said}" or LACKING in said:
        # What is seen of the run is seen with our role; what failed is what the agent did.
        told += f". It is the hosted agent's own identity that lacks a role: give it {ROLE} there"
    place = f"run {run}" if run else "the run"
    return FoundryError("run_failed", f"{told}. Ask again, or look at {place} in the portal.")
