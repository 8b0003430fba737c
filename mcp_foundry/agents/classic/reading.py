"""A classic run's stream as it is read, and what its steps say the agent is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.agents.classic.answers import answer_of
from mcp_foundry.agents.question import RunIds
from mcp_foundry.agents.reader import RunReader, body_of
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.json import Json

_ENDS = frozenset(
    f"thread.run.{end}".encode()
    for end in ("completed", "requires_action", "failed", "incomplete", "cancelled", "expired")
)
_BEGINS = frozenset((b"thread.run.created", b"thread.run.queued", b"thread.run.in_progress"))


class ClassicReader(RunReader):
    """Reads the stream of a run."""

    token_event = b"thread.message.delta"
    text_events = frozenset((token_event,))
    activity_events = frozenset((b"thread.run.step.delta",))

    def __init__(
        self,
        question: Question,
        earlier: list[Json],
        pause: Callable[[Json, list[Json]], None],
    ) -> None:
        super().__init__(question)
        self._messages = list(earlier)
        self._pause = pause

    def handle(self, name: bytes, data: bytes) -> None:
        """Take an event that begins or ends the run, or breaks the stream."""
        if name in _ENDS:
            run = body_of(data)
            self._begin(run)
            try:
                self.outcome = answer_of(run, self._messages)
            except FoundryError as failure:
                self.outcome = failure
            if name == b"thread.run.requires_action":
                self._pause(run, self._messages)
        elif name == b"thread.message.completed":
            self._messages.append(body_of(data))
        elif self.ids is None and name in _BEGINS:
            self._begin(body_of(data))
        elif name == b"thread.created":
            self.conversation_id = body_of(data)["id"]
        elif name == b"error":
            event = body_of(data)
            error = event.get("error") or event
            self.broken = run_failed(self.question.about, error, "the stream ended with an error")

    def _begin(self, run: Json) -> None:
        self.ids = RunIds(f"{run['thread_id']}/{run['id']}", run["thread_id"], run["assistant_id"])

    def decode(self, name: bytes, data: bytes) -> None:
        """Decode a piece of text, or what the agent does."""
        if name == b"thread.run.step.delta":
            details: Json = body_of(data)["delta"]["step_details"]
            calls: list[Json] = details.get("tool_calls") or []
            # Later deltas of a step bring arguments and outputs; the first names the tool.
            named = [call for call in calls if call.get("id")]
            if named:
                self.add_activity(activity_of(named[-1]), len(data))
            return
        event = body_of(data)
        for part in event["delta"]["content"]:
            if part["type"] == "text":
                text: Json = part.get("text") or {}
                self.add_text(event["id"], text.get("value") or "")


def activity_of(call: Json) -> str:
    """Return a line on what a tool call of a run step says the agent is doing."""
    kind = str(call.get("type"))
    if kind not in _ACTIVITIES:
        return f"Using {kind.replace('_', ' ')}…"
    function: Json = call.get("function") or {}
    return _ACTIVITIES[kind].format(
        server=call.get("server_label"), name=function.get("name") or call.get("name")
    )


_ACTIVITIES = {
    "bing_grounding": "Searching the web…",
    "bing_custom_search": "Searching the web…",
    "browser_automation": "Searching the web…",
    "file_search": "Searching files…",
    "azure_ai_search": "Searching files…",
    "sharepoint_grounding": "Searching files…",
    "microsoft_fabric": "Searching files…",
    "code_interpreter": "Running code…",
    "mcp": "Calling {server}.{name}…",
    "function": "Calling {name}…",
}
