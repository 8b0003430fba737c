"""The emulator itself: opening, closing, watching, and being told from outside."""

import subprocess
import sys
from typing import Any

import aiohttp
import anyio
import pytest
from openai import AsyncOpenAI

from mcp_foundry import emulator as package
from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MODEL, Emulator, run_emulator
from mcp_foundry.emulator.model.directives import DIRECTIVES, Directive, find_orders
from mcp_foundry.emulator.store.records import KEPT
from tests.rigs.sdk_clients import openai_client

pytestmark = pytest.mark.anyio

HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}


def test_importing_the_package_loads_no_server() -> None:
    program = "import sys, mcp_foundry.emulator; print('aiohttp' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "False"


def test_the_package_has_only_what_it_names() -> None:
    assert all(getattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnusedExpression] - reading it is the test


async def test_closing_takes_no_time_with_streams_open() -> None:
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session,
        anyio.create_task_group() as group,
        Emulator() as emulator,
    ):
        emulator.fault(silence=1)
        emulator.fault(hang=True)
        for _ in range(2):
            group.start_soon(_ask_in_vain, session, emulator.endpoint)
        await emulator.wait_for(lambda it: it.busy_connections == 2 and it.runs_taken == 1)
        with anyio.fail_after(1):
            await emulator.__aexit__(None, None, None)


async def _ask_in_vain(session: aiohttp.ClientSession, endpoint: str) -> None:
    body = {**HELPER, "input": "[slow 60]", "stream": True}
    with pytest.raises(aiohttp.ClientError):
        await (await session.post(f"{endpoint}/openai/v1/responses", json=body)).read()


async def test_a_port_that_is_taken_is_an_error(emulator: Emulator) -> None:
    port = int(emulator.endpoint.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="in use"):
        async with Emulator(port=port):
            pass


async def test_it_serves_for_the_command_line_until_cancelled() -> None:
    opened = anyio.Event()
    endpoints: list[str] = []

    def note(emulator: Emulator) -> None:
        endpoints.append(emulator.endpoint)
        opened.set()

    async with anyio.create_task_group() as group:
        group.start_soon(run_emulator, note)
        with anyio.fail_after(5):
            await opened.wait()
        async with AsyncOpenAI(base_url=f"{endpoints[0]}/openai/v1", api_key="x") as client:
            await client.responses.create(input="Hi", extra_body=HELPER)
        group.cancel_scope.cancel()


async def test_requests_are_kept_in_order(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    await raw.get("agents", params={"limit": "5"}, headers={"X-Mine": "1"})
    await raw.post("threads", json={"metadata": {"a": "b"}})
    first, second = emulator.received
    assert (first.method, first.path, first.query, first.body) == (
        "GET",
        "/agents",
        {"limit": "5"},
        None,
    )
    assert first.headers["x-mine"] == "1"
    assert (second.path, second.body) == ("/threads", {"metadata": {"a": "b"}})


async def test_waiting_in_vain_says_how_things_stand(emulator: Emulator) -> None:
    with pytest.raises(TimeoutError, match="'runs_created': 0"):
        await emulator.wait_for(lambda it: it.runs_created, timeout=0.01)


async def test_old_things_are_forgotten(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    for _ in range(KEPT + 1):
        async with raw.post("threads", json={}) as response:
            await response.read()
    assert len(emulator.store.threads) == KEPT
    assert len(emulator.received) == KEPT


async def test_latency_comes_before_each_reply() -> None:
    async with (
        Emulator(latency=0.001) as emulator,
        openai_client(emulator) as client,
    ):
        await client.responses.create(model=DEFAULT_MODEL, input="Hi")


async def test_fifty_streams_run_at_once(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    counts: list[int] = []

    async def ask(number: int) -> None:
        body = {
            "assistant_id": CLASSIC_AGENT,
            "stream": True,
            "thread": {"messages": [{"role": "user", "content": f"[long {number}]"}]},
        }
        async with raw.post("threads/runs", json=body) as response:
            counts.append((await response.read()).count(b"event: thread.message.delta"))

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(ask, number)
    assert sorted(counts) == list(range(50))
    assert emulator.live == []


async def test_it_can_be_told_from_another_process(
    raw: aiohttp.ClientSession, openai: AsyncOpenAI
) -> None:
    await raw.post("/_emulator/script", json=["Scripted", "Again"])
    await raw.post("/_emulator/script", json={"turns": ["Last"]})
    said = [
        (await openai.responses.create(input="Hi", extra_body=HELPER)).output_text for _ in range(3)
    ]
    assert said == ["Scripted", "Again", "Last"]
    await raw.post("/_emulator/faults", json={"on": "any", "status": 418, "times": 2})
    assert (await raw.get("agents")).status == 418
    await raw.delete("/_emulator/faults")
    assert (await raw.get("agents")).status == 200
    random = {"probability": 1, "faults": [{"status": 418}], "on": "any", "seed": 1}
    await raw.post("/_emulator/faults", json=random)
    assert (await raw.get("agents")).status == 418
    async with raw.post("/_emulator/faults", json={"explode": 1}) as response:
        assert response.status == 400
        assert "unknown words" in (await response.json())["error"]
    async with raw.get("/_emulator/state") as response:
        state = await response.json()
    assert (state["runs_created"], state["runs_taken"], state["live"]) == (3, 3, [])
    assert state["received"] == {"run": 3, "other": 3}


@pytest.mark.parametrize("directive", DIRECTIVES, ids=lambda each: each.name)
def test_the_example_of_each_directive_is_one(directive: Directive) -> None:
    (order,), rest = find_orders(f"before {directive.example} after")
    assert order.name == directive.name
    assert rest == "before  after"


async def test_numbers_out_of_all_proportion_count_as_none(
    raw: aiohttp.ClientSession, emulator: Emulator
) -> None:
    emulator.script("[long 1e400]", "[long x]")
    for _ in range(2):
        async with raw.post("openai/v1/responses", json={**HELPER, "input": "Hi"}) as response:
            assert (await response.json())["usage"]["output_tokens"] == 100


def _is_left_alone(emulator: Emulator) -> bool:
    return not emulator.open_connections


async def test_a_connection_that_closes_is_noticed(emulator: Emulator) -> None:
    async with anyio.create_task_group() as group, aiohttp.ClientSession() as session:
        async with session.get(emulator.endpoint) as response:
            assert response.status == 401
        assert emulator.open_connections == 1
        group.start_soon(emulator.wait_for, _is_left_alone)
        await anyio.wait_all_tasks_blocked()
        await session.close()


async def test_the_events_of_an_ended_run_take_no_room(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    response = await openai.responses.create(input="Hi", extra_body=HELPER)
    assert emulator.store.responses[response.id].run.stream.events == []


async def test_closing_leaves_no_run_waiting() -> None:
    async with Emulator() as emulator, openai_client(emulator) as client:
        emulator.script("[call f]")
        await client.post(
            f"{emulator.endpoint}/threads/runs?api-version=v1",
            body={"assistant_id": CLASSIC_AGENT},
            cast_to=object,
        )
        await emulator.wait_for(lambda it: it.runs_taken)
        await anyio.wait_all_tasks_blocked()
        assert len(emulator.live) == 1
    assert emulator.live == []
