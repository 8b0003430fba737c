"""The span of a run, in every way in which a run can go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.agents.responses.test_local import said
from tests.rigs.calling import MERGE
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.hosted import HOSTED
from tests.rigs.raw_service import raw_service
from tests.rigs.telling import Called, Telling, spans_of, telling

if TYPE_CHECKING:
    from tests.rigs.collector import Collector, Span

pytestmark = pytest.mark.anyio

CLIENT, ERROR = 3, 2
OUTCOME = "mcp_foundry.outcome"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass(frozen=True)
class Way:
    """One way in which a run goes.

    Attributes:
        message: What is asked.
        outcome: How it ends.
        agent: Who is asked.
        code: Why it failed.
        events: What its span tells of on the way.
        attributes: Some of its span's.
        fault: What goes wrong.
        behaviour: What the service is like meanwhile.
        asked: Further arguments.
    """

    message: str
    outcome: str = "completed"
    agent: str = "helper"
    code: str = ""
    events: frozenset[str] = frozenset({"first_token"})
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: dict[str, Any] = field(default_factory=dict[str, Any])
    behaviour: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: dict[str, Any] = field(default_factory=dict[str, Any])


NOTHING = frozenset[str]()
WAYS = {
    "at once": Way("Hello", attributes={"gen_ai.response.finish_reasons": ["stop"]}),
    "classic": Way("Hello", agent="asst_helper", attributes={"gen_ai.agent.id": "asst_helper"}),
    "a durable conversation": Way("Hello", asked={"conversation_id": "new"}),
    "with tools of its own": Way("[search a] [code]", attributes={"mcp_foundry.tool_calls": 2}),
    "classic, with tools of its own": Way(
        "[search a] [code]", agent="asst_helper", attributes={"mcp_foundry.tool_calls": 2}
    ),
    "cut short": Way(
        "[incomplete max_output_tokens]",
        "incomplete",
        attributes={"gen_ai.response.finish_reasons": ["length"]},
    ),
    "filtered": Way(
        "[incomplete content_filter]",
        "incomplete",
        attributes={"gen_ai.response.finish_reasons": ["content_filter"]},
    ),
    "waiting": Way(
        MERGE,
        "requires_action",
        events=frozenset({"requires_action"}),
        attributes={"gen_ai.response.finish_reasons": ["tool_call"]},
    ),
    "refused for its content": Way(
        "[fail content_filter No]", "failed", code="content_filtered", events=NOTHING
    ),
    "failed": Way("[fail server_error Broken]", "failed", code="run_failed", events=NOTHING),
    "held back": Way(
        "Hello",
        events=frozenset({"first_token", "retry"}),
        fault={"status": 429, "retry_after": 0, "times": 2},
    ),
    "unavailable": Way(
        "Hello",
        events=frozenset({"first_token", "retry"}),
        fault={"status": 503, "retry_after": 0},
    ),
    "broken off": Way(
        "[long 20]",
        events=frozenset({"first_token", "resumed"}),
        fault={"drop_after_events": 6},
    ),
    "broken off before its first word, and fetched": Way(
        "Hello",
        events=NOTHING,
        fault={"drop_after_events": 1},
        behaviour={"resume_seconds": 0},
    ),
    "classic, broken off": Way(
        "Hello", agent="asst_helper", fault={"drop_before_event": "thread.message.completed"}
    ),
    "not streamed": Way(
        "Hello", agent="still", events=NOTHING, behaviour={"refused_fields": ["stream"]}
    ),
    "cancelled by somebody else": Way(
        "[long 20]", "failed", code="run_failed", fault={"end": "cancelled"}
    ),
    "lost without an id": Way(
        "Hello",
        "failed",
        code="connection_failed",
        events=NOTHING,
        fault={"disconnect": True, "after_start": True},
        behaviour={"lists_responses": False},
    ),
    "of nobody": Way("Hello", "failed", agent="nobody", code="agent_not_found", events=NOTHING),
    "in a container that starts": Way(
        "Hello",
        agent="box",
        events=frozenset({"first_token", "retry"}),
        behaviour={"cold": "refuses", "cold_start": 0.2},
    ),
}


async def go(server: Telling, emulator: Emulator, way: Way) -> Called:
    emulator.behave(**{"resume_seconds": 300.0, "lists_responses": True} | way.behaviour)
    if way.fault:
        emulator.fault(**way.fault)
    called = await server.call("ask_agent", message=way.message, agent=way.agent, **way.asked)
    emulator.behave(refused_fields=[], cold="waits", cold_start=0.0)
    emulator.clear_faults()
    return called


def port_of(emulator: Emulator) -> int | None:
    return urlsplit(emulator.endpoint).port


def shown(span: Span) -> dict[str, Any]:
    """What a span says of how its run went."""
    return {
        "outcome": span.attributes[OUTCOME],
        "code": span.attributes.get("error.type", ""),
        "events": set(span.events),
        "failed": span.status == ERROR,
        "kind": span.kind,
    }


async def test_each_way_of_a_run_is_one_span_that_says_how_it_went() -> None:
    went: dict[str, Called] = {}
    async with Emulator() as emulator:
        emulator.store.add_agent("box", definition=HOSTED)
        emulator.store.add_agent("still")
        async with telling(emulator.endpoint) as server:
            for name, way in WAYS.items():
                went[name] = await go(server, emulator, way)
    for name, way in WAYS.items():
        (span,) = spans_of(server.told, went[name])
        assert (name, shown(span)) == (
            name,
            {
                "outcome": way.outcome,
                "code": way.code,
                "events": set(way.events),
                "failed": bool(way.code),
                "kind": CLIENT,
            },
        )
        told = span.attributes
        assert (name, {key: told.get(key) for key in way.attributes}) == (name, way.attributes)
        assert span.name == f"invoke_agent {way.agent}"
        assert span.description == way.code
        assert (told["server.address"], told["server.port"]) == ("127.0.0.1", port_of(emulator))
        (call,) = spans_of(server.told, went[name], "tools/call")
        assert span.parent_id == call.span_id
        if not way.code:
            answer = went[name].result
            assert told["gen_ai.response.id"] == answer["answer_id"].rpartition("/")[2]
            # What runs in a container asks whom it likes.
            assert bool(told.get("gen_ai.response.model")) == (way.agent != "box"), name
            billed = answer.get("usage", {}).get("output_tokens")
            assert (name, told.get("gen_ai.usage.output_tokens")) == (name, billed)
            assert ("gen_ai.response.time_to_first_chunk" in told) == ("first_token" in way.events)
            version = f":{told.get('gen_ai.agent.version')}" if way.agent != "asst_helper" else ""
            assert answer["agent"] == f"{way.agent}{version}"
    check_details(server.told, went)


def check_details(told: Collector, went: dict[str, Called]) -> None:
    def of(name: str) -> Span:
        return spans_of(told, went[name])[0]

    retry = of("held back").events["retry"]
    assert retry["http.response.status_code"] == 429
    assert retry["error.type"] == "rate_limited"
    assert retry["mcp_foundry.seconds"] > 0
    assert of("in a container that starts").events["retry"]["http.response.status_code"] == 424
    # A response is no conversation: only what its turns share is told as one.
    assert "gen_ai.conversation.id" not in of("at once").attributes
    for name in ("classic", "a durable conversation"):
        conversation = went[name].result["conversation_id"]
        assert of(name).attributes["gen_ai.conversation.id"] == conversation
    # Who is told of a failed run can find it; of other failures, and of answers, nobody needs to.
    traced = {name for name, called in went.items() if "Trace id" in str(called.result)}
    assert traced == {"failed", "cancelled by somebody else"}
    failed = went["failed"]
    assert failed.error["message"].endswith(f"Trace id: {failed.trace_id}.")


async def test_what_was_asked_twice_in_one_call_is_two_spans_and_what_was_not_sent_is_none() -> (
    None
):
    async with Emulator() as emulator, raw_service(said("Hello.")) as local:
        place = f"dev=http://localhost:{local.port}"
        async with telling(emulator.endpoint, "--local", place) as server:
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
    assert unsent.failed
    assert spans_of(told, unsent) == []
    assert mended.result.get("data") == {"city": "Oslo"}
    first, second = spans_of(told, mended)
    assert first.attributes["gen_ai.response.id"] != second.attributes["gen_ai.response.id"]
    (span,) = spans_of(told, here)
    assert (span.name, span.attributes["server.port"]) == ("invoke_agent dev", local.port)
    (call,) = spans_of(told, batch, "tools/call")
    assert [span.parent_id for span in spans_of(told, batch)] == [call.span_id] * 3
    (stopped,) = [each for each in told.spans if each.attributes.get(OUTCOME) == "cancelled"]
    assert shown(stopped) | {"events": []} == {
        "outcome": "cancelled",
        "code": "",
        "events": [],
        "failed": False,
        "kind": CLIENT,
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
    (begun,) = spans_of(told, batch, "tools/call")
    parts = spans_of(told, batch)
    assert [part.parent_id for part in parts] == [begun.span_id] * 2
    assert all("handed_over" in part.events for part in parts)
    assert spans_of(told, rest, "tools/call")[0].links == (begun.span_id,)
    (gone,) = spans_of(told, left)
    assert shown(gone) == {
        "outcome": "in_progress",
        "code": "",
        "events": {"handed_over"},
        "failed": False,
        "kind": CLIENT,
    }
    # Another process did not send it.
    assert found.result["status"] == "completed"
    assert spans_of(another.told, found) == []
    assert len(spans_of(another.told, found, "tools/call")) == 1
