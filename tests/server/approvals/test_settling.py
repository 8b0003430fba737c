"""Tool calls that an agent wants to make: who approves, and how a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp_types import ElicitResult

from tests.conftest import structured
from tests.rigs.calling import (
    APPROVED,
    DENIED,
    GENERATIONS,
    MERGE,
    YES,
    Person,
    answered,
    ask,
    resumed,
)

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

NO = ElicitResult(action="accept", content={"approve": False})
DECLINE = ElicitResult(action="decline")
DISMISS = ElicitResult(action="cancel")


@GENERATIONS
async def test_a_person_is_asked_and_the_approved_run_goes_on_to_its_end(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    person = Person(YES)
    async with connect({"mode": mode, "elicitation_callback": person}) as client:
        answer = await ask(client, MERGE, agent)
    assert answer["status"] == "completed"
    assert APPROVED in answer["text"]
    assert "pending" not in answer
    assert person.asked == [f'Agent {answer["agent"]} wants to call github.merge with {{"pr": 7}}.']
    assert len(emulator.received) == 2


@GENERATIONS
@pytest.mark.parametrize("says", [NO, DECLINE], ids=["no", "decline"])
async def test_declined_means_denied_and_the_run_goes_on(
    connect: Connect, mode: str, agent: str, says: ElicitResult
) -> None:
    async with connect({"mode": mode, "elicitation_callback": Person(says)}) as client:
        answer = await ask(client, MERGE, agent)
    assert answer["status"] == "completed"
    assert DENIED in answer["text"]


@GENERATIONS
async def test_a_person_who_dismisses_the_question_decides_nothing(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    person = Person(DISMISS, YES)
    async with connect({"mode": mode, "elicitation_callback": person}) as client:
        answer = await ask(client, MERGE, agent)
        assert answer["status"] == "requires_action"
        assert len(person.asked) == 1
        assert resumed(emulator) == 0
        # What to do next is said, and asks the person again.
        assert f'get_answer(answer_id="{answer["answer_id"]}")' in answer["next"]
        approved = structured(
            await client.call_tool("get_answer", {"answer_id": answer["answer_id"]})
        )
    assert APPROVED in approved["text"]
    assert len(person.asked) == 2


@GENERATIONS
async def test_a_client_that_cannot_ask_gets_the_pending_call_and_nothing_is_approved(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    async with connect({"mode": mode}) as client:
        result = await client.call_tool("ask_agent", {"message": MERGE, "agent": agent})
    answer = structured(result)
    assert answer["status"] == "requires_action"
    (pending,) = answer["pending"]
    assert (pending["kind"], pending["server"], pending["name"]) == (
        "approval",
        "github",
        "merge",
    )
    assert pending["arguments"] == '{"pr": 7}'
    shown: Any = result.content[0]
    assert f'conversation_id="{answer["conversation_id"]}"' in shown.text
    assert pending["id"] in shown.text
    assert resumed(emulator) == 0


async def test_each_of_several_calls_is_asked_for_and_decided_by_itself(
    connect: Connect, mode: str
) -> None:
    person = Person(YES, NO)
    async with connect({"mode": mode, "elicitation_callback": person}) as client:
        answer = await ask(client, "[approve a.one] [approve b.two]")
    assert len(person.asked) == 2
    assert "You approved a.one" in answer["text"]
    assert "You denied b.two" in answer["text"]


async def test_an_approval_in_a_durable_conversation_stays_in_it(
    connect: Connect, mode: str
) -> None:
    async with connect({"mode": mode, "elicitation_callback": Person(YES)}) as client:
        answer = await ask(client, MERGE, conversation_id="new")
        assert answer["conversation_id"].startswith("conv_")
        follow = await ask(client, "And?", conversation_id=answer["conversation_id"])
    assert "turn 2" in follow["text"]


@GENERATIONS
async def test_an_answer_that_was_handed_back_is_settled_by_get_answer(
    connect: Connect, mode: str, agent: str
) -> None:
    options = {"mode": mode, "elicitation_callback": Person(YES)}
    async with connect(options, max_wait=0.3) as client:
        answer = await ask(client, f"[slow 0.6] {MERGE}", agent)
        assert answer["status"] == "in_progress"
        with anyio.fail_after(10):
            while answer["status"] == "in_progress":
                answer = await answered(client, "get_answer", answer_id=answer["answer_id"])
    assert APPROVED in answer["text"]


@GENERATIONS
async def test_nobody_approves_where_the_settings_deny_and_the_run_goes_on(
    connect: Connect, mode: str, agent: str
) -> None:
    person = Person(YES)
    options = {"mode": mode, "elicitation_callback": person}
    async with connect(options, approvals="deny") as client:
        answer = await ask(client, MERGE, agent)
    assert DENIED in answer["text"]
    assert person.asked == []


async def test_a_request_to_sign_in_is_passed_on_with_its_link(connect: Connect) -> None:
    async with connect({"elicitation_callback": Person(YES)}) as client:
        result = await client.call_tool("ask_agent", {"message": "[oauth github]"})
    answer = structured(result)
    assert answer["status"] == "requires_action"
    (pending,) = answer["pending"]
    assert (pending["kind"], pending["server"]) == ("oauth_consent", "github")
    assert pending["url"].startswith("https://login.example.com/")
    shown: Any = result.content[0]
    assert pending["url"] in shown.text


async def test_what_waits_inside_a_batch_is_told_by_its_item(connect: Connect) -> None:
    requests = [{"message": MERGE}, {"message": "Hi"}]
    async with connect({"elicitation_callback": Person(YES)}) as client:
        batch = await answered(client, "batch_ask", requests=requests)
    waiting, done = batch["answers"]
    assert (waiting["status"], done["status"]) == ("requires_action", "completed")
    assert waiting["pending"][0]["name"] == "merge"
