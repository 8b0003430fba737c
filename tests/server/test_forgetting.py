"""An embedded emulator says that it forgets, to who reads the JSON and to who reads the text."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from mcp_foundry.commands.emulate import project
from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings
from tests.agents.responses.test_local import said
from tests.conftest import structured
from tests.rigs.calling import GENERATIONS, MERGE, answered, ask, failed
from tests.rigs.raw_service import raw_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mcp_types import CallToolResult

pytestmark = pytest.mark.anyio

ENDS = "Ids of --emulator end with its process"
KEEPS = "`mcp-foundry emulator --data FILE`"
LOST = {"responses": "resp_0", "classic": "thread_0"}


@asynccontextmanager
async def embedded(
    mode: str = "legacy", local: Mapping[str, str] | None = None
) -> AsyncGenerator[Client]:
    """A client of a server that was started with `--emulator`."""
    async with (
        project(Settings(local=local or {}), {}) as chosen,
        Client(create_server(chosen), mode=mode) as client,
    ):
        yield client


def text_of(result: CallToolResult) -> str:
    block = result.content[0]
    assert block.type == "text"
    return block.text


@GENERATIONS
async def test_a_whole_answer_says_it_in_both_places_and_ends_with_its_footer(
    mode: str, agent: str
) -> None:
    async with embedded(mode) as client:
        result = await client.call_tool("stream_agent", {"message": "Hi", "agent": agent})
    assert structured(result)["next"].startswith(ENDS)
    before, footer = text_of(result).rsplit("\n\n", 1)
    assert before.endswith(structured(result)["next"])
    assert footer.startswith("[conversation_id: ")
    assert footer.endswith("status: completed]")


@GENERATIONS
async def test_an_answer_that_waits_says_first_what_to_do(mode: str, agent: str) -> None:
    async with embedded(mode) as client:
        seen = await ask(client, MERGE, agent)
        again = await answered(client, "get_answer", answer_id=seen["answer_id"])
    for answer in (seen, again):
        assert answer["status"] == "requires_action"
        assert answer["next"].startswith("Only a person may approve this")
        assert answer["next"].count(ENDS) == 1


async def test_a_batch_says_it_once_and_each_of_its_answers_by_itself(mode: str) -> None:
    requests = [{"message": "One"}, {"message": "Two"}]
    async with embedded(mode) as client:
        result = await client.call_tool("batch_ask", {"requests": requests})
        batch = structured(result)
        whole = await answered(client, "get_answer", answer_id=f"{batch['batch_id']}/2")
    assert batch["next"].startswith(ENDS)
    assert [answer.get("next") for answer in batch["answers"]] == [None, None]
    assert text_of(result).count(ENDS) == 1
    assert whole["next"].startswith(ENDS)


async def test_a_batch_that_goes_on_from_lost_ids_says_once_how_they_are_kept() -> None:
    requests = [{"message": "Go on", "conversation_id": lost} for lost in LOST.values()]
    async with embedded() as client:
        result = await client.call_tool("batch_ask", {"requests": requests})
    assert {each["error"]["code"] for each in structured(result)["answers"]} == {
        "conversation_not_found"
    }
    assert KEEPS in structured(result)["next"]
    assert text_of(result).count(KEEPS) == 1


@GENERATIONS
async def test_a_lost_id_is_answered_with_how_ids_are_kept(mode: str, agent: str) -> None:
    lost = LOST["classic" if agent == "asst_helper" else "responses"]
    unfinished = f"{lost}/run_0" if lost.startswith("thread_") else lost
    async with embedded(mode) as client:
        follow_up = {"message": "Go on", "agent": agent, "conversation_id": lost}
        for tool, arguments in (
            ("ask_agent", follow_up),
            ("ask_agent", follow_up | {"agent": ""}),
            ("get_answer", {"answer_id": unfinished}),
            ("cancel_answer", {"answer_id": unfinished}),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.structured_content is not None
            error = result.structured_content["error"]
            assert error["code"] == "conversation_not_found"
            assert KEEPS in error["message"]
            assert KEEPS in text_of(result)
        with pytest.raises(MCPError, match="emulator --data FILE"):
            await client.read_resource(f"foundry://conversations/{lost}")


async def test_what_nothing_keeps_and_other_failures_are_told_as_everywhere() -> None:
    async with embedded() as client:
        batch = await failed(client, "get_answer", answer_id="batch_0")
        nobody = await failed(client, "ask_agent", message="Hi", agent="nobody")
    assert batch["code"] == "conversation_not_found"
    assert KEEPS not in batch["message"] + nobody["message"]


async def test_ids_of_an_agent_beside_the_emulator_do_not_end_with_it() -> None:
    async with raw_service(said("One."), said("Two.")) as service:
        local = {"dev": f"http://localhost:{service.port}"}
        async with embedded(local=local) as client:
            alone = await ask(client, "Hi", "dev")
            requests = [{"message": "Hi", "agent": "dev"}]
            batch = await answered(client, "batch_ask", requests=requests)
    assert (alone["text"], batch["answers"][0]["text"]) == ("One.", "Two.")
    assert "next" not in alone | batch


async def test_an_emulator_of_its_own_and_any_other_project_say_nothing_of_it(
    client: Client,
) -> None:
    asked = await client.call_tool("ask_agent", {"message": "Hi"})
    batch = await answered(client, "batch_ask", requests=[{"message": "Hi"}])
    lost = await failed(client, "ask_agent", message="Go on", conversation_id="resp_0")
    assert "next" not in structured(asked)
    assert "next" not in batch
    assert ENDS not in text_of(asked)
    assert "--data" not in lost["message"]
