"""The tools of the service, used by the scripted model: the new generation."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_tools import MCP, ask, kinds

pytestmark = pytest.mark.anyio

CODE = {"type": "code_interpreter", "container": {"type": "auto"}}


async def test_code_is_run_and_writes_the_file_that_is_asked_for(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "Draw a bar chart as profits.png", CODE)
    assert kinds(response) == ["code_interpreter_call", "code_interpreter_call", "message"]
    (message,) = [item for item in response.output if item.type == "message"]
    (part,) = message.content
    assert part.type == "output_text"
    (note,) = [each for each in part.annotations if getattr(each, "filename", "") == "profits.png"]
    assert note.type == "container_file_citation"
    fetched = await openai.containers.files.content.retrieve(
        note.file_id, container_id=note.container_id
    )
    assert fetched.content.startswith(b"\x89PNG")


async def test_code_that_is_asked_for_no_file_writes_none(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "What is six times seven?", CODE)
    assert kinds(response) == ["code_interpreter_call", "message"]
    assert "it printed 42" in response.output_text


async def test_files_are_searched_and_cited(openai: AsyncOpenAI) -> None:
    text = b"Contoso was founded in 1998. Its warranty lasts 24 months."
    upload = await openai.files.create(file=("contoso.md", text), purpose="assistants")
    store = await openai.vector_stores.create(name="products")
    await openai.vector_stores.files.create_and_poll(upload.id, vector_store_id=store.id)
    search = {"type": "file_search", "vector_store_ids": [store.id]}
    message = "How long does the warranty of Contoso last?"
    response = await ask(openai, message, search, include=["file_search_call.results"])
    call, said = response.output
    assert call.type == "file_search_call"
    assert call.results
    assert (call.queries, call.results[0].file_id) == ([message], upload.id)
    assert said.type == "message"
    (part,) = said.content
    assert part.type == "output_text"
    (note,) = part.annotations
    assert note.type == "file_citation"
    assert (note.file_id, note.filename) == (upload.id, "contoso.md")
    assert "24 months" in response.output_text
    unasked = await ask(openai, message, {**search, "max_num_results": 10**30})
    assert unasked.output[0].to_dict()["results"] is None


async def test_a_search_that_finds_nothing_says_so(openai: AsyncOpenAI) -> None:
    store = await openai.vector_stores.create()
    response = await ask(openai, "Hi", {"type": "file_search", "vector_store_ids": [store.id]})
    assert "found nothing" in response.output_text


async def test_the_web_is_searched_and_an_invented_page_cited(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "News?", {"type": "web_search"})
    search, said = response.output
    assert (search.type, said.type) == ("web_search_call", "message")
    assert said.type == "message"
    (part,) = said.content
    assert part.type == "output_text"
    assert [each.type for each in part.annotations] == ["url_citation"]
    assert "nobody was asked" in response.output_text


async def test_an_mcp_server_is_listed_once_and_its_tool_called_when_approved(
    openai: AsyncOpenAI,
) -> None:
    asked = await ask(openai, "Look it up", {**MCP, "allowed_tools": ["lookup"]})
    listing, request = asked.output
    assert listing.type == "mcp_list_tools"
    assert [tool.name for tool in listing.tools] == ["lookup"]
    assert request.type == "mcp_approval_request"
    assert (request.name, json.loads(request.arguments)) == ("lookup", {"query": "Look it up"})
    reply = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}
    response = await ask(openai, [reply], MCP, previous_response_id=asked.id)
    assert kinds(response) == ["mcp_call", "message"]
    again = await ask(openai, "And again", MCP, previous_response_id=response.id)
    assert kinds(again) == ["mcp_approval_request"]


RULES: dict[str, tuple[Any, str]] = {
    "never": ("never", "mcp_call"),
    "always": ("always", "mcp_approval_request"),
    "never for it": ({"never": {"tool_names": ["search"]}}, "mcp_call"),
    "never for others": ({"never": {"tool_names": ["other"]}}, "mcp_approval_request"),
    "always for others": ({"always": {"tool_names": ["other"]}}, "mcp_call"),
    "always for it": ({"always": {"tool_names": ["search"]}}, "mcp_approval_request"),
}


@pytest.mark.parametrize("case", RULES)
async def test_a_call_of_an_mcp_tool_is_approved_by_the_rule_of_the_tool(
    openai: AsyncOpenAI, case: str
) -> None:
    rule, kind = RULES[case]
    response = await ask(openai, "Look it up", {**MCP, "require_approval": rule})
    assert kinds(response)[1] == kind


async def test_a_computer_is_looked_at_once(openai: AsyncOpenAI) -> None:
    computer = {"type": "computer_use_preview", "environment": "browser"}
    computer |= {"display_width": 800, "display_height": 600}
    asked = await ask(openai, "Book it", computer)
    (call,) = asked.output
    assert call.type == "computer_call"
    seen = {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBORw0KGgo="}
    output = {"type": "computer_call_output", "call_id": call.call_id, "output": seen}
    response = await ask(openai, [output], computer, previous_response_id=asked.id)
    assert kinds(response) == ["message"]


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/{place}": {
            "get": {
                "operationId": "GetForecast",
                "parameters": [{"name": "place", "in": "path", "schema": {"type": "string"}}],
            }
        }
    },
}
SERVED: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "openapi": (
        {"type": "openapi", "openapi": {"name": "weather", "spec": DOCUMENT}},
        ["openapi_call", "openapi_call_output", "message"],
        "I used GetForecast, as a script does",
    ),
    "a search": (
        {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}},
        ["bing_grounding_call", "bing_grounding_call_output", "message"],
        "I used bing_grounding",
    ),
}


@pytest.mark.parametrize("case", SERVED)
async def test_other_tools_of_the_service_are_used_and_said_to_be_scripted(
    openai: AsyncOpenAI, emulator: Emulator, case: str
) -> None:
    tool, items, words = SERVED[case]
    emulator.store.add_agent("tooled", tools=[tool])
    reference = {"type": "agent_reference", "name": "tooled"}
    response = await openai.responses.create(
        input="In Oslo?", extra_body={"agent_reference": reference}
    )
    assert [item.type for item in response.output] == items
    assert words in response.output_text


async def test_a_picture_is_drawn_by_an_agent_that_can(
    openai: AsyncOpenAI, emulator: Emulator
) -> None:
    emulator.store.add_agent("painter", tools=[{"type": "image_generation", "model": "gpt-4o"}])
    reference = {"type": "agent_reference", "name": "painter"}
    response = await openai.responses.create(
        input="A lighthouse",
        extra_body={"agent_reference": reference},
        extra_headers={"x-ms-oai-image-generation-deployment": "gpt-4o"},
    )
    assert [item.type for item in response.output] == ["image_generation_call", "message"]
