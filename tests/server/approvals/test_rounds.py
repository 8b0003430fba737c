"""A person is asked by a call's result, and the call is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from mcp import MCPError
from mcp_types import InputRequiredResult

from tests.conftest import structured
from tests.rigs.calling import APPROVED, GENERATIONS, MERGE, YES, Person, resumed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


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


async def test_another_replica_goes_on_with_the_inputs_of_the_question(
    emulator: Emulator, connect: Connect
) -> None:
    inputs = {"city": {"required": True, "schema": {"type": "string"}}}
    definition = {"kind": "prompt", "model": "scripted-model", "structured_inputs": inputs}
    emulator.store.add_agent("teller", definition=definition)
    asked = {"message": MERGE, "agent": "teller", "inputs": {"city": "Rome"}}
    keys = {"keys": (b"a key of thirty-two bytes or more",)}
    options = {"mode": "auto", "elicitation_callback": Person(YES)}
    async with connect(options, **keys) as first, connect(options, **keys) as second:
        question = await first.session.call_tool("ask_agent", asked, allow_input_required=True)
        assert isinstance(question, InputRequiredResult)
        said: Any = dict.fromkeys(question.input_requests or {}, YES)
        answer: Any = await second.session.call_tool(
            "ask_agent", asked, input_responses=said, request_state=question.request_state
        )
    assert APPROVED in structured(answer)["text"]


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
async def test_an_answer_without_a_decision_decides_nothing(
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
    assert answer["status"] == "requires_action"
    assert resumed(emulator) == 0
