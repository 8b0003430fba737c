"""Tool calls that an agent wants to make: who approves, and how a run goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, ElicitResult, ErrorData, InputRequiredResult

from tests.calling import GENERATIONS, Answer, answered, ask, failed
from tests.conftest import TEST_LIMITS, structured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_types import ElicitRequestParams

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

MERGE = '[approve github.merge {"pr": 7}]'
APPROVED = 'You approved github.merge with “{"pr": 7}”, and it was called.'
DENIED = "You denied github.merge, and it was not called."
YES = ElicitResult(action="accept", content={"approve": True})
NO = ElicitResult(action="accept", content={"approve": False})
DECLINE = ElicitResult(action="decline")
DISMISS = ElicitResult(action="cancel")


class Person:
    """Answers what a client asks, in turn; the last answer for ever."""

    def __init__(self, *says: ElicitResult | ErrorData) -> None:
        self.asked: list[str] = []
        self._says = list(says)

    async def __call__(self, context: object, params: ElicitRequestParams) -> Any:  # noqa: ANN401, ARG002 - the protocol of an elicitation callback
        self.asked.append(params.message)
        return self._says.pop(0) if len(self._says) > 1 else self._says[0]


def resumed(emulator: Emulator) -> int:
    """How many requests carried replies."""
    return sum(
        "function_call_output" in str(request.body)
        or "mcp_approval_response" in str(request.body)
        or request.path.endswith("submit_tool_outputs")
        for request in emulator.received
    )


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


async def test_a_call_that_is_cancelled_while_a_person_is_asked_cancels_its_run(
    emulator: Emulator, connect: Connect
) -> None:
    person = Absent()
    async with connect({"elicitation_callback": person}) as client:
        async with anyio.create_task_group() as calls:
            calls.start_soon(ask, client, MERGE, "asst_helper")
            with anyio.fail_after(5):
                await person.asked.wait()
            calls.cancel_scope.cancel()
        await emulator.wait_for(lambda it: not it.live)
    assert emulator.received[-1].path.endswith("/cancel")


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


def reply(answer: Answer, **decision: object) -> dict[str, Any]:
    """The arguments that answer all that is pending alike."""
    return {
        "conversation_id": answer["conversation_id"],
        "replies": [{"id": item["id"], **decision} for item in answer["pending"]],
    }


def replied(agent: str, answer: Answer, **decision: object) -> dict[str, Any]:
    return {"message": "", "agent": agent, **reply(answer, **decision)}


@GENERATIONS
@pytest.mark.parametrize(("approve", "outcome"), [(True, APPROVED), (False, DENIED)])
async def test_the_caller_decides_where_the_settings_say_so(
    emulator: Emulator, connect: Connect, *, agent: str, approve: bool, outcome: str
) -> None:
    person = Person(YES)
    async with connect({"elicitation_callback": person}, approvals="caller") as client:
        waiting = await ask(client, MERGE, agent)
        answer = await answered(client, "ask_agent", **replied(agent, waiting, approve=approve))
    assert outcome in answer["text"]
    assert person.asked == []
    assert len(emulator.received) == 2


@GENERATIONS
@pytest.mark.parametrize("approvals", ["ask", "deny"])
async def test_a_caller_who_may_not_approve_is_told_so_and_nothing_is_sent(
    emulator: Emulator, connect: Connect, agent: str, approvals: str
) -> None:
    arguments = {
        "message": "",
        "agent": agent,
        "conversation_id": "resp_1" if agent == "helper" else "thread_1",
        "replies": [{"id": "mcpr_1", "approve": True}],
    }
    async with connect(approvals=approvals) as client:
        error = await failed(client, "ask_agent", **arguments)
    assert error["code"] == "not_allowed"
    assert "MCP_FOUNDRY_APPROVALS=caller" in error["message"]
    assert emulator.received == []


@GENERATIONS
async def test_the_caller_may_always_deny(connect: Connect, agent: str) -> None:
    async with connect() as client:
        waiting = await ask(client, MERGE, agent)
        answer = await answered(client, "ask_agent", **replied(agent, waiting, approve=False))
    assert DENIED in answer["text"]


WEATHER = '[call get_weather {"city": "Oslo"}]'


@GENERATIONS
@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_the_output_of_a_function_resumes_the_run_with_one_streamed_request(
    emulator: Emulator, connect: Connect, mode: str, *, agent: str, tool: str
) -> None:
    async with connect({"mode": mode}) as client:
        waiting = await ask(client, WEATHER, agent)
        (pending,) = waiting["pending"]
        assert (pending["kind"], pending["name"]) == ("function_call", "get_weather")
        assert pending["arguments"] == '{"city": "Oslo"}'
        answer = await answered(client, tool, **replied(agent, waiting, output="[1, null]"))
    assert answer["status"] == "completed"
    assert "get_weather answered “[1, null]”" in answer["text"]
    assert len(emulator.received) == 2
    assert cast("dict[str, Any]", emulator.received[-1].body)["stream"] is True


async def test_several_functions_are_answered_together(connect: Connect) -> None:
    for agent in ("helper", "asst_helper"):
        async with connect() as client:
            waiting = await ask(client, "[call one] [call two]", agent)
            assert len(waiting["pending"]) == 2
            answer = await answered(client, "ask_agent", **replied(agent, waiting, output="ok"))
        assert "one answered “ok”" in answer["text"]
        assert "two answered “ok”" in answer["text"]


@GENERATIONS
async def test_replies_reach_the_run_after_the_server_was_started_anew(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect() as client:
        waiting = await ask(client, f"[say Before.] {WEATHER}", agent)
    async with connect(approvals="caller") as client:
        answer = await answered(client, "ask_agent", **replied(agent, waiting, output="Rain"))
    assert answer["status"] == "completed"
    assert "get_weather answered “Rain”" in answer["text"]
    if agent == "asst_helper":
        assert answer["text"].startswith("Before.\n\n")
        assert emulator.runs_created == 1


async def test_a_threads_run_knows_its_agent_so_replies_need_none(connect: Connect) -> None:
    async with connect(agent="") as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        answer = await answered(client, "ask_agent", **reply(waiting, output="Rain"))
    assert answer["agent"] == "asst_helper"
    assert "get_weather answered “Rain”" in answer["text"]


async def test_replies_to_a_thread_that_waits_for_none_are_refused(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", "asst_helper")
        error = await failed(
            client,
            "ask_agent",
            conversation_id=answer["conversation_id"],
            replies=[{"id": "call_1", "output": "x"}],
        )
    assert error["code"] == "invalid_request"
    assert "waits for no replies" in error["message"]
    assert emulator.runs_created == 1


async def test_a_run_that_waits_too_long_for_replies_is_cancelled(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, pending=0.2)
    async with connect(limits=limits) as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        for _ in range(2):
            again = await answered(client, "get_answer", answer_id=waiting["answer_id"])
            assert again["status"] == "requires_action"
        await emulator.wait_for(lambda it: not it.live)
        assert (await ask(client, "Still there?"))["status"] == "completed"
    cancelled = [r.path for r in emulator.received if r.path.endswith("/cancel")]
    assert len(cancelled) == 1


async def test_a_run_that_was_replied_to_is_not_cancelled_later(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, pending=0.2)
    async with connect(limits=limits) as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        await answered(client, "ask_agent", **replied("asst_helper", waiting, output="Rain"))
        await ask(client, "[slow 0.4]")
    assert not any(request.path.endswith("/cancel") for request in emulator.received)


@pytest.mark.parametrize("decision", [{}, {"approve": True, "output": "x"}])
async def test_a_reply_that_decides_nothing_or_twice_is_refused(
    emulator: Emulator, connect: Connect, decision: dict[str, Any]
) -> None:
    async with connect(approvals="caller") as client:
        error = await failed(
            client,
            "ask_agent",
            conversation_id="resp_1",
            replies=[{"id": "call_1", **decision}],
        )
    assert error["code"] == "invalid_request"
    assert "call_1" in error["message"]
    assert emulator.received == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"message": "And?", "conversation_id": "resp_1"}, "message and replies came together"),
        ({"conversation_id": ""}, "need the conversation_id"),
        ({"conversation_id": "new"}, "need the conversation_id"),
    ],
)
async def test_replies_go_alone_and_to_a_conversation(
    emulator: Emulator, connect: Connect, arguments: dict[str, Any], told: str
) -> None:
    replies: Sequence[dict[str, Any]] = [{"id": "call_1", "output": "x"}]
    async with connect() as client:
        error = await failed(client, "ask_agent", **arguments, replies=replies)
    assert error["code"] == "invalid_request"
    assert told in error["message"]
    assert emulator.received == []


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
