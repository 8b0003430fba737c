"""What a response waits for: the items of its output that its caller has to answer."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import Pending
from mcp_foundry.contract.json import object_in, text_in

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

# Calls that only their caller can make; each is settled by an item `TYPE_output` with its call_id.
CALLS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "computer_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
    }
)
# Requests to a person, each with an id of its own, and what callers know them by.
_REQUESTS = {"mcp_approval_request": "approval", "oauth_consent_request": "oauth_consent"}


# What has to be said of some of them; who lacks it was not read whole.
_TEXTS = {
    "function_call": ("call_id", "name", "arguments"),
    "custom_tool_call": ("call_id", "name", "input"),
    "mcp_approval_request": ("id", "name", "server_label", "arguments"),
}


def is_whole(item: Json) -> bool:
    """Whether an item of the output says all that its caller needs to answer it."""
    texts = _TEXTS.get(text_in(item.get("type")), ())
    return all(isinstance(item.get(name), str) for name in texts)


def pending_in(output: list[Json]) -> list[Pending]:
    """Return what waits for the caller, in order; what the service settled itself does not."""
    settled = {text_in(item.get("approval_request_id")) for item in output}
    settled |= {
        text_in(item.get("call_id"))
        for item in output
        if text_in(item.get("type")).endswith("_output")
    }
    found: list[Pending] = []
    for item in output:
        kind = text_in(item.get("type"))
        identifier = text_in(item.get("call_id" if kind in CALLS else "id"))
        waits = kind in CALLS or kind in _REQUESTS
        if waits and not (identifier and identifier in settled):
            found.append(_pending(item, identifier, _REQUESTS.get(kind, kind)))
    return found


def _pending(item: Json, identifier: str, kind: str) -> Pending:
    link = text_in(item.get("consent_link"))
    return Pending(
        id=identifier,
        kind=kind,
        name=text_in(item.get("name")),
        server=text_in(item.get("server_label")),
        arguments=_arguments(item),
        # A link goes to a person to be opened; one that is not https is not passed on.
        url=link if link.startswith("https://") else "",
    )


def _arguments(item: Json) -> str:
    """Return what is to be done: the arguments of a function, a tool's input, or an action."""
    said = text_in(item.get("arguments")) or text_in(item.get("input"))
    if said:
        return said
    action = object_in(item.get("action")) or object_in(item.get("operation"))
    return dumps(action, ensure_ascii=False) if action else ""


def output_of(kind: str, call_id: str, output: str) -> Json:
    """Return the item that answers a call of that kind with its result, which came as text."""
    item: Json = {"type": f"{kind}_output", "call_id": call_id, "output": output}
    if kind == "computer_call":
        item["output"] = {"type": "computer_screenshot", "image_url": output}
    elif kind == "shell_call":
        ended = {"type": "exit", "exit_code": 0}
        item["output"] = [{"stdout": output, "stderr": "", "outcome": ended}]
    elif kind == "apply_patch_call":
        item["status"] = "completed"
    return item
