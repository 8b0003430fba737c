"""What a response waits for, and how each kind is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.question import Question
from mcp_foundry.agents.responses.answers import answer_of
from mcp_foundry.agents.responses.pending import CALLS, output_of
from mcp_foundry.agents.responses.reading import activity_of
from tests.conftest import structured
from tests.rigs.calling import answered, ask, failed, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

CUSTOM = "[custom run SELECT 1]"


def waiting(*output: dict[str, Any]) -> Any:  # noqa: ANN401 - an answer, whose parts are looked at
    response = {"id": "resp_1", "status": "completed", "output": list(output)}
    return answer_of(response, Question("", "helper"))


@pytest.mark.parametrize(
    ("message", "kind", "name", "arguments"),
    [
        (CUSTOM, "custom_tool_call", "run", "SELECT 1"),
        ("[shell ls -l]", "local_shell_call", None, '"ls", "-l"'),
        ("[computer]", "computer_call", None, "screenshot"),
    ],
)
async def test_a_call_that_only_the_caller_can_make_is_pending_under_its_own_name(
    client: Client, message: str, kind: str, name: str | None, arguments: str
) -> None:
    answer = await ask(client, message, "helper")
    assert answer["status"] == "requires_action"
    (item,) = answer["pending"]
    assert (item["kind"], item.get("name")) == (kind, name)
    assert item["id"].startswith("call_")
    assert arguments in item["arguments"]


@pytest.mark.parametrize("message", [CUSTOM, "[shell ls -l]", "[computer]"])
async def test_each_kind_is_answered_in_its_own_shape(
    emulator: Emulator, client: Client, message: str
) -> None:
    waits = await ask(client, message, "helper")
    answer = await answered(client, "ask_agent", **reply(waits, output="42"))
    assert answer["status"] == "completed"
    body: Any = emulator.received[-1].body
    assert body["input"][0]["type"] == f"{waits['pending'][0]['kind']}_output"


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_every_kind_that_waits_has_its_answer(kind: str) -> None:
    item = output_of(kind, "call_1", "done")
    assert (item["type"], item["call_id"]) == (f"{kind}_output", "call_1")
    assert "done" in str(item["output"])
    (pending,) = waiting({"type": kind, "id": "i", "call_id": "call_1"}).pending
    assert (pending.kind, pending.id) == (kind, "call_1")
    assert waiting({"type": kind, "call_id": "call_1"}, item).status == "completed"


def test_what_the_service_does_itself_waits_for_nobody() -> None:
    for kind in ("web_search_call", "image_generation_call", "mcp_call", "azure_ai_search_call"):
        assert waiting({"type": kind, "id": "i", "call_id": "call_1"}).status == "completed"


async def test_a_sign_in_says_what_to_do_after_it(client: Client) -> None:
    result = await client.call_tool("ask_agent", {"message": "[oauth]", "agent": "helper"})
    answer = structured(result)
    text = str(result.content)
    assert answer["next"] in text
    assert answer["pending"][0]["url"] in answer["next"]
    assert f'conversation_id="{answer["conversation_id"]}", message=' in answer["next"]
    assert "replies are not taken" in answer["next"]


async def test_a_reply_to_a_sign_in_is_not_sent(emulator: Emulator, client: Client) -> None:
    answer = await ask(client, "[oauth]", "helper")
    error = await failed(client, "ask_agent", **reply(answer, output="done"))
    assert error["code"] == "invalid_request"
    assert "ask to go on with a message" in error["message"]
    assert emulator.runs_created == 1


async def test_a_message_while_a_call_waits_names_the_reply_that_is_due(client: Client) -> None:
    answer = await ask(client, "[call look {}]", "helper")
    place, (item,) = answer["conversation_id"], answer["pending"]
    error = await failed(client, "ask_agent", message="Hi", conversation_id=place)
    assert error["code"] == "invalid_request"
    assert f"replies=[{{id: {item['id']}, output: its result}}]" in error["message"]


async def test_replies_that_the_service_cannot_attach_are_told_as_such(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(forgets_calls_of_background=True)
    answer = await ask(client, "[call look {}]", "helper")
    error = await failed(client, "ask_agent", **reply(answer, output="42"))
    assert "The replies could not be attached" in error["message"]
    # Never in another form behind the caller's back: that might do something else.
    assert emulator.runs_created == 2


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"type": "bing_custom_search_preview_call"}, "Searching the web…"),
        ({"type": "azure_ai_search_call"}, "Searching files…"),
        ({"type": "sharepoint_grounding_preview_call"}, "Searching files…"),
        ({"type": "a2a_preview_call", "name": "booking"}, "Calling booking…"),
        ({"type": "openapi_call", "name": "weather"}, "Calling weather…"),
        ({"type": "openapi_call_output", "name": "weather"}, ""),
        ({"type": "azure_ai_search_call_output"}, ""),
        ({"type": "mcp_approval_response"}, ""),
        ({"type": "time_travel_call"}, "Using time travel…"),
        ({"type": "mcp_call", "server_label": "github", "name": None}, "Calling github.…"),
        ({"type": 7}, ""),
    ],
)
def test_what_an_item_says_the_agent_does(item: dict[str, Any], line: str) -> None:
    assert activity_of(item) == line
