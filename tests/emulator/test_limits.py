"""Bounds that are documented for everything, and bodies that no handler should meet."""

import json
from typing import Any

import aiohttp
import pytest

from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MODEL, Emulator
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio

PROMPT: dict[str, Any] = {"kind": "prompt", "model": DEFAULT_MODEL}
HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
OPTED_IN = {"Foundry-Features": "MemoryStores=V1Preview,DraftAgents=V1Preview"}
# What makes each thing, and is right as it stands.
MADE: dict[str, dict[str, Any]] = {
    "openai/v1/conversations": {"items": []},
    "openai/v1/responses": {"input": "[say Hi]", "model": DEFAULT_MODEL},
    "agents/fresh/versions": {"definition": PROMPT},
    "agents/box/endpoint/sessions": {},
    "assistants": {"model": DEFAULT_MODEL},
    "threads": {},
    "threads/runs": {"assistant_id": CLASSIC_AGENT, "thread": {"messages": []}},
    "openai/v1/vector_stores": {},
    "memory_stores": {"name": "new", "definition": {"kind": "default"}},
    "memory_stores/memory:search_memories": {"scope": "me", "items": [], "options": {}},
}
WITH_METADATA = [path for path in MADE if "sessions" not in path and ":" not in path]
METADATA: dict[str, tuple[object, str]] = {
    "too many": ({str(each): "" for each in range(17)}, "object with at most 16 properties"),
    "too long a key": ({"k" * 65: ""}, "Invalid property name in 'metadata'"),
    "too long a value": ({"k": "v" * 513}, "'metadata.k': string too long"),
    "a number": ({"k": 1}, "Invalid type for 'metadata.k': expected a string"),
    "no pairs": ("x", "Invalid type for 'metadata': expected an object"),
}
FIELDS = (
    *("input", "model", "agent_reference", "instructions", "tools", "tool_choice", "metadata"),
    *("conversation", "previous_response_id", "store", "stream", "background", "temperature"),
    *("items", "name", "description", "definition", "draft", "version_indicator", "thread"),
    *("agent_session_id", "assistant_id", "additional_messages", "tool_resources", "messages"),
    *("file_ids", "expires_after", "scope", "options", "truncation", "structured_inputs", "self"),
)
DEFINED = ("kind", "model", "instructions", "tools", "temperature", "structured_inputs", "text")
VALUES: list[object] = json.loads(
    """[null, 5, -1, 1.5, 1000000000000000000000, true, "x", "", [], {}, [5], [null], ["x"], [[]],
    [{}], {"x": 1}, {"id": 5}, {"type": 5}, [{"type": []}], [{"type": "message"}],
    [{"role": {}}]]"""
)


async def told(response: aiohttp.ClientResponse) -> str:
    """All that a refusal says of what is wrong."""
    assert response.status == 400
    error = await error_of(response)
    return " ".join([error["message"], *(each["message"] for each in error.get("details", []))])


@pytest.mark.parametrize("case", METADATA)
@pytest.mark.parametrize("path", WITH_METADATA)
async def test_metadata_are_bounded_wherever_they_are_taken(
    raw: aiohttp.ClientSession, path: str, case: str
) -> None:
    metadata, words = METADATA[case]
    body = {**MADE[path], "metadata": metadata}
    async with raw.post(path, json=body, headers=OPTED_IN) as response:
        assert words in await told(response)
    body["metadata"] = {str(each) + "k" * 62: "v" * 512 for each in range(10, 26)}
    async with raw.post(path, json=body, headers=OPTED_IN) as response:
        assert response.status == 200


@pytest.mark.usefixtures("hosted")
@pytest.mark.parametrize("path", MADE)
async def test_a_value_of_the_wrong_kind_breaks_nothing(
    raw: aiohttp.ClientSession, path: str
) -> None:
    right = MADE[path]
    bodies = [{**right, field: value} for field in FIELDS for value in VALUES]
    if "definition" in right:
        told = right["definition"]
        wrong = [{**told, field: value} for field in DEFINED for value in VALUES]
        bodies += [{**right, "definition": each} for each in wrong]
    for body in bodies:
        async with raw.post(path, json=body, headers=OPTED_IN) as response:
            await response.read()
            assert (body, response.status // 100) in ((body, 2), (body, 4))


BODIES: dict[str, bytes] = {
    "a list": b"[]",
    "a number": b"5",
    "half a body": b"{",
    "no text": b"\xff\xfe\x00",
    "no number": b'{"a": NaN}',
    "an endless number": b'{"a": 1e999}',
    "a number of many digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a nest": b'{"input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a nest that can be read": b'{"input": ' + b"[" * 300 + b"]" * 300 + b"}",
}


@pytest.mark.parametrize("case", BODIES)
async def test_a_body_that_no_handler_should_meet_is_refused(
    raw: aiohttp.ClientSession, case: str
) -> None:
    for path in MADE:
        async with raw.post(path, data=BODIES[case], headers=OPTED_IN) as response:
            assert await told(response)


@pytest.mark.parametrize("body", [b"--x\r\nfoo", b"", b"--x\r\n\r\nfoo\r\n--x--"])
@pytest.mark.parametrize("boundary", ["; boundary=x", ""])
async def test_a_form_that_is_none_is_refused(
    raw: aiohttp.ClientSession, boundary: str, body: bytes
) -> None:
    kind = {"Content-Type": f"multipart/form-data{boundary}"}
    async with raw.post("openai/v1/files", data=body, headers=kind) as response:
        assert "The body is not a form" in await told(response)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "Invalid 'limit': integer below minimum value. Expected a value >= 1"),
        ("limit=101", "Invalid 'limit': integer above maximum value. Expected a value <= 100"),
        ("limit=many", "Invalid type for 'limit': expected an integer"),
        ("limit=" + "9" * 5000, "Invalid type for 'limit'"),
        ("order=up", "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
    ],
)
async def test_a_page_has_its_bounds(raw: aiohttp.ClientSession, query: str, words: str) -> None:
    for path in ("agents", "assistants", "openai/v1/responses", "openai/v1/vector_stores"):
        async with raw.get(f"{path}?{query}") as response:
            assert words in await told(response)


async def test_a_stream_is_resumed_at_a_number(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    body = {**HELPER, "input": "Hi", "background": True, "stream": True}
    async with raw.post("openai/v1/responses", data=json.dumps(body)) as response:
        await response.read()
    name = next(iter(emulator.store.responses))
    path = f"openai/v1/responses/{name}?stream=true&starting_after="
    async with raw.get(path + "x") as response:
        assert "Invalid type for 'starting_after'" in await told(response)
    async with raw.get(path + "0") as response:
        assert response.status == 200


async def test_a_version_of_the_api_must_be_named(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(unversioned=False)
    for path in ("agents", "assistants", "agents/helper/endpoint/protocols/openai/responses/x"):
        async with raw.get(path) as response:
            assert await told(response) == "Missing required query parameter: api-version"
        async with raw.get(f"{path}?api-version=2") as response:
            assert "Unsupported api version '2'" in await told(response)
    older = "?api-version=2025-11-15-preview"
    async with raw.get(f"agents{older}") as response:
        assert response.status == 200
    async with raw.post(f"agents/helper/endpoint/protocols/openai/responses{older}") as response:
        assert response.status == 404
    async with raw.get("openai/v1/responses") as response:
        assert response.status == 200
