"""Tool calls that an agent wants to make: who approves, and how a run goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, ElicitResult, ErrorData, InputRequiredResult

from tests.conftest import TEST_LIMITS, structured
from tests.rigs.calling import GENERATIONS, YES, Person, answered, ask, resumed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

MERGE = '[approve github.merge {"pr": 7}]'
APPROVED = 'You approved github.merge with “{"pr": 7}”, and it was called.'
DENIED = "You denied github.merge, and it was not called."
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
@pytest.mark.parametrize("says", [NO, DECLINE, DISMISS], ids=["no", "decline", "dismiss"])
async def test_declined_means_denied_and_the_run_goes_on(
    connect: Connect, mode: str, agent: str, says: ElicitResult
) -> None:
    async with connect({"mode": mode, "elicitation_callback": Person(says)}) as client:
        answer = await ask(client, MERGE, agent)
    assert answer["status"] == "completed"
    assert DENIED in answer["text"]


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
    assert f"conversation_id={answer['conversation_id']}" in shown.text
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
async def test_a_state_that_is_sent_twice_approves_once(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    asked = {"message": MERGE, "agent": agent}
    options = {"mode": "auto", "elicitation_callback": Person(YES)}
    async with connect(options) as client:
        session = client.session
        question = await session.call_tool("ask_agent", asked, allow_input_required=True)
        assert isinstance(question, InputRequiredResult)
        assert question.input_requests is not None
        said = dict.fromkeys(question.input_requests, YES)
        answers = [
            structured(
                cast(
                    "Any",
                    await session.call_tool(
                        "ask_agent",
                        asked,
                        input_responses=cast("Any", said),
                        request_state=question.request_state,
                    ),
                )
            )
            for _ in range(2)
        ]
    assert answers[0] == answers[1]
    assert APPROVED in answers[0]["text"]
    assert resumed(emulator) == 1


async def test_a_state_that_was_tampered_with_is_refused(
    emulator: Emulator, connect: Connect
) -> None:
    asked = {"message": MERGE}
    options = {"mode": "auto", "elicitation_callback": Person(YES)}
    async with connect(options) as client:
        question = await client.session.call_tool("ask_agent", asked, allow_input_required=True)
        assert isinstance(question, InputRequiredResult)
        state = str(question.request_state)
        with pytest.raises(MCPError):
            await client.session.call_tool(
                "ask_agent", asked, input_responses={}, request_state=state[:-4] + "AAAA"
            )
    assert resumed(emulator) == 0


@GENERATIONS
async def test_an_answer_without_a_decision_denies(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    asked = {"message": MERGE, "agent": agent}
    options = {"mode": "auto", "elicitation_callback": Person(YES)}
    async with connect(options) as client:
        question = await client.session.call_tool("ask_agent", asked, allow_input_required=True)
        assert isinstance(question, InputRequiredResult)
        answer = structured(
            cast(
                "Any",
                await client.session.call_tool(
                    "ask_agent", asked, input_responses={}, request_state=question.request_state
                ),
            )
        )
    assert DENIED in answer["text"]
    assert resumed(emulator) == 1


@pytest.mark.parametrize(
    "says",
    [
        ErrorData(code=INTERNAL_ERROR, message="No window"),
        ElicitResult(action="accept", content={"approve": "perhaps"}),
        ElicitResult(action="accept"),
    ],
    ids=["error", "neither", "nothing"],
)
async def test_a_client_that_fails_to_ask_leaves_the_call_pending(
    emulator: Emulator, connect: Connect, says: ElicitResult | ErrorData
) -> None:
    async with connect({"elicitation_callback": Person(says)}) as client:
        answer = await ask(client, MERGE)
    assert answer["status"] == "requires_action"
    assert resumed(emulator) == 0


class Absent:
    """A person who never answers."""

    def __init__(self) -> None:
        self.asked = anyio.Event()

    async def __call__(self, context: object, params: object) -> Any:  # noqa: ANN401, ARG002 - the protocol of an elicitation callback
        self.asked.set()
        await anyio.sleep_forever()


@GENERATIONS
async def test_a_person_who_does_not_answer_leaves_the_call_pending(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    limits = replace(TEST_LIMITS, person=0.2)
    async with connect({"elicitation_callback": Absent()}, limits=limits) as client:
        with anyio.fail_after(5):
            answer = await ask(client, MERGE, agent)
    assert answer["status"] == "requires_action"
    assert resumed(emulator) == 0


@GENERATIONS
async def test_a_call_that_is_cancelled_while_a_person_is_asked_cancels_its_run(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    person = Absent()
    async with connect({"elicitation_callback": person}) as client:
        async with anyio.create_task_group() as calls:
            calls.start_soon(ask, client, MERGE, agent)
            with anyio.fail_after(5):
                await person.asked.wait()
            calls.cancel_scope.cancel()
        await emulator.wait_for(lambda it: not it.live)
    # A response that waits for an approval has ended; a classic run has not.
    classic = agent.startswith("asst_")
    assert emulator.received[-1].path.endswith("/cancel") is classic


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
