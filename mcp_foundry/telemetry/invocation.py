"""The span of one run: from being sent to its end, whoever still waits for it."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, StatusCode

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import is_classic
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.content import as_messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from mcp_foundry.telemetry.observer import Observer

_NS = 1e9
# The conventions' words for why an agent stopped.
_FINISHED = {
    "completed": "stop",
    "requires_action": "tool_call",
    "max_output_tokens": "length",
    "max_completion_tokens": "length",
    "content_filter": "content_filter",
}


class Read(Protocol):
    """What a run's reader knows of it beside its answer; see `RunReader`."""

    model: str
    first_text: int


class Invocation:
    """What is told of one run.

    Args:
        observer: Where it is told.
        agent: Who is asked, as the caller said; empty where the conversation alone knows.
        conversation_id: Where, if it goes on with one.
    """

    def __init__(self, observer: Observer, agent: str, conversation_id: str) -> None:
        self._observer = observer
        self._agent = agent
        self._conversation_id = "" if conversation_id == "new" else conversation_id
        self._span: Span = trace.INVALID_SPAN
        self._began = 0

    @property
    def trace_id(self) -> str:
        """Under which it is found where it was told; empty where nobody records it."""
        recorded = self._span.is_recording()
        return trace.format_trace_id(self._span.get_span_context().trace_id) if recorded else ""

    def sent(self, message: str) -> None:
        """Begin, when the run's task sends the question for the first time.

        The span becomes the current one of that task, and of those that it starts.

        Args:
            message: What is asked.
        """
        if self._began:
            return
        self._began = time_ns()
        observer, agent = self._observer, self._agent
        self._span = observer.tracer.start_span(
            _title(agent), kind=SpanKind.CLIENT, start_time=self._began
        )
        context.attach(trace.set_span_in_context(self._span))
        if self._span.is_recording():
            self._tell(
                {
                    names.OPERATION: names.INVOKE_AGENT,
                    names.PROVIDER: names.FOUNDRY,
                    names.CONVERSATION: self._conversation_id,
                    names.INPUT_MESSAGES: observer.content and as_messages("user", message),
                    **observer.place_of(agent),
                    **_named(agent),
                }
            )
        if observer.measures:
            observer.measures.begun(_plain(agent))

    def note(self, event: str, **facts: str | float) -> None:
        """Tell that something happened to it."""
        self._span.add_event(event, facts)

    def link(self) -> None:
        """Let the current span lead to this one, which another call began."""
        linked = self._span.get_span_context()
        if linked.is_valid:
            trace.get_current_span().add_link(linked)

    def ended(
        self,
        outcome: Answer | FoundryError | None,
        answer_id: str,
        place: str,
        agent: str,
        read: Read,
    ) -> None:
        """Tell how it ended.

        Args:
            outcome: None for a run that was cancelled.
            answer_id: What the service calls it; empty where it did not say.
            place: In which conversation it was.
            agent: Who answered, with its version; empty where nobody did.
            read: What its stream told.
        """
        if not self._began:
            return
        ended = time_ns()
        answer = outcome if isinstance(outcome, Answer) else None
        code = outcome.code if isinstance(outcome, FoundryError) else ""
        how = answer.status if answer else "failed" if code else "cancelled"
        first = (read.first_text - self._began) / _NS if read.first_text else 0.0
        if self._span.is_recording():
            reason = _FINISHED.get(
                (answer.incomplete_reason or answer.status) if answer else "", ""
            )
            self._tell(
                {
                    names.OUTCOME: how,
                    names.ERROR: code,
                    names.CONVERSATION: place,
                    names.RESPONSE: answer_id.rpartition("/")[2],
                    names.MODEL: read.model,
                    names.FIRST_CHUNK: first,
                    names.FINISH_REASONS: [reason] if reason else [],
                    **_named(agent),
                }
            )
            if answer and answer.usage:
                self._span.set_attribute(names.INPUT_TOKENS, answer.usage.input_tokens)
                self._span.set_attribute(names.OUTPUT_TOKENS, answer.usage.output_tokens)
            if answer and self._observer.content:
                told = as_messages("assistant", answer.text, reason)
                self._span.set_attribute(names.OUTPUT_MESSAGES, told)
            if read.first_text:
                self._span.add_event(names.FIRST_TOKEN, timestamp=read.first_text)
            if code:
                # What the service said of it may quote the question.
                self._span.set_status(StatusCode.ERROR, code)
            self._span.update_name(_title(agent or self._agent))
        self._span.end(ended)
        if measures := self._observer.measures:
            seconds, usage = (ended - self._began) / _NS, answer.usage if answer else None
            # A name that no agent has is not counted as one.
            asked = "" if code == "agent_not_found" else agent or self._agent
            measures.ended(_plain(self._agent), _plain(asked), how, code, seconds, first, usage)

    def _tell(self, facts: Mapping[str, Any]) -> None:
        self._span.set_attributes({name: fact for name, fact in facts.items() if fact})


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
