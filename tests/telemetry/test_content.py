"""What people say, and what is said of them: in nothing that is told, unless that was asked for."""

from __future__ import annotations

import json

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, DEFAULT_MODEL, Emulator
from mcp_foundry.telemetry.content import as_messages
from tests.rigs.calling import reply
from tests.rigs.collector import collector
from tests.rigs.telling import Called, Telling, spans_of, telling

pytestmark = pytest.mark.anyio

# What is asked and answered; and what may not be told even where these may.
SAID, SECRET = "quokka-said", "axolotl-secret"
LONG = 20_000
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
MESSAGES = {"gen_ai.input.messages", "gen_ai.output.messages"}
MANAGING = {"create_agent", "search_memory", "update_memory"}
INPUTS = {"order": {"schema": {"type": "string"}, "required": True}}
SOURCES = {
    f"data:text/plain;name={SECRET}.txt;base64,aGVsbG8=",
    f"https://127.0.0.1:1/{SECRET}?sig={SECRET}",
}


async def call_all(server: Telling, emulator: Emulator) -> Called:
    """Call every tool, in ways that succeed and fail; what the first question brought."""
    takes = {"kind": "prompt", "model": DEFAULT_MODEL, "structured_inputs": INPUTS}
    emulator.store.add_agent("taking", definition=takes)
    first = await server.call("ask_agent", message=f"[say {SAID}]", agent="helper")
    answer = first.result
    place = answer["conversation_id"]
    await server.call("stream_agent", message=SAID, agent="asst_helper")
    await server.call("ask_agent", message=f"[say {SAID}{'x' * LONG}]", agent="helper")
    waits = await server.call(
        "ask_agent", message='[approve github.merge {"pr": 7}]', agent="helper"
    )
    await server.call("ask_agent", agent="helper", **reply(waits.result, approve=True))
    for message in (f"[fail server_error {SECRET}]", f"[fail content_filter {SECRET}]", ""):
        await server.call("ask_agent", message=message, agent="helper", conversation_id=place)
    emulator.fault(status=400, code="invalid_payload", message=f"Not {SECRET}")
    await server.call("ask_agent", message=SAID, agent="helper")
    emulator.fault(status=429, retry_after=0, message=f"Not {SECRET}")
    await server.call("ask_agent", message=SAID, agent="helper")
    emulator.fault(error_event=True, message=f"Not {SECRET}")
    await server.call("ask_agent", message=SAID, agent="helper")
    with_inputs = await server.call(
        "ask_agent", message=SAID, agent="taking", inputs={"order": SECRET}
    )
    assert not with_inputs.failed, with_inputs
    for source in SOURCES:
        await server.call("ask_agent", message=SAID, agent="helper", files=[source])
    drawn = await server.call("ask_agent", message=f"[file {SECRET}.csv]", agent="helper")
    for made in drawn.result.get("files", []):
        await server.client.call_tool("get_file", {"uri": made["uri"]})
    asked = [{"message": SAID}, {"message": f"[fail server_error {SECRET}]"}]
    await server.call("batch_ask", requests=asked, agent="helper")
    await server.call("get_answer", answer_id=answer["answer_id"])
    await server.call("cancel_answer", answer_id=answer["answer_id"])
    for tool in ("list_agents", "list_connections", "list_deployments"):
        await server.call(tool)
    made = {"agent_name": "poet", "model": DEFAULT_MODEL, "description": SECRET}
    await server.call("create_agent_version", **made, instructions=SECRET)
    emulator.fault(on="/versions", status=400, code="invalid_payload", message=f"Not {SECRET}")
    made["model"] = f"One that knows {SECRET}"
    await server.call("create_agent_version", **made, instructions=SECRET)
    messages = [{"role": "user", "content": f"I like {SECRET}"}]
    mine = {"scope": f"{SECRET}-person"}
    await server.call("update_memory", messages=messages, **mine)
    await server.call("search_memory", query=SECRET, **mine)
    await server.call("search_memory", query=SAID, memory_store=f"What {SECRET} likes", **mine)
    emulator.fault(on=":search_memories", status=400, message=f"Not {SECRET}")
    await server.call("search_memory", query=SECRET, **mine)
    return first


async def told_of(**changes: str) -> tuple[Telling, Called]:
    async with Emulator() as emulator:
        variables = {
            "FOUNDRY_MEMORY_STORE": DEFAULT_MEMORY_STORE,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={SECRET}",
        }
        async with telling(emulator.endpoint, **variables, **changes) as server:
            first = await call_all(server, emulator)
    return server, first


async def test_nothing_that_was_said_is_told() -> None:
    server, _ = await told_of()
    everything = b"".join(server.told.bodies)
    names = {span.name for span in server.told.spans}
    assert {
        "create_agent poet",
        f"search_memory {DEFAULT_MEMORY_STORE}",
        f"update_memory {DEFAULT_MEMORY_STORE}",
        "invoke_agent helper",
    } <= names
    managed = [span for span in server.told.spans if span.name.split()[0] in MANAGING]
    failed = {span.name.split()[0] for span in managed if span.description == "invalid_request"}
    assert failed == {"create_agent", "search_memory"}
    assert SAID.encode() not in everything
    assert SECRET.encode() not in everything


async def test_questions_and_answers_are_told_where_that_was_asked_for_cut_at_a_length() -> None:
    server, first = await told_of(**{VARIABLE: "true"})
    (span,) = spans_of(server.told, first)
    question = {"type": "text", "content": f"[say {SAID}]"}
    answer = {"type": "text", "content": SAID}
    assert json.loads(span.attributes["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [question]}
    ]
    assert json.loads(span.attributes["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [answer], "finish_reason": "stop"}
    ]
    longest = max(
        len(str(value)) for each in server.told.spans for value in each.attributes.values()
    )
    assert LONG > longest > 16 * 1024
    # Their words, and no more: whatever else is told holds nothing of them.
    for each in server.told.spans:
        rest = {name: told for name, told in each.attributes.items() if name not in MESSAGES}
        assert SECRET not in f"{rest} {each.events} {each.description} {each.name}"


def test_half_a_surrogate_pair_does_not_cost_the_spans_beside_it() -> None:
    with collector() as told:
        spans = TracerProvider(shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{told.environment[ENDPOINT]}/v1/traces")
        spans.add_span_processor(BatchSpanProcessor(exporter))
        for text in ("whole", "half \ud83d"):
            with spans.get_tracer("x").start_as_current_span(text[:4]) as span:
                span.set_attribute("text", as_messages("assistant", text))
        spans.shutdown()
    words = [json.loads(span.attributes["text"])[0]["parts"][0]["content"] for span in told.spans]
    assert words == ["whole", "half ?"]
