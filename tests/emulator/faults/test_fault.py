"""What goes wrong with a request, when it is told to."""

import logging
from email.utils import formatdate
from typing import Any

import aiohttp
import pytest
from openai import APIStatusError, AsyncOpenAI, RateLimitError

from mcp_foundry.emulator import Emulator, Fault
from tests.rigs.asking_raw import (
    BOTH,
    BROKEN,
    CLASSIC,
    HELPER,
    RESPONSES,
    give_up,
    last_status,
    read,
    request,
    text_of,
)
from tests.rigs.frames import frames

pytestmark = pytest.mark.anyio


@BOTH
async def test_a_refusal_is_used_up_and_starts_nothing(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fail_next(429, code="rate_limit", message="Slow down.", retry_after=1)
    async with raw.post(path, json=request(path, "Hi")) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "1"
        error = (await response.json())["error"]
        assert (error["code"], error["message"]) == ("rate_limit", "Slow down.")
    assert text_of(frames(await read(raw, path))).startswith("I am the scripted model")
    assert (emulator.runs_created, emulator.runs_taken) == (2, 1)


async def test_a_refusal_can_last_for_several_requests(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.fail_next(503, times=2)
    for _ in range(2):
        with pytest.raises(APIStatusError, match="told to answer 503"):
            await openai.responses.create(input="Hi", extra_body=HELPER)
    await openai.responses.create(input="Hi", extra_body=HELPER)
    assert (emulator.runs_created, emulator.runs_taken) == (3, 1)


async def test_retry_after_can_be_a_date(emulator: Emulator, openai: AsyncOpenAI) -> None:
    date = formatdate(4_000_000_000, usegmt=True)
    emulator.fail_next(429, retry_after=date)
    with pytest.raises(RateLimitError) as caught:
        await openai.responses.create(input="Hi", extra_body=HELPER)
    assert caught.value.response.headers["retry-after"] == date


BODIES: list[tuple[object, str, bytes]] = [
    ("<html>Bad gateway</html>", "text/html", b"<html>Bad gateway</html>"),
    ("", "text/plain", b""),
    (b"\xff", "text/plain", b"\xff"),
    ({"oops": 1}, "application/json", b'{"oops":1}'),
]


@pytest.mark.parametrize(("body", "kind", "sent"), BODIES)
async def test_a_refusal_can_have_any_body(
    emulator: Emulator, raw: aiohttp.ClientSession, body: object, kind: str, sent: bytes
) -> None:
    emulator.fault(status=502, body=body, headers={"x-extra": "1"}, on="GET /connections")
    async with raw.get("connections") as response:
        assert (response.status, response.content_type) == (502, kind)
        assert response.headers["x-extra"] == "1"
        assert await response.read() == sent


async def test_on_selects_requests(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    emulator.fault(on="get", status=500)
    emulator.fault(on="cancel", status=501)
    emulator.fault(on="resume", status=502)
    assert (await raw.get("connections")).status == 200
    assert (await raw.get(f"{RESPONSES}/resp_none")).status == 500
    assert (await raw.post(f"{RESPONSES}/resp_none/cancel")).status == 501
    assert (await raw.post("threads/t/runs/r/submit_tool_outputs")).status == 502
    emulator.fault(on="any", status=503)
    assert (await raw.get("connections")).status == 503


async def test_streaming_again_and_listing_are_kinds_of_their_own(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    for on, status in (("get", 500), ("list", 501), ("resume_stream", 502)):
        emulator.fault(on=on, status=status)
    assert (await raw.get(f"{RESPONSES}/resp_none?stream=true")).status == 502
    assert (await raw.get(RESPONSES)).status == 501
    assert (await raw.get(f"{RESPONSES}/resp_none?stream=false")).status == 500
    assert (await raw.get(f"{RESPONSES}/resp_none?stream=true")).status == 404


REPLIES = ["custom_tool_call_output", "local_shell_call_output", "computer_call_output"]


@pytest.mark.parametrize("kind", REPLIES)
async def test_outputs_of_all_kinds_count_as_resuming(
    emulator: Emulator, raw: aiohttp.ClientSession, kind: str
) -> None:
    emulator.fault(on="resume", status=418)
    assert (await raw.post(RESPONSES, json={**HELPER, "input": [{"type": kind}]})).status == 418


async def _break_off(asked: Any) -> None:  # noqa: ANN401 - aiohttp names no type for it
    """Meet a stream that ends before its first event."""
    async with asked as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        with pytest.raises(aiohttp.ClientPayloadError):
            pytest.fail(f"and yet there came {await response.read()!r}")


@BOTH
async def test_a_stream_can_break_off_before_its_first_event(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(empty=True)
    await _break_off(raw.post(path, json=request(path, "Hi")))
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


async def test_a_resumed_stream_can_break_off_before_its_first_event(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    body = request(RESPONSES, "Hi", background=True)
    async with raw.post(RESPONSES, json=body) as response:
        await response.read()
    (name,) = emulator.store.responses
    emulator.fault(on="resume_stream", empty=True)
    await _break_off(raw.get(f"{RESPONSES}/{name}?stream=true"))
    assert (await raw.get(f"{RESPONSES}/{name}?stream=true")).status == 200


async def test_replies_in_a_response_count_as_resuming(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.fault(on="resume", status=500)
    assert (await raw.post(RESPONSES, json={**HELPER, "input": "Hi"})).status == 200
    output = [{"type": "function_call_output", "call_id": "call_1", "output": ""}]
    assert (await raw.post(RESPONSES, json={**HELPER, "input": output})).status == 500
    assert emulator.runs_created == 2


@BOTH
async def test_a_hanging_request_is_given_up_by_its_client(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(hang=True)
    await give_up(emulator, raw, path)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


@BOTH
async def test_a_disconnect_before_the_start_starts_nothing(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(disconnect=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await read(raw, path)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


AFTER_START: list[dict[str, Any]] = [
    {"disconnect": True},
    {"hang": True},
    {"status": 504},
    {"empty": True},
]


@BOTH
@pytest.mark.parametrize("how", AFTER_START, ids=lambda how: next(iter(how)))
async def test_a_fault_after_the_start_lets_the_run_go_on(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, how: dict[str, Any]
) -> None:
    emulator.fault(**how, after_start=True)
    if "hang" in how:
        await give_up(emulator, raw, path)
    elif "empty" in how:
        await _break_off(raw.post(path, json=request(path, "Hi")))
    elif "disconnect" in how:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await read(raw, path)
    else:
        assert b"told to answer 504" in await read(raw, path)
    assert await last_status(emulator, raw, path) == "completed"


@BOTH
async def test_a_delay_comes_before_anything_else(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(delay=30)
    await give_up(emulator, raw, path)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


async def test_an_unknown_word_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match=r"unknown words in a fault: explode; known are after_"):
        emulator.fault(explode=True)


async def test_an_unknown_end_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="end='exploded' is none of failed, incomplete"):
        emulator.fault(end="exploded")


async def test_chance_draws_the_same_faults_for_the_same_seed(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    seen: list[list[int]] = []
    for _ in range(2):
        emulator.random_faults(0.5, [Fault(status=500), Fault(status=503)], on="any", seed=7)
        seen.append([(await raw.get("connections")).status for _ in range(12)])
        emulator.clear_faults()
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 500, 503}
    assert (await raw.get("connections")).status == 200


async def test_nothing_is_logged_whatever_goes_wrong(
    emulator: Emulator, raw: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for path in (RESPONSES, CLASSIC):
        emulator.fault(disconnect=True)
        emulator.fault(drop_after_events=1)
        for _ in range(2):
            with pytest.raises(BROKEN):
                await read(raw, path)
        await give_up(emulator, raw, path, "[slow 60]")
    assert [record.message for record in caplog.records if record.name.startswith("aiohttp")] == []
