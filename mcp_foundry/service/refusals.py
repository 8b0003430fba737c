"""What the service refuses or fails at, in our words; the only place that knows its errors."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from json import JSONDecodeError, loads
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.contract.errors import ErrorCode
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
    except JSONDecodeError:
        plain = " ".join(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text).split())
        return {"message": plain[:200]}
    if isinstance(body, dict):
        error = cast("dict[str, Any]", body).get("error", cast("dict[str, Any]", body))
        return cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": str(error)}
    return {"message": str(body)[:200]}


def refused(status: int, headers: Mapping[str, str], text: str, about: str) -> FoundryError:
    """Translate an HTTP refusal.

    Args:
        status: The HTTP status, 400 or above.
        headers: The reply's headers.
        text: The reply's body; JSON in either envelope, HTML, or empty.
        about: What was asked for, as the sentence's subject: `agent 'helper'`.
    """
    error = error_body(text)
    low = {name.lower(): value for name, value in headers.items()}
    wait = retry_after(headers)
    said = without_secrets(str(error.get("message") or "").strip().rstrip("."))[:600]
    code = classify(status, error)
    sentence = f"{about}: {_REMEDIES[code].format(said=said or f'HTTP {status}', status=status)}"
    if code == "invalid_request":
        sentence += _hint(status, f"{error.get('code')} {said}".lower())
    if wait is not None:
        sentence += f" The service asks to wait {wait:g} s before it is tried again."
    elif code == "rate_limited":
        sentence += " Try again in a minute."
    request_id = low.get("x-request-id") or low.get("apim-request-id") or ""
    if code == "service_unavailable" and request_id:
        sentence += f" Request id for Azure support: {request_id}."
    if code == "content_filtered" and (categories := _filter_categories(error)):
        sentence += f" Filtered for: {categories}."
    return FoundryError(code, sentence, status=status, retry_after=wait, request_id=request_id)


def run_failed(about: str, error: Mapping[str, Any] | None, otherwise: str) -> FoundryError:
    """Return the failure of a run from the service's own code and message."""
    code = str((error or {}).get("code") or "")
    said = without_secrets(str((error or {}).get("message") or otherwise)).rstrip(".")
    told = f"{about}: the run failed ({code}: {said})" if code else f"{about}: {said}"
    if "content_filter" in code:
        return FoundryError("content_filtered", f"{told}. Put the message in other words.")
    if "rate_limit" in code:
        told += ". The deployment's quota is used up: ask again in a minute, or raise its quota"
    return FoundryError("run_failed", f"{told}. Ask again, or look at the run in the portal.")


def classify(status: int, error: Mapping[str, Any]) -> ErrorCode:
    """Return the stable code for a refusal, from its status and the `error` object's own words."""
    code, param = str(error.get("code") or ""), str(error.get("param") or "")
    message = str(error.get("message") or "").lower()
    inner = error.get("innererror")
    inner_code = str(cast("dict[str, Any]", inner).get("code")) if isinstance(inner, dict) else ""
    if code == "content_filter" or "ResponsibleAI" in f"{code}{inner_code}":
        return "content_filtered"
    by_status: dict[int, ErrorCode] = {
        401: "unauthenticated",
        403: "forbidden",
        408: "service_unavailable",
        409: "conversation_busy",
        429: "rate_limited",
    }
    if status == 409 and not re.search(r"\b(thread|conversation|response|run)\b", message):  # noqa: PLR2004 - HTTP
        return "invalid_request"
    if status in by_status:
        return by_status[status]
    if status >= 500:  # noqa: PLR2004 - the class of server errors
        return "service_unavailable"
    return _of_message(code, param, message, status)


def _of_message(code: str, param: str, message: str, status: int) -> ErrorCode:
    if "active run" in message or "in-progress response" in message:
        return "conversation_busy"
    lost = code in {"previous_response_not_found", "conversation_not_found"} or (
        status == 404 or "not found" in message or "not_found" in code  # noqa: PLR2004 - HTTP
    )
    if lost and (
        param in {"previous_response_id", "conversation"}
        or re.search(r"\b(thread|conversation|response|run)\b", message.partition("'")[0])
        or "response_not_found" in code
    ):
        return "conversation_not_found"
    if lost and re.search(
        r"\b(agent(version)?|assistant)\b", f"{message} {code}".replace("_", " ")
    ):
        return "agent_not_found"
    return "invalid_request"


_REMEDIES: dict[ErrorCode, str] = {
    "unauthenticated": (
        "the service did not accept the credential ({said}). Run `az login` for the tenant of the "
        "project, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET for a service "
        "principal; then `mcp-foundry check`."
    ),
    "forbidden": (
        "not permitted ({said}). The signed-in identity needs the role `Azure AI User` "
        "on the Foundry project, and the project must accept this network."
    ),
    "agent_not_found": "{said}. Call list_agents to see the agents and versions there are.",
    "conversation_not_found": (
        "{said}. Leave conversation_id empty to begin anew, or pass that of an earlier answer."
    ),
    "conversation_busy": (
        "{said}. Another turn of this conversation is still under way: wait for its answer, or "
        "answer what it waits for with `replies`."
    ),
    "rate_limited": "the service's rate limit is reached ({said}).",
    "content_filtered": "the content filter refused it ({said}). Put the message in other words.",
    "invalid_request": "the service refused the request with HTTP {status}: {said}.",
    "service_unavailable": (
        "the service failed with HTTP {status}: {said}. It is the service's side: try again later."
    ),
}


def _hint(status: int, said: str) -> str:
    """Return what to do about a refusal that has no code of its own; often nothing is known."""
    if status == 413:  # noqa: PLR2004 - HTTP
        return " Shorten the message, or let the agent read the material from a file."
    if "deployment" in said:
        return " Call list_deployments to see the deployments there are."
    if re.search(r"memory.?store", said):
        return " Set FOUNDRY_MEMORY_STORE, or pass as memory_store one that the project has."
    if status == 404:  # noqa: PLR2004 - HTTP
        return " Is FOUNDRY_PROJECT_ENDPOINT the endpoint of the project?"
    return ""


def _filter_categories(error: Mapping[str, Any]) -> str:
    inner: Any = error.get("innererror")
    found: Any = cast("Json", inner).get("content_filter_result") if isinstance(inner, dict) else {}
    verdicts = cast("Json", found) if isinstance(found, dict) else {}
    filtered = [
        name
        for name, verdict in verdicts.items()
        if isinstance(verdict, dict) and cast("Json", verdict).get("filtered")
    ]
    return ", ".join(sorted(filtered))
