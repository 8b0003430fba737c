"""The trace of a host goes on to Foundry, whether this program tells of itself or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.settings.telemetry import Telemetry
from tests.conftest import structured
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.raw_service import raw_service, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.emulator.app import Received
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CANARY = "ada@example.com"
TRACE: Any = {"traceparent": PARENT, "tracestate": "host=1,other=2", "baggage": f"user={CANARY}"}


def joined(received: Received) -> tuple[str, str]:
    """To which trace a request says that it belongs; it says nothing of anybody."""
    assert "baggage" not in received.headers
    assert CANARY not in str(received.headers)
    return received.headers.get("traceparent", ""), received.headers.get("tracestate", "")


def what(received: Received) -> str:
    """What a request asks for, without ids."""
    parts = [part for part in received.path.split("/") if "_" not in part]
    streams = "?stream" if received.query.get("stream") == "true" else ""
    return f"{received.method} {parts[-1]}{streams}"


async def traced(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - of any tool
    """What a tool answers to a host that has a trace."""
    return structured(await client.call_tool(tool, arguments, meta=TRACE))


async def test_every_request_of_a_call_is_of_its_trace(emulator: Emulator, client: Client) -> None:
    asked = await traced(client, "ask_agent", message="Hi", conversation_id="new")
    classic = await traced(client, "ask_agent", message="Hi", agent="asst_helper")
    await traced(client, "batch_ask", requests=[{"message": "One"}, {"message": "Two"}])
    for answer in (asked, classic):
        await traced(client, "get_answer", answer_id=answer["answer_id"])
    for listing in ("list_agents", "list_deployments", "list_connections"):
        await traced(client, listing)
    interpreter = {"type": "code_interpreter", "container": {"type": "auto"}}
    await traced(
        client,
        "create_agent_version",
        agent_name="drawer",
        instructions="Draw.",
        tools=[interpreter],
    )
    drawn = await traced(client, "ask_agent", message="Draw a chart as a.png", agent="drawer")
    await client.call_tool("get_file", {"uri": drawn["files"][0]["uri"]}, meta=TRACE)
    said = [{"role": "user", "content": "Tea."}]
    await traced(client, "update_memory", messages=said, scope="x")
    await traced(client, "search_memory", query="tea", scope="x")

    told = {joined(received) for received in emulator.received}
    assert told == {(PARENT, TRACE["tracestate"])}
    places = {received.path.split("/")[1] for received in emulator.received}
    assert places >= {"agents", "assistants", "connections", "deployments", "memory_stores"}
    assert places >= {"openai", "threads"}


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("helper", {"POST responses", "GET responses?stream", "POST cancel"}),
        ("asst_helper", {"POST runs", "GET runs", "POST cancel"}),
    ],
)
async def test_a_run_that_is_resumed_polled_and_cancelled_stays_in_its_trace(
    connect: Connect, agent: str, told: set[str]
) -> None:
    async with (
        held_project() as (emulator, _),
        connect(endpoint=emulator.endpoint, max_wait=0.3) as client,
    ):
        emulator.fault(status=429, retry_after=0)
        emulator.fault(drop_after_events=3)
        begun = await traced(client, "ask_agent", message=HOLD, agent=agent)
        await traced(client, "cancel_answer", answer_id=begun["answer_id"])
        assert {joined(received) for received in emulator.received} == {
            (PARENT, TRACE["tracestate"])
        }
        assert {what(received) for received in emulator.received} >= told


async def test_nothing_is_said_where_no_trace_came_in(emulator: Emulator, client: Client) -> None:
    await client.call_tool("ask_agent", {"message": "Hi"}, meta={"baggage": f"user={CANARY}"})
    await client.call_tool("list_deployments", {})
    assert {joined(received) for received in emulator.received} == {("", "")}


async def test_joining_can_be_switched_off(emulator: Emulator, connect: Connect) -> None:
    switch = {"AZURE_TRACING_GEN_AI_ENABLE_TRACE_CONTEXT_PROPAGATION": "false"}
    async with connect(telemetry=Telemetry.read(switch)) as client:
        await traced(client, "ask_agent", message="Hi")
        await traced(client, "list_deployments")
    assert {joined(received) for received in emulator.received} == {("", "")}


async def test_another_host_to_which_the_service_leads_is_not_asked(connect: Connect) -> None:
    async with raw_service(reply('{"value": []}')) as other, raw_service() as service:
        place = f"Location: http://localhost:{other.port}/deployments"
        service.say(reply("", "text/plain", "302 Found", place))
        async with connect(endpoint=service.endpoint) as client:
            refused = await client.call_tool("list_deployments", {}, meta=TRACE)
        assert PARENT in service.heads[0]
        assert other.heads == []
    assert refused.is_error
    assert refused.structured_content is not None
    assert refused.structured_content["error"]["status"] == 302


@pytest.mark.parametrize(
    "parent",
    [
        1,
        True,
        None,
        {},
        [PARENT],
        [1],
        "",
        PARENT + "x" * 100_000,
        PARENT + "\r\nX-Evil: 1",
        PARENT.upper(),
        PARENT.replace("00-", "ff-", 1),
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
    ],
    ids=lambda parent: repr(parent)[:20],
)
async def test_what_is_no_parent_is_not_passed_on(
    emulator: Emulator, connect: Connect, parent: object
) -> None:
    async with connect() as client:
        meta: Any = {**TRACE, "traceparent": parent}
        structured(await client.call_tool("ask_agent", {"message": "Hi"}, meta=meta))
    (received,) = emulator.received
    assert joined(received) == ("", "")
    assert "evil" not in str(received.headers).lower()


@pytest.mark.parametrize(
    ("state", "passed_on"),
    [
        (5, ""),
        (["a=b"], ""),
        ("a=b\r\nX-Evil: 1", ""),
        ("a=\0", ""),
        ("a=é", ""),
        (CANARY, ""),
        (f"host=1,{CANARY}", ""),
        ("host= 1 , ,a@b=2", "host= 1,a@b=2"),
        # Ten kilobytes, of which five members of 100 are half of one.
        (",".join(f"k{n:02}={'x' * 96}" for n in range(100)), 5 * 100 + 4),
        (",".join(f"k{n:02}=x" for n in range(40)), 32 * 5 + 31),
    ],
    ids=lambda state: repr(state)[:20],
)
async def test_of_a_state_only_what_everybody_passes_on_is(
    emulator: Emulator,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    state: object,
    passed_on: int | str,
) -> None:
    async with connect() as client:
        meta: Any = {**TRACE, "tracestate": state}
        structured(await client.call_tool("ask_agent", {"message": "Hi"}, meta=meta))
    (received,) = emulator.received
    parent, told = joined(received)
    assert parent == PARENT
    assert [told.name for told in caplog.records if told.name.startswith("opentelemetry")] == []
    assert told == (str(state)[:passed_on] if isinstance(passed_on, int) else passed_on)


@pytest.mark.parametrize("baggage", [5, [1], None, {CANARY: 1}, f"user={CANARY} " * 1000, CANARY])
async def test_baggage_of_any_kind_fails_no_call_and_stands_in_no_log(
    emulator: Emulator, client: Client, baggage: object, caplog: pytest.LogCaptureFixture
) -> None:
    meta: Any = {**TRACE, "baggage": baggage}
    structured(await client.call_tool("ask_agent", {"message": "Hi"}, meta=meta))
    (received,) = emulator.received
    assert joined(received) == (PARENT, TRACE["tracestate"])
    assert [told.name for told in caplog.records if told.name.startswith("opentelemetry")] == []
