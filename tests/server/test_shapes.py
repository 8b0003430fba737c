"""Arguments as models send them: what is unknown is refused, what is empty is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import answered, failed, refused

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

UNKNOWN: list[tuple[str, dict[str, Any], str, str]] = [
    ("ask_agent", {"question": "Hi"}, "'question'", "message, agent, conversation_id, replies"),
    ("batch_ask", {"requests": [{"message": "x"}], "agents": ["a"]}, "'agents'", "requests, agent"),
    (
        "batch_ask",
        {"requests": [{"message": "x"}, {"prompt": "y", "message": "x"}]},
        "requests[1] has no argument 'prompt'",
        "message, agent, conversation_id",
    ),
    ("list_connections", {"limit": 3}, "'limit'", "connection_type, default_only"),
    ("get_answer", {"answer_id": "resp_1", "wait": True}, "'wait'", "answer_id"),
]


@pytest.mark.parametrize("case", UNKNOWN)
async def test_an_argument_that_a_tool_does_not_have_is_refused_with_those_it_has(
    emulator: Emulator, client: Client, case: tuple[str, dict[str, Any], str, str]
) -> None:
    tool, arguments, named, known = case
    message = await refused(client, emulator, tool, **arguments)
    assert named in message
    assert f"It takes: {known}" in message


async def test_null_for_what_is_optional_is_left_out(client: Client) -> None:
    nothing = dict.fromkeys(("agent", "conversation_id", "replies", "answer_schema"))
    answer = await answered(client, "ask_agent", message="[say Well.]", **nothing)
    assert answer["text"] == "Well."
    batch = await answered(
        client,
        "batch_ask",
        requests=[{"message": "[say Well.]", "agent": None, "conversation_id": None}],
        agent=None,
    )
    assert batch["answers"][0]["text"] == "Well."


async def test_null_for_what_is_required_is_refused(emulator: Emulator, client: Client) -> None:
    assert "requests" in await refused(client, emulator, "batch_ask", requests=None)
    nobody = [{"message": None}]
    assert "requests[0].message" in await refused(client, emulator, "batch_ask", requests=nobody)


async def test_lists_and_objects_may_come_as_text(client: Client) -> None:
    batch = await answered(client, "batch_ask", requests='[{"message": "[say Well.]"}]')
    assert batch["answers"][0]["text"] == "Well."
    batch = await answered(client, "batch_ask", requests=['{"message": "[say Well.]"}'])
    assert batch["answers"][0]["text"] == "Well."


async def test_what_is_free_in_form_is_the_callers_own(
    emulator: Emulator, connect: Connect
) -> None:
    definition = {"kind": "prompt", "model": "m", "text": {"format": None}, "unheard_of": [1]}
    async with connect() as client:
        await answered(
            client, "create_agent_version", agent_name="x", definition=definition, instructions=None
        )
    sent: Any = emulator.received[-1].body
    assert sent["definition"] == definition


async def test_a_name_of_any_length_is_told_in_short(emulator: Emulator, client: Client) -> None:
    many = {f"{'k' * 5000}{number}": 1 for number in range(50)}
    assert len(await refused(client, emulator, "ask_agent", **many)) < 1000


async def test_a_failure_is_that_of_the_tool_that_is_there(client: Client) -> None:
    error = await failed(client, "ask_agents", question="Hi")
    assert "The tools are: ask_agent" in error["message"]
