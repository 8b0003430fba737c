"""A classic run's stream as it is read, and what its steps say the agent is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcp_foundry.agents.classic.answers import ids_of, read_answer
from mcp_foundry.agents.reader import RunReader, body_of
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in, text_in
from mcp_foundry.service.refusals import stream_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.answers import GenerationName
    from mcp_foundry.contract.json import Json

_RUN = b"thread.run."
_ENDS = frozenset(
    f"thread.run.{end}".encode()
    for end in ("completed", "requires_action", "failed", "incomplete", "cancelled", "expired")
)
_BEGINS = frozenset(_RUN + begin for begin in (b"created", b"queued", b"in_progress"))
_STEP_DONE = b"thread.run.step.completed"
UNDER_WAY = frozenset({"queued", "in_progress", "cancelling"})


class ClassicReader(RunReader):
    """Reads the stream of a run."""

    generation: ClassVar[GenerationName] = "classic"
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
        # By id: a message that comes twice is one. Empty where only its beginning was read.
        self._messages = {text_in(message.get("id")): message for message in earlier}
        self._pause = pause

    def handle(self, name: bytes, data: bytes) -> None:
        """Take an event that begins or ends the run, or breaks the stream."""
        if name in _ENDS:
            self._end(name.removeprefix(_RUN).decode(), data)
        elif name == b"thread.message.completed":
            message = body_of(data)
            self._messages[text_in(message.get("id"))] = message
        elif name == b"thread.message.created":
            self._messages.setdefault(text_in(body_of(data).get("id")), {})
        elif self.ids is None and name in _BEGINS:
            run = body_of(data)
            self.ids = ids_of(run, self.conversation_id.partition("/")[0], None)
            self.model = text_in(run.get("model"))
        elif name == _STEP_DONE and b'"tool_calls"' in data:
            details = object_in(body_of(data).get("step_details"))
            self.tool_calls += len(objects_in(details.get("tool_calls")))
        elif name == b"thread.created":
            self.conversation_id = text_in(body_of(data).get("id")) or self.conversation_id
        elif name == b"error":
            self.broken = stream_failed(self.question.about, data)

    def _end(self, name: str, data: bytes) -> None:
        try:
            run = body_of(data)
        except ValueError:
            run = {}
        read = bool(run)
        run = {"status": name} | run
        if run["status"] in UNDER_WAY:
            return  # it says itself that this is not the end
        self.ids = ids_of(run, self.conversation_id.partition("/")[0], self.ids)
        self.model = text_in(run.get("model")) or self.model
        ids = self.ids
        if ids is None:
            return
        messages = [message for message in self._messages.values() if message]
        missing = len(messages) < len(self._messages)
        try:
            reading = read_answer(run, messages, ids, self._streamed)
        except FoundryError as failure:
            self.outcome, sound = failure, read
        else:
            self.outcome, sound = reading
            if reading.answer.status == "requires_action":
                waiting = {"id": ids.answer_id.partition("/")[2], "thread_id": ids.conversation_id}
                self._pause({**run, **waiting, "assistant_id": ids.agent}, messages)
        self.unsure = missing or not (sound and run["status"] == name)

    def decode(self, name: bytes, data: bytes) -> None:
        """Decode a piece of text, or what the agent does."""
        event = body_of(data)
        delta = object_in(event.get("delta"))
        if name == b"thread.run.step.delta":
            details = object_in(delta.get("step_details"))
            # Later deltas of a step bring arguments and outputs; the first names the tool.
            named = [call for call in objects_in(details.get("tool_calls")) if call.get("id")]
            if named:
                self.add_activity(activity_of(named[-1]), len(data))
            return
        for part in objects_in(delta.get("content")):
            if part.get("type") == "text":
                said = text_in(object_in(part.get("text")).get("value"))
                self.add_text(text_in(event.get("id")), said)


def activity_of(call: Json) -> str:
    """Return a line on what a tool call of a run step says the agent is doing."""
    kind = text_in(call.get("type"))
    if kind not in _ACTIVITIES:
        return f"Using {kind.replace('_', ' ') or 'a tool'}…"
    name = object_in(call.get("function")).get("name") or call.get("name")
    return _ACTIVITIES[kind].format(server=text_in(call.get("server_label")), name=text_in(name))


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
