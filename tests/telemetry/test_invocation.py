"""The span of a run, in every way in which a run can go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.calling import MERGE
from tests.rigs.hosted import HOSTED
from tests.rigs.telling import Called, Telling, how, spans_of, telling

if TYPE_CHECKING:
    from tests.rigs.collector import Collector, Span

pytestmark = pytest.mark.anyio

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


SECOND = 10**9
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
        assert (name, how(span)) == (
            name,
            {
                "outcome": way.outcome,
                "code": way.code,
                "events": set(way.events),
                "failed": bool(way.code),
            },
        )
        told = span.attributes
        assert (name, {key: told.get(key) for key in way.attributes}) == (name, way.attributes)
        assert span.name == f"invoke_agent {way.agent}"
        assert span.description == way.code
        assert (told["server.address"], told["server.port"]) == ("127.0.0.1", port_of(emulator))
        (call,) = spans_of(server.told, went[name], "tools/call")
        assert span.parent_id == call.span_id
        took = span.ended - span.began
        assert 0 < told.get("gen_ai.response.time_to_first_chunk", 1e-9) * 1e9 <= took
        assert took <= call.ended - call.began + SECOND
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
