"""What is refused of a request before anything is looked up."""

from typing import Any

import aiohttp
import pytest

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.responses.checks import SETTLED_BY_THE_AGENT
from tests.rigs.asking_raw import HELPER, RESPONSES, error_of

pytestmark = pytest.mark.anyio

QUESTION: dict[str, Any] = {**HELPER, "input": "Hi"}
ENDPOINT = "agents/helper/endpoint/protocols/openai/responses"


async def _refusal(raw: aiohttp.ClientSession, path: str, **fields: object) -> dict[str, Any]:
    async with raw.post(path, json={**QUESTION, **fields}) as response:
        assert response.status == 400
        return await error_of(response)


@pytest.mark.parametrize("field", SETTLED_BY_THE_AGENT)
async def test_what_the_agent_settles_is_refused_and_named_in_param_alone(
    emulator: Emulator, raw: aiohttp.ClientSession, field: str
) -> None:
    error = await _refusal(raw, RESPONSES, **{field: "x"})
    assert error.pop("additionalInfo")["request_id"]
    assert error == {
        "code": "invalid_payload",
        "message": "Not allowed when agent is specified.",
        "param": field,
        "type": "invalid_request_error",
        "details": [],
    }
    assert emulator.runs_taken == 0


async def test_what_is_null_is_not_sent(raw: aiohttp.ClientSession) -> None:
    assert (await raw.post(RESPONSES, json={**QUESTION, "tools": None})).status == 200


@pytest.mark.parametrize("path", [RESPONSES, ENDPOINT])
async def test_further_fields_can_be_refused(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.behave(refused_fields=("background",))
    assert (await _refusal(raw, path, background=True))["param"] == "background"
    assert (await raw.post(path, json=QUESTION)).status == 200


async def test_fields_can_be_refused_by_the_schema_and_named_in_the_details(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.behave(refuses_by_schema=("metadata",))
    error = await _refusal(raw, RESPONSES, metadata={"a": "b"})
    assert error.pop("additionalInfo")["request_id"]
    (detail,) = error.pop("details")
    assert error == {
        "code": "invalid_payload",
        "message": "The provided data does not match the expected schema",
        "param": "/",
        "type": "invalid_request_error",
    }
    assert (detail["param"], detail["type"]) == ("/metadata", "error")


@pytest.mark.parametrize("name", ["conv_1", "resp_a-b", "run_1", "resp_"])
async def test_what_cannot_be_an_id_is_malformed(raw: aiohttp.ClientSession, name: str) -> None:
    error = await _refusal(raw, RESPONSES, previous_response_id=name)
    assert (error["code"], error["message"]) == ("invalid_parameters", "Malformed identifier.")
    assert error["param"] == "previous_response_id"
    for asked in (
        raw.get(f"{RESPONSES}/{name}"),
        raw.get(f"{RESPONSES}/{name}?stream=true"),
        raw.post(f"{RESPONSES}/{name}/cancel"),
        raw.delete(f"{RESPONSES}/{name}"),
    ):
        async with asked as response:
            assert response.status == 400
            error = await error_of(response)
        assert (error["code"], error["param"]) == ("invalid_parameters", f"responseId{{{name}}}")


@pytest.mark.parametrize("name", ["resp_missing", "caresp_1", "wfresp_1"])
async def test_what_can_be_an_id_is_looked_up(raw: aiohttp.ClientSession, name: str) -> None:
    assert (await raw.get(f"{RESPONSES}/{name}")).status == 404
