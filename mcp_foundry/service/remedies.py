"""What a refusal of the service means, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcp_foundry.contract.json import object_in, text_in

if TYPE_CHECKING:
    from mcp_foundry.contract.errors import ErrorCode
    from mcp_foundry.contract.json import Json

ROLE = "the role `Foundry User` (formerly `Azure AI User`)"
# A missing role comes as HTTP 401: the credential is good, and signing in again does not help.
LACKING = "lacks the required data action"
# What a service lacks that names its callers to agents; no built-in role gives it.
_IMPERSONATION = "endpoints/UserIdentityImpersonation/action"
_FORK = "conversation_fork_not_supported"
_NOT_READY = 424
_NO_CONTAINER = (
    "the agent's container did not start ({said}). Nothing was asked: try again in a minute. If it "
    "never starts, look at its logs, in the portal or with `azd ai agent monitor`."
)


def classify(status: int, error: Json) -> ErrorCode:
    """Return the stable code for a refusal, from its status and the `error` object's own words."""
    code, message = text_in(error.get("code")), text_in(error.get("message"))
    inner_code = text_in(object_in(error.get("innererror")).get("code"))
    if code == "content_filter" or "ResponsibleAI" in f"{code}{inner_code}":
        return "content_filtered"
    if code == "PermissionDenied" or LACKING in message:
        return "forbidden"
    by_status: dict[int, ErrorCode] = {
        401: "unauthenticated",
        403: "forbidden",
        408: "service_unavailable",
        409: "conversation_busy",
        424: "service_unavailable",
        429: "rate_limited",
    }
    named = re.search(r"\b(thread|conversation|response|run)\b", message.lower())
    if code == _FORK or (status == 409 and not named):  # noqa: PLR2004 - HTTP
        return "invalid_request"
    if status in by_status:
        return by_status[status]
    if status >= 500:  # noqa: PLR2004 - the class of server errors
        return "service_unavailable"
    return _of_message(code, text_in(error.get("param")), message.lower(), status)


def _of_message(code: str, param: str, message: str, status: int) -> ErrorCode:
    if "active run" in message or "in-progress response" in message:
        return "conversation_busy"
    if "malformed identifier" in message:
        # An id of another kind of agent, or of none.
        return "conversation_not_found"
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


def remedy(code: ErrorCode, status: int, error: Json, said: str, asks_as: str = "") -> str:
    """Return the sentence on a refusal: what the service said, and what to do next.

    Args:
        code: What `classify` made of it.
        status: The HTTP status.
        error: The service's `error` object.
        said: Its message, or what stands for it.
        asks_as: In whose name it was asked, where many ask: `user`, or `server`.
    """
    sentence = _OF_MANY.get((asks_as, code)) or _REMEDIES[code]
    sentence = sentence.format(said=said, status=status)
    if status == _NOT_READY:
        sentence = _NO_CONTAINER.format(said=said)
    if code == "forbidden" and "disabled" in f"{text_in(error.get('code'))} {said}".lower():
        sentence = f"{said}. Its operator has to enable it; no role of yours does."
    if code == "forbidden" and _IMPERSONATION in said:
        sentence = _CANNOT_SPEAK.format(said=said)
    if code == "invalid_request":
        sentence += _hint(f"http {status} {text_in(error.get('code'))} {said}")
    if code == "content_filtered" and (categories := _filter_categories(error)):
        sentence += f" Filtered for: {categories}."
    return sentence


# Who calls a service for many cannot sign its process in, nor see what it says of itself.
_OF_MANY: dict[tuple[str, ErrorCode], str] = {
    ("user", "unauthenticated"): (
        "Foundry did not accept your sign-in ({said}). Sign in again; if it stays so, tell whoever "
        "runs this server."
    ),
    ("user", "forbidden"): (
        "not permitted to you ({said}). Whoever owns the Foundry project has to give you a role on "
        "it: `Foundry Agent Consumer` is enough to ask, all else needs `Foundry User`."
    ),
    ("server", "unauthenticated"): (
        "Foundry did not accept this server's own identity ({said}). Signing in again does not "
        "help: tell whoever runs this server."
    ),
    ("server", "forbidden"): (
        f"not permitted to this server's own identity ({{said}}), which needs {ROLE} on the "
        "Foundry project. Tell whoever runs this server."
    ),
}
_CANNOT_SPEAK = (
    "not permitted ({said}). This server asks in its own name and says for whom: its operator has "
    "to give its identity a role of their own with that data action (docs/service.md)."
)
_REMEDIES: dict[ErrorCode, str] = {
    "unauthenticated": (
        "the service did not accept the credential ({said}). Run `az login` for the tenant of the "
        "project, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET for a service "
        "principal; then `mcp-foundry check`."
    ),
    "forbidden": (
        f"not permitted ({{said}}). The signed-in identity needs {ROLE} on the Foundry project, "
        "and the project must accept this network."
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
# What to do about refusals that have no code of their own, by what the service said.
_HINTS: tuple[tuple[str, str], ...] = (
    (
        "http 413|(content_size|token_limit)_exceeded",
        "Shorten the message, or let the agent read the material from a file.",
    ),
    (
        _FORK,
        "Pass the conversation_id of this conversation's latest answer; waiting does not help.",
    ),
    (
        r"no tool output found for [\w ]*?call (?P<call>\w+)",
        (
            "The agent still waits for that: send it first, with this conversation_id, an empty "
            "message and replies=[{{id: {call}, output: its result}}]."
        ),
    ),
    (
        "no (tool call|pending approval request) found",
        (
            "The replies could not be attached: the service knows no such call that still waits. "
            "Nothing was sent to the agent; ask anew, with a message."
        ),
    ),
    ("structured input", "Call list_agents for the inputs that it takes, and pass them as inputs."),
    ("deployment", "Call list_deployments to see the deployments there are."),
    (
        "memory.?store",
        "Set FOUNDRY_MEMORY_STORE, or pass as memory_store one that the project has.",
    ),
    ("http 404", "Is FOUNDRY_PROJECT_ENDPOINT the endpoint of the project?"),
)


def _hint(said: str) -> str:
    """Return what to do about a refusal; often nothing is known."""
    for pattern, hint in _HINTS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return f" {hint.format(**found.groupdict())}"
    return ""


def _filter_categories(error: Json) -> str:
    verdicts = object_in(object_in(error.get("innererror")).get("content_filter_result"))
    filtered = [name for name, verdict in verdicts.items() if object_in(verdict).get("filtered")]
    return ", ".join(sorted(filtered))
