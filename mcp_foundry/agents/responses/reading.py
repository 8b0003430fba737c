"""A response's stream as it is read, and what its output items say the agent is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.agents.reader import RunReader, body_of
from mcp_foundry.agents.responses.answers import answer_of, ids_of
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

_ENDS = frozenset(
    f"response.{end}".encode() for end in ("completed", "failed", "incomplete", "cancelled")
)


class ResponseReader(RunReader):
    """Reads the stream of a response."""

    token_event = b"response.output_text.delta"
    text_events = frozenset((token_event, b"response.refusal.delta"))
    activity_events = frozenset(
        (b"response.output_item.added", b"response.reasoning_summary_part.added")
    )

    def handle(self, name: bytes, data: bytes) -> None:
        """Take an event that begins or ends the response, or breaks the stream."""
        if name in _ENDS:
            response = body_of(data)["response"]
            self.ids = ids_of(response, self.question)
            try:
                self.outcome = answer_of(response, self.question)
            except FoundryError as failure:
                self.outcome = failure
        elif self.ids is None and name in (b"response.created", b"response.queued"):
            self.ids = ids_of(body_of(data)["response"], self.question)
        elif name == b"error":
            event = body_of(data)
            error = event.get("error") or event
            self.broken = run_failed(self.question.about, error, "the stream ended with an error")

    def decode(self, name: bytes, data: bytes) -> None:
        """Decode a piece of text, or what the agent does."""
        if name == b"response.output_item.added":
            self.add_activity(activity_of(body_of(data)["item"]), len(data))
        elif name == b"response.reasoning_summary_part.added":
            self.add_activity("Thinking…")
        else:
            event = body_of(data)
            self.add_text(str(event["item_id"]), event["delta"])


_ACTIVITIES = {
    "web_search_call": "Searching the web…",
    "bing_grounding_call": "Searching the web…",
    "bing_custom_search_call": "Searching the web…",
    "file_search_call": "Searching files…",
    "azure_ai_search_call": "Searching files…",
    "memory_search_call": "Searching memory…",
    "code_interpreter_call": "Running code…",
    "image_generation_call": "Drawing…",
    "reasoning": "Thinking…",
    "mcp_list_tools": "Listing the tools of {server}…",
    "mcp_call": "Calling {server}.{name}…",
    "function_call": "Calling {name}…",
    "openapi_call": "Calling {name}…",
    "azure_function_call": "Calling {name}…",
    "workflow_action": "Workflow step {action}…",
    "message": "",
    "mcp_approval_request": "",
    "oauth_consent_request": "",
}


def activity_of(item: Json) -> str:
    """Return a line on what an output item says the agent is doing; empty for a message."""
    kind = str(item.get("type") or "message")
    if kind not in _ACTIVITIES:
        return f"Using {kind.removesuffix('_call').replace('_', ' ')}…"
    return _ACTIVITIES[kind].format(
        server=item.get("server_label"),
        name=item.get("name"),
        action=item.get("action_id") or item.get("kind") or "",
    )
