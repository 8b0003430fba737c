"""Asking agents of both generations over plain HTTP, for faults that no SDK shows."""

from typing import Any

import aiohttp
import anyio
import pytest

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator
from tests.rigs.frames import Frame

RESPONSES = "openai/v1/responses"
ENDPOINT = "agents/helper/endpoint/protocols/openai/responses"
CLASSIC = "threads/runs"
BOTH = pytest.mark.parametrize("path", [RESPONSES, CLASSIC], ids=["responses", "classic"])
HELPER = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
BROKEN = (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)


def request(path: str, message: str, **further: object) -> dict[str, Any]:
    """The body of a streamed question."""
    if path == RESPONSES:
        return {**HELPER, "input": message, "stream": True, **further}
    thread = {"messages": [{"role": "user", "content": message}]}
    return {"assistant_id": CLASSIC_AGENT, "stream": True, "thread": thread, **further}


async def read(raw: aiohttp.ClientSession, path: str, message: str = "Hi") -> bytes:
    """A whole stream; raises where it breaks."""
    async with raw.post(path, json=request(path, message)) as response:
        return await response.read()


async def give_up(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, message: str = "Hi"
) -> None:
    """Ask, and go away once the emulator is busy with the question, or hangs on request."""
    asked = emulator.runs_created + 1
    async with anyio.create_task_group() as group:
        group.start_soon(read, raw, path, message)
        await emulator.wait_for(lambda it: it.runs_created == asked and it.busy_connections)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    await emulator.wait_for(lambda it: not it.busy_connections)


async def read_broken(
    raw: aiohttp.ClientSession, path: str, message: str = "Hi", **further: object
) -> bytes:
    """The bytes of a stream up to where it breaks."""
    received = b""
    try:
        async with raw.post(path, json=request(path, message, **further)) as response:
            async for chunk in response.content.iter_any():
                received += chunk
    except BROKEN:
        return received
    pytest.fail(f"the stream did not break, but ended with {received[-200:]!r}")


def text_of(events: list[Frame]) -> str:
    """The text of a stream's deltas."""
    parts: list[str] = []
    for name, data in events:
        if isinstance(data, str):
            continue
        if name == "response.output_text.delta":
            parts.append(data["delta"])
        elif name == "thread.message.delta":
            parts.append(data["delta"]["content"][0]["text"]["value"])
    return "".join(parts)


async def last_status(emulator: Emulator, raw: aiohttp.ClientSession, path: str) -> str:
    """The status at the service of the run that was created last."""
    await emulator.wait_for(lambda it: it.runs_taken == it.runs_created and not it.live)
    if path == RESPONSES:
        run = next(reversed(emulator.store.responses.values())).run
        return (await (await raw.get(f"{RESPONSES}/{run.id}")).json())["status"]
    thread = next(reversed(emulator.store.threads))
    return (await (await raw.get(f"threads/{thread}/runs")).json())["data"][0]["status"]


async def error_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The error of a refusal."""
    body: dict[str, Any] = await response.json()
    error: dict[str, Any] = body["error"]
    return error


async def listed(raw: aiohttp.ClientSession, **query: str) -> dict[str, Any]:
    """A page of the responses there are."""
    async with raw.get(RESPONSES, params=query) as response:
        assert response.status == 200
        page: dict[str, Any] = await response.json()
        return page


async def ids(raw: aiohttp.ClientSession, **query: str) -> list[str]:
    """The ids of that page's responses."""
    return [each["id"] for each in (await listed(raw, **query))["data"]]
