"""Whose spans are told: one for each run that was sent, beneath the call that sent it."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context
from typing import TYPE_CHECKING

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from mcp_foundry.agents.classic.asking import Classic
from mcp_foundry.agents.question import Question
from mcp_foundry.emulator import Emulator
from mcp_foundry.service.clients import Clients
from mcp_foundry.service.network import Network
from mcp_foundry.service.wire import Wire
from mcp_foundry.settings.values import Settings
from mcp_foundry.telemetry.invocation import Invocation
from mcp_foundry.telemetry.observer import Observer
from tests.agents.responses.test_local import said
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.hosted import HOSTED
from tests.rigs.raw_service import raw_service
from tests.rigs.telling import how, spans_of, telling

if TYPE_CHECKING:
    from opentelemetry.trace import Span

pytestmark = pytest.mark.anyio

OUTCOME = "mcp_foundry.outcome"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def test_what_was_asked_twice_in_one_call_is_two_spans_and_what_was_not_sent_is_none() -> (
    None
):
    async with Emulator() as emulator, raw_service(said("Hello.")) as local:
        place = f"dev=http://localhost:{local.port}"
        async with telling(emulator.endpoint, "--local", place) as server:
            # Refused at the project, which is how its place is found.
            emulator.store.add_agent("box", definition=HOSTED)
            sent_on = await server.call("ask_agent", message="Hi", agent="box")
            places = [each.path for each in emulator.received if each.method == "POST"]
            assert len([path for path in places if path.endswith("/responses")]) == 2
            unsent = await server.call("ask_agent", message=" ", agent="helper")
            emulator.script("[say Oslo]", '[say {"city": "Oslo"}]')
            mended = await server.call("ask_agent", message="?", agent="helper", answer_schema=CITY)
            here = await server.call("ask_agent", message="Hi", agent="dev")
            asked = [{"message": f"[say {number}]"} for number in range(3)]
            batch = await server.call("batch_ask", requests=asked, agent="helper")
            with anyio.CancelScope() as cancelled:
                taken = emulator.runs_taken
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(give_up, emulator, taken, cancelled)
                    await server.call("stream_agent", message="[slow 30]", agent="helper:1")
    told = server.told
    (span,) = spans_of(told, sent_on)
    assert span.parent_id == spans_of(told, sent_on, "tools/call")[0].span_id
    assert unsent.failed
    assert spans_of(told, unsent) == []
    assert mended.result.get("data") == {"city": "Oslo"}
    first, second = spans_of(told, mended)
    assert first.attributes["gen_ai.response.id"] != second.attributes["gen_ai.response.id"]
    (span,) = spans_of(told, here)
    assert (span.name, span.attributes["server.port"]) == ("invoke_agent dev", local.port)
    (call,) = spans_of(told, batch, "tools/call")
    assert [span.parent_id for span in spans_of(told, batch)] == [call.span_id] * 3
    runs = [each for each in told.spans if each.name.startswith("invoke_agent")]
    (stopped,) = [each for each in runs if each.attributes.get(OUTCOME) == "cancelled"]
    assert how(stopped) | {"events": []} == {
        "outcome": "cancelled",
        "code": "",
        "events": [],
        "failed": False,
    }
    assert stopped.attributes["gen_ai.agent.version"] == "1"


async def give_up(emulator: Emulator, taken: int, call: anyio.CancelScope) -> None:
    await emulator.wait_for(lambda it: it.runs_taken > taken)
    call.cancel()


async def test_a_run_that_is_handed_over_is_told_when_it_ends_and_where_it_was_begun() -> None:
    async with held_project() as (emulator, model):
        async with telling(emulator.endpoint, "--max-wait", "1") as server:
            early = await server.call("ask_agent", message=HOLD, agent="helper")
            asked = [{"message": f"{HOLD} {number}"} for number in range(2)]
            batch = await server.call("batch_ask", requests=asked, agent="helper")
            assert early.result["status"] == "in_progress"
            await server.told.wait_for(lambda: bool(spans_of(server.told, early, "tools/call")))
            assert not [span for span in server.told.spans if span.name.startswith("invoke")]
            model.release()
            late = await server.call("get_answer", answer_id=early.result["answer_id"])
            again = await server.call("get_answer", answer_id=early.result["answer_id"])
            rest = await server.call("get_answer", answer_id=batch.result["batch_id"])
            model.hold()
            left = await server.call("ask_agent", message=HOLD, agent="helper")
        async with telling(emulator.endpoint, "--max-wait", "1") as another:
            model.release()
            found = await another.call("get_answer", answer_id=left.result["answer_id"])
    told = server.told
    assert late.result["status"] == "completed"
    assert rest.result["status"] == "completed"
    (span,) = spans_of(told, early)
    (call,) = spans_of(told, early, "tools/call")
    assert (span.parent_id, set(span.events)) == (call.span_id, {"handed_over", "first_token"})
    assert span.ended > call.ended
    assert span.attributes[OUTCOME] == "completed"
    (fetched,) = spans_of(told, late, "tools/call")
    assert fetched.links == (span.span_id,)
    assert spans_of(told, late) == []
    # What was told is forgotten: then the service alone knows of it, by its id.
    (refetched,) = spans_of(told, again, "tools/call")
    assert (refetched.links, refetched.attributes["gen_ai.response.id"]) == (
        (),
        early.result["answer_id"],
    )
    (begun,) = spans_of(told, batch, "tools/call")
    parts = spans_of(told, batch)
    assert [part.parent_id for part in parts] == [begun.span_id] * 2
    assert all("handed_over" in part.events for part in parts)
    assert spans_of(told, rest, "tools/call")[0].links == (begun.span_id,)
    (gone,) = spans_of(told, left)
    assert how(gone) == {
        "outcome": "in_progress",
        "code": "",
        "events": {"handed_over"},
        "failed": False,
    }
    # Another process did not send it.
    assert found.result["status"] == "completed"
    assert spans_of(another.told, found) == []
    assert len(spans_of(another.told, found, "tools/call")) == 1


def test_of_a_run_that_ended_no_more_is_kept_than_others_lead_to_it_by() -> None:
    settings = Settings(endpoint="http://127.0.0.1:1/api/projects/p")
    observer = Observer(settings)
    observer.tracer = TracerProvider().get_tracer("test")
    invocation = Invocation(observer)
    reader = Classic(Wire(settings, Clients(settings, Network(settings)))).reader(
        Question("Hello", "helper")
    )

    def run() -> weakref.ref[Span]:
        invocation.sent("helper", "", "Hello")
        span = weakref.ref(trace.get_current_span())
        invocation.ended(None, reader)
        return span

    # As in the run's own task, whose context ends with it.
    ended = copy_context().run(run)
    gc.collect()
    assert ended() is None
    with observer.tracer.start_as_current_span("another call") as span:
        invocation.link()
    assert isinstance(span, ReadableSpan)
    assert len(span.links) == 1
