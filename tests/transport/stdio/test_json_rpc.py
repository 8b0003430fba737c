"""What is said over stdio: both eras of the protocol, probes, and lines that are no message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult

from mcp_foundry.transport.stdio.pipes import MAX_LINE
from tests.rigs.stdio_process import (
    ENVELOPE,
    PATIENCE,
    SERVER,
    call,
    handshake,
    modern,
    request,
    serving,
)

if TYPE_CHECKING:
    from mcp.client import ClientRequestContext
    from mcp_types import ElicitRequestParams

pytestmark = pytest.mark.anyio

both_ways = pytest.mark.parametrize("platform", [sys.platform, "win32"])

BARE_PROBE = request("probe", "server/discover")
PROBE = modern("probe", "server/discover")
ECHOED = {"result": "hi"}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_every_handshake_version_is_served(version: str) -> None:
    with serving() as server:
        await server.send(*handshake(version), request(1, "tools/list"), call(2, "echo", text="hi"))
        assert (await server.answer("hello"))["result"]["protocolVersion"] == version
        tools = (await server.answer(1))["result"]["tools"]
        assert "echo" in [tool["name"] for tool in tools]
        assert (await server.answer(2))["result"]["content"][0]["text"] == "hi"


@both_ways
async def test_the_modern_era_is_served(platform: str) -> None:
    with serving("--platform", platform) as server:
        await server.send(PROBE)
        assert "2026-07-28" in (await server.answer("probe"))["result"]["supportedVersions"]
        await server.send(modern(1, "tools/list"))
        assert (await server.answer(1))["result"]["resultType"] == "complete"
        await server.send(modern(2, "tools/call", name="echo", arguments={"text": "hi"}))
        assert (await server.answer(2))["result"]["structuredContent"] == ECHOED


@pytest.mark.parametrize("probe", [PROBE, BARE_PROBE])
@pytest.mark.parametrize("patient", [True, False])
async def test_a_client_may_shake_hands_after_a_probe(
    probe: dict[str, Any], *, patient: bool
) -> None:
    with serving("--probing", "0.1") as server:
        await server.send(probe)
        if patient:
            await server.answer("probe")
        await server.send(*handshake(), call(1, "echo", text="hi"))
        while len(server.answers) < 3:
            await server.next_answer()
        answers = {answer["id"]: answer for answer in server.answers}
        assert "result" in answers["probe"] or answers["probe"]["error"]["code"] == -32601
        assert answers["hello"]["result"]["protocolVersion"] == "2025-11-25"
        assert answers[1]["result"]["structuredContent"] == ECHOED
        server.end_input()
        assert await server.ended() == 0
        assert server.said == ["session opened", "session closed"]


async def test_a_client_may_go_on_in_the_modern_era_after_a_bare_probe() -> None:
    with serving() as server:
        await server.send(BARE_PROBE, PROBE, modern(1, "tools/list"))
        assert "error" in await server.answer("probe")
        assert "result" in await server.answer("probe")
        assert "result" in await server.answer(1)


async def test_the_handshake_is_refused_once_the_modern_era_was_used() -> None:
    with serving() as server:
        await server.send(PROBE, modern(1, "tools/list"), *handshake(), modern(2, "tools/list"))
        assert (await server.answer("hello"))["error"]["code"] == -32022
        assert "result" in await server.answer(2)


async def test_the_modern_era_is_refused_once_hands_were_shaken() -> None:
    with serving() as server:
        await server.send(*handshake(), modern(1, "tools/list"), request(2, "tools/list"))
        assert (await server.answer(1))["error"]["code"] == -32600
        assert "result" in await server.answer(2)


NO_REQUESTS: list[tuple[bytes, int, int | str | None]] = [
    (b"{nonsense", -32700, None),
    (b'{"jsonrpc": "2.0", "id": 7, "method": "ping"', -32700, None),
    (b'"\xff"', -32700, None),
    (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\\ud800"}}', -32700, 7),
    (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\xff"}}', -32700, 7),
    (b"[" * 100_000, -32700, None),
    (b'[{"jsonrpc":"2.0","id":7,"method":"ping"}]', -32600, None),
    (b"[]", -32600, None),
    (b"7", -32600, None),
    (b"{}", -32600, None),
    (b'{"jsonrpc":"2.0","id":7}', -32600, 7),
    (b'{"jsonrpc":"2.0","id":true}', -32600, None),
    (b'{"jsonrpc":"2.0","id":' + b"7" * 5000 + b"}", -32700, None),
    (b'{"id":"seven","method":"ping"}', -32600, "seven"),
    (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}', -32600, 7),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
]


async def test_lines_that_are_no_request_are_refused_and_the_next_one_is_served() -> None:
    with serving() as server:
        await server.send(*(line for line, _, _ in NO_REQUESTS), request("next", "ping"))
        assert "result" in await server.answer("next")
        refused = [(a["error"]["code"], a["id"]) for a in server.answers[:-1]]
        assert refused == [(code, request_id) for _, code, request_id in NO_REQUESTS]


async def test_what_expects_no_answer_gets_none_however_malformed() -> None:
    with serving() as server:
        await server.send(
            b"",
            b" \t\r",
            b'{"jsonrpc":"2.0","method":"notifications/initialized","params":7}',
            b'{"jsonrpc":"2.0","method":"custom/notification"}',
            b'{"jsonrpc":"2.0","id":7,"result":"not an object"}',
            b'{"jsonrpc":"2.0","id":7,"error":{}}',
            b'{"jsonrpc":"2.0","id":7,"result":{}}\r',
            request("next", "ping"),
        )
        await server.answer("next")
        assert [answer["id"] for answer in server.answers] == ["next"]


async def test_half_a_surrogate_pair_does_not_cost_the_answer() -> None:
    with serving() as server:
        await server.send(*handshake(), call(1, "torn"))
        content = (await server.answer(1))["result"]["content"]
        assert content[0]["text"] == "half ? pair"


@both_ways
async def test_a_line_over_the_bound_is_refused_and_the_next_one_served(platform: str) -> None:
    with serving("--platform", platform) as server:
        line = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"' + b"x" * MAX_LINE
        await server.send(line + b"x" * 2**20 + b'"}}', request("next", "ping"))
        refused = await server.answer(None)
        assert str(MAX_LINE) in refused["error"]["message"]
        await server.answer("next")
        assert len(server.answers) == 2


async def test_a_long_line_is_served() -> None:
    with serving() as server:
        text = "x" * 2**24
        await server.send(*handshake(), call(1, "echo", text=text))
        assert (await server.answer(1))["result"]["structuredContent"] == {"result": text}


async def test_a_call_that_reports_without_pause_lets_others_be_served() -> None:
    with serving() as server:
        flood = call(1, "flood", count=1000, size=10)
        flood["params"]["_meta"] = {"progressToken": "token"}
        await server.send(*handshake(), flood, call(2, "echo", text="hi"))
        await server.answer(1)
        assert 2 in [answer.get("id") for answer in server.answers]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@both_ways
async def test_the_sdk_client_calls_and_hears_progress(
    mode: Literal["auto", "legacy"], platform: str
) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (None, "x" * 1000)
        heard.append(progress)

    parameters = StdioServerParameters(
        command=sys.executable, args=[SERVER, "--platform", platform]
    )
    with anyio.fail_after(PATIENCE):
        async with Client(parameters, mode=mode) as client:
            assert "echo" in [tool.name for tool in (await client.list_tools()).tools]
            result = await client.call_tool(
                "flood", {"count": 300, "size": 1000}, progress_callback=hear
            )
    assert result.structured_content == {"result": "flooded"}
    assert heard == list(range(300))


async def test_a_tool_can_ask_the_client_back() -> None:
    async def decline(
        context: ClientRequestContext,  # noqa: ARG001 - the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult:
        assert params.message == "Sure?"
        return ElicitResult(action="decline")

    parameters = StdioServerParameters(command=sys.executable, args=[SERVER])
    with anyio.fail_after(PATIENCE):
        async with Client(parameters, mode="legacy", elicitation_callback=decline) as client:
            result = await client.call_tool("confirm", {})
    assert result.structured_content == {"result": "decline"}


async def test_a_request_without_the_whole_envelope_is_told_what_is_missing() -> None:
    with serving() as server:
        await server.send(PROBE, request(1, "tools/list"), modern(2, "tools/list"))
        assert (await server.answer(1))["error"]["code"] == -32602
        assert (await server.answer(2))["result"]["_meta"].keys() <= ENVELOPE.keys() | {
            "io.modelcontextprotocol/serverInfo"
        }
