"""Structured inputs: placeholders of a version, filled for one request."""

from typing import Any

import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.core.exceptions import HttpResponseError
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses import Response

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("analyst")]

FILE_IDS = ["{{data}}", "{{more}}"]
INPUTS = {"data": {"required": True}, "more": {}, "store": {"default_value": "vs_default"}}


@pytest.fixture
def analyst(emulator: Emulator) -> None:
    """Let there be an agent whose tools have placeholders."""
    tools: list[dict[str, Any]] = [
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": FILE_IDS}},
        {"type": "file_search", "vector_store_ids": ["{{ store }}"], "max_num_results": 3},
        {"type": "mcp", "server_label": "{{data}}-docs", "server_url": "https://{{store}}/mcp"},
    ]
    tools[-1]["require_approval"] = "never"
    definition: dict[str, Any] = {"kind": "prompt", "model": DEFAULT_MODEL, "tools": tools}
    definition |= {"instructions": "Read {{data}}{{more}}.", "structured_inputs": INPUTS}
    emulator.store.add_agent("analyst", definition=definition)


async def ask(openai: AsyncOpenAI, **inputs: str) -> Response:
    reference = {"type": "agent_reference", "name": "analyst"}
    body: dict[str, Any] = {"agent_reference": reference, "structured_inputs": inputs}
    return await openai.responses.create(input="Hi", extra_body=body)


async def upload(openai: AsyncOpenAI, name: str, data: bytes) -> str:
    return (await openai.files.create(file=(name, data), purpose="assistants")).id


async def test_an_upload_that_an_input_names_is_at_hand(openai: AsyncOpenAI) -> None:
    table = await upload(openai, "sales.csv", b'\xef\xbb\xbfsector,"profit, net"\nRETAIL,3\n')
    notes = await upload(openai, "notes.txt", b"Mind the gap.\n")
    response = await ask(openai, data=table, more=notes)
    assert "You sent sales.csv (text/csv, 33 bytes, columns sector, profit, net)." in (
        response.output_text
    )
    assert "You sent notes.txt (text/plain, 14 bytes, “Mind the gap.”)." in response.output_text
    assert response.instructions == f"Read {table}{notes}."


async def test_the_placeholders_of_tools_are_filled_and_empty_places_left_out(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    table = await upload(openai, "sales.csv", b"a,b\n")
    for further in ({}, {"more": ""}):
        response = await ask(openai, data=table, **further)
        code, search, mcp = [tool.to_dict() for tool in response.tools]
        assert code["container"] == {"type": "auto", "file_ids": [table]}
        assert (search["vector_store_ids"], search["max_num_results"]) == (["vs_default"], 3)
        assert (mcp["server_label"], mcp["server_url"]) == (
            f"{table}-docs",
            "https://vs_default/mcp",
        )
        assert response.instructions == f"Read {table}."
    kept = emulator.store.agent_version("analyst")["definition"]
    assert kept["tools"][0]["container"]["file_ids"] == FILE_IDS


async def test_an_input_goes_before_its_default(openai: AsyncOpenAI) -> None:
    response = await ask(openai, data="assistant-table", store="vs_other")
    assert response.tools[1].to_dict()["vector_store_ids"] == ["vs_other"]


async def test_a_required_input_may_not_be_missing(emulator: Emulator, openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="Missing required structured input: 'data'"):
        await ask(openai, more="assistant-table")
    assert emulator.runs_taken == 0


async def test_an_input_that_names_no_upload_is_not_found(openai: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError, match="No such File object: sales"):
        await ask(openai, data="sales.csv")


async def test_a_placeholder_that_is_not_declared_makes_no_version(
    project: AIProjectClient,
) -> None:
    tool = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": FILE_IDS}}
    definition: Any = {"kind": "prompt", "model": DEFAULT_MODEL, "tools": [tool]}
    definition["structured_inputs"] = {"data": {}}
    with pytest.raises(HttpResponseError, match=r"The supplied value is invalid\."):
        await project.agents.create_version("new", definition=definition)
    definition["structured_inputs"]["more"] = {}
    assert (await project.agents.create_version("new", definition=definition)).version == "1"
