"""A response's stream as it is read, and what its output items say the agent is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcp_foundry.agents.reader import RunReader, body_of
from mcp_foundry.agents.responses.answers import DRAWN, ids_of, read_answer
from mcp_foundry.agents.responses.pending import CALLS
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in, text_in
from mcp_foundry.service.refusals import stream_failed

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question
    from mcp_foundry.agents.responses.memory import Memory
    from mcp_foundry.contract.answers import Answer, GenerationName
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place

_ENDS = frozenset(
    f"response.{end}".encode() for end in ("completed", "failed", "incomplete", "cancelled")
)
_ITEM_DONE = b"response.output_item.done"
_GOES_ON = b"response.in_progress"
_BEGINS = frozenset((b"response.created", b"response.queued", _GOES_ON))


class ResponseReader(RunReader):
    """Reads the stream of a response.

    Args:
        question: What was asked.
        place: Where.
        memory: Told where the response lives, and what it waits for.
    """

    generation: ClassVar[GenerationName] = "responses"
    token_event = b"response.output_text.delta"
    text_events = frozenset((token_event, b"response.refusal.delta"))
    activity_events = frozenset(
        (b"response.output_item.added", b"response.reasoning_summary_part.added")
    )

    def __init__(self, question: Question, place: Place, memory: Memory) -> None:
        super().__init__(question)
        self._place = place
        self._memory = memory
        self._goes_on = False
        self._drawn: list[bytes] = []

    def handle(self, name: bytes, data: bytes) -> None:
        """Take an event that begins or ends the response, or breaks the stream."""
        if name in _ENDS:
            self._end(name.removeprefix(b"response.").decode(), data)
        elif name in _BEGINS:
            self._begin(name, data)
        elif name == _ITEM_DONE and DRAWN.encode() in data:
            self._drawn.append(data)
        elif name == b"error":
            self.broken = stream_failed(self.question.about, data)

    def _begin(self, name: bytes, data: bytes) -> None:
        again = name == _GOES_ON and self._goes_on
        self._goes_on |= name == _GOES_ON
        if self.ids is not None and not again:
            return
        response = object_in(body_of(data).get("response"))
        if self.ids is None:
            self._name(response)
            # What was asked for does not count: a service may ignore the field.
            if isinstance(said := response.get("background"), bool):
                self.in_background = said
        if again:
            # The service had to do it again (recovery, replay): this is what stands by now.
            self.begin_anew(read_answer(response, self.question, None, str).answer.text)

    def _name(self, response: Json) -> None:
        place = self._place
        # One taken up by its id alone was looked for, and its place found, before its stream.
        if self.ids and (found := self._memory.home(self.ids.answer_id.rpartition("/")[2])):
            place = found.place
        self.ids = ids_of(response, self.question, self.ids, place)
        self.model = text_in(response.get("model")) or self.model
        if self.ids:
            home = self._memory.settle(response, self.ids, place)
            if self.question.sandbox and home.session_id:
                self.question.sandbox.session_id = home.session_id

    def _end(self, name: str, data: bytes) -> None:
        try:
            response = object_in(body_of(data).get("response"))
        except ValueError:
            response = {}
        response = {"status": name} | response
        self._add_drawn(response)
        self._name(response)
        try:
            reading = read_answer(response, self.question, self.ids, self._streamed)
        except FoundryError as failure:
            self.outcome, sound = failure, "id" in response
        else:
            if reading.answer.status == "in_progress":
                return  # it says itself that this is not the end
            self.outcome, sound = reading
            self.tool_calls = _calls_in(response, reading.answer)
            self._memory.keep(reading.answer.pending)
        # A cancelled response ends its stream as a failed one.
        agrees = response["status"] == name or (name, response["status"]) == ("failed", "cancelled")
        self.unsure = not (sound and agrees)

    def _add_drawn(self, response: Json) -> None:
        """Let the end bring the pictures that were told of before, where it does not itself."""
        output = objects_in(response.get("output"))
        whole = [each for each in output if each.get("type") == DRAWN and each.get("result")]
        if len(whole) >= len(self._drawn):
            return  # as most services do; a picture of megabytes is not decoded twice
        for data in self._drawn:
            item = object_in(body_of(data).get("item"))
            told = next((each for each in output if each.get("id") == item.get("id")), None)
            if told is None:
                response["output"] = output = [*output, item]
            elif not told.get("result"):
                told["result"] = item.get("result")

    def decode(self, name: bytes, data: bytes) -> None:
        """Decode a piece of text, or what the agent does."""
        if name == b"response.output_item.added":
            self.add_activity(activity_of(object_in(body_of(data).get("item"))), len(data))
        elif name == b"response.reasoning_summary_part.added":
            self.add_activity("Thinking…")
        else:
            event = body_of(data)
            self.add_text(text_in(event.get("item_id")), text_in(event.get("delta")))


def _calls_in(response: Json, answer: Answer) -> int:
    """Return how many calls the agent made, without those that wait for the caller."""
    kinds = (text_in(item.get("type")) for item in objects_in(response.get("output")))
    waiting = sum(item.kind in CALLS for item in answer.pending)
    return sum(kind.endswith("_call") for kind in kinds) - waiting


# By the kind of a call, without `_preview` and `_call`; what is no call, by its whole kind.
_ACTIVITIES = {
    "web_search": "Searching the web…",
    "bing_grounding": "Searching the web…",
    "bing_custom_search": "Searching the web…",
    "browser_automation": "Searching the web…",
    "file_search": "Searching files…",
    "azure_ai_search": "Searching files…",
    "sharepoint_grounding": "Searching files…",
    "fabric_dataagent": "Searching files…",
    "memory_search": "Searching memory…",
    "code_interpreter": "Running code…",
    "image_generation": "Drawing…",
    "reasoning": "Thinking…",
    "mcp_list_tools": "Listing the tools of {server}…",
    "mcp": "Calling {server}.{name}…",
    "workflow_action": "Workflow step {action}…",
    "message": "",
    "mcp_approval_request": "",
    "oauth_consent_request": "",
}


def activity_of(item: Json) -> str:
    """Return a line on what an output item says the agent is doing; empty for a message.

    Outputs of calls say nothing: the call itself was told. A call of a kind that is not known, be
    it another agent's (A2A), is told by its own name where it has one.
    """
    kind = text_in(item.get("type")) or "message"
    if kind.endswith(("_output", "_response")):
        return ""
    kind = kind.removesuffix("_call").removesuffix("_preview")
    name = text_in(item.get("name"))
    if kind not in _ACTIVITIES:
        return f"Calling {name}…" if name else f"Using {kind.replace('_', ' ')}…"
    return _ACTIVITIES[kind].format(
        server=text_in(item.get("server_label")),
        name=name,
        action=text_in(item.get("action_id")) or text_in(item.get("kind")),
    )
