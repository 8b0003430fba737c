"""The span of one run: from being sent to its end, whoever still waits for it."""

from __future__ import annotations

from time import perf_counter_ns, time_ns
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.identifiers import chain_of, is_classic
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.content import as_messages
from mcp_foundry.telemetry.ending import Ending
from mcp_foundry.telemetry.events import billed, fail, link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from mcp_foundry.contract.errors import FoundryError
    from mcp_foundry.telemetry.observer import Observer

_NS = 1e9
_NONE: Mapping[str, int] = MappingProxyType({})
# The conventions' words for why an agent stopped; `error` for what they have none for.
_FINISHED = {
    "completed": "stop",
    "requires_action": "tool_call",
    "max_output_tokens": "length",
    "max_completion_tokens": "length",
    "max_prompt_tokens": "length",
    "content_filter": "content_filter",
}


class Named(Protocol):
    """What the service calls a run, and who answers it; see `RunIds`."""

    @property
    def answer_id(self) -> str:
        """Its name in any process."""
        ...

    @property
    def conversation_id(self) -> str:
        """Where it goes on."""
        ...

    @property
    def agent(self) -> str:
        """The agent with its version."""
        ...


class Read(Protocol):
    """What a run's reader knows of it beside its outcome; see `RunReader`."""

    model: str
    tool_calls: int
    first_text: int

    @property
    def ids(self) -> Named | None:
        """What it is called; None where the service did not say."""
        ...


class Invocation:
    """What is told of one run.

    Args:
        observer: Where it is told.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._agent = ""
        self._span: Span = trace.INVALID_SPAN
        self._began = self._ticks = 0

    @property
    def trace_id(self) -> str:
        """Under which it is found where it is told; empty where nobody records it."""
        recorded = self._span.is_recording()
        return trace.format_trace_id(self._span.get_span_context().trace_id) if recorded else ""

    def sent(self, agent: str, conversation_id: str, message: str) -> None:
        """Begin, when the run's task sends the question for the first time.

        The span becomes the current one of that task, and of those that it starts.

        Args:
            agent: Who is asked; empty where the conversation alone knows.
            conversation_id: Where, if it goes on with one.
            message: What is asked.
        """
        if self._began:
            return
        # How long it takes is not asked of the time of day, which somebody may set meanwhile.
        self._began, self._ticks, self._agent = time_ns(), perf_counter_ns(), agent
        observer = self._observer
        self._span = observer.tracer.start_span(
            _title(agent), kind=SpanKind.CLIENT, start_time=self._began
        )
        context.attach(trace.set_span_in_context(self._span))
        if self._span.is_recording():
            asked = as_messages("user", message) if observer.content and message else ""
            self._tell(
                {
                    names.OPERATION: names.INVOKE_AGENT,
                    names.PROVIDER: names.FOUNDRY,
                    names.CONVERSATION: chain_of(conversation_id),
                    names.INPUT_MESSAGES: asked,
                    **observer.place_of(agent),
                    **_named(agent),
                }
            )
        if observer.measures:
            observer.measures.begun(_plain(agent))

    def note(self, event: str) -> None:
        """Tell that something happened to it."""
        self._span.add_event(event)

    def link(self) -> None:
        """Let the current span lead to this one, which another call began."""
        link(self._span.get_span_context())

    def ended(self, outcome: Answer | FoundryError | None, read: Read) -> None:
        """Tell how it ended; nothing of one that was not sent from here.

        Args:
            outcome: None for a run that was cancelled.
            read: What its stream told.
        """
        if not self._began:
            return
        took = perf_counter_ns() - self._ticks
        answer = outcome if isinstance(outcome, Answer) else None
        code = outcome.code if outcome and not isinstance(outcome, Answer) else ""
        end = Ending(
            outcome=answer.status if answer else "failed" if code else "cancelled",
            code=code,
            seconds=took / _NS,
            first=(read.first_text - self._ticks) / _NS if read.first_text else 0.0,
            usage=answer.usage if answer else None,
        )
        agent = (read.ids.agent if read.ids else "") or self._agent
        if self._span.is_recording():
            self._conclude(answer, end, agent, read)
        self._span.end(self._began + took)
        # Links may still lead to it. What it holds is the exporter's now.
        self._span = trace.NonRecordingSpan(self._span.get_span_context())
        if measures := self._observer.measures:
            # A name that no agent has is not counted as one.
            counted = "" if code == "agent_not_found" else _plain(agent)
            measures.ended(_plain(self._agent), counted, end)

    def _conclude(self, answer: Answer | None, end: Ending, agent: str, read: Read) -> None:
        ids, known = read.ids, dict[str, Any]()
        if answer and answer.status != "in_progress":
            reason = _FINISHED.get(answer.incomplete_reason or answer.status, "error")
            known[names.FINISH_REASONS] = [reason]
            if self._observer.content:
                known[names.OUTPUT_MESSAGES] = as_messages("assistant", answer.text, reason)
        # All at once: each setting of one takes a lock, and looks for what is told already.
        self._tell(
            {
                names.OUTCOME: end.outcome,
                names.CONVERSATION: chain_of(ids.conversation_id) if ids else "",
                names.RESPONSE: ids.answer_id.rpartition("/")[2] if ids else "",
                names.MODEL: read.model,
                names.TOOL_CALLS: read.tool_calls,
                names.FIRST_CHUNK: end.first,
                **_named(agent),
                **known,
            },
            billed(end.usage),
        )
        self._span.update_name(_title(agent))
        if read.first_text:
            came = self._began + read.first_text - self._ticks
            self._span.add_event(names.FIRST_TOKEN, timestamp=came)
        if end.code:
            fail(self._span, end.code)
        if end.outcome == "requires_action":
            self._span.add_event(names.REQUIRES_ACTION)

    def _tell(self, facts: Mapping[str, Any], counts: Mapping[str, int] = _NONE) -> None:
        known = {name: fact for name, fact in facts.items() if fact}
        self._span.set_attributes({**known, **counts})


def _plain(agent: str) -> str:
    """Return an agent without its version, which measures are not split by."""
    return agent.partition(":")[0]


def _title(agent: str) -> str:
    return f"{names.INVOKE_AGENT} {_plain(agent)}".rstrip()


def _named(agent: str) -> dict[str, str]:
    if is_classic(agent):
        return {names.AGENT_ID: agent}
    name, _, version = agent.partition(":")
    return {names.AGENT_NAME: name, names.AGENT_VERSION: version}
