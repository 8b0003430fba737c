"""What questions cost: counted for each agent, and kept below a budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.question import Question
from mcp_foundry.contract.answers import Answer, Usage
from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.runs.spending import Spending
from tests.rigs.calling import GENERATIONS, answered, ask, failed

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


def took(tokens: int, output: int = 0) -> Answer:
    usage = Usage(input_tokens=tokens - output, output_tokens=output, total_tokens=tokens)
    return Answer(status="completed", agent="helper:1", usage=usage)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


QUESTION = Question("x" * 400, "helper")


def test_what_does_not_fit_is_refused_with_the_seconds_until_it_does() -> None:
    clock = Clock()
    spending = Spending(1000, clock)
    spending.claim(QUESTION).settle(took(600, 50))
    clock.now += 600
    spending.claim(QUESTION).settle(took(300, 50))
    with pytest.raises(NotSent) as refusal:
        spending.claim(QUESTION)
    assert refusal.value.code == "budget_exhausted"
    # The first answer is an hour old in fifty minutes.
    assert refusal.value.retry_after == pytest.approx(3000, abs=2)
    clock.now += refusal.value.retry_after or 0
    spending.claim(QUESTION)


def test_a_claim_counts_until_the_answer_says_what_it_took() -> None:
    spending = Spending(1000, Clock())
    claims = [spending.claim(QUESTION), spending.claim(QUESTION)]
    with pytest.raises(FoundryError) as refusal:
        spending.claim(QUESTION)
    assert refusal.value.retry_after == 3600
    for claim in claims:
        claim.settle(took(10, 5))
    for _ in range(5):
        spending.claim(QUESTION)


@pytest.mark.parametrize(
    ("outcome", "fits"),
    [
        (NotSent("timeout", "x"), True),
        (FoundryError("forbidden", "x", status=403), True),
        (FoundryError("timeout", "x"), False),
        (Answer(status="incomplete"), False),
        (None, False),
    ],
)
def test_what_took_nothing_is_given_back_and_what_may_have_is_not(
    outcome: Answer | FoundryError | None, *, fits: bool
) -> None:
    spending = Spending(400, Clock())
    spending.claim(QUESTION).settle(outcome)
    if fits:
        spending.claim(QUESTION)
    else:
        with pytest.raises(FoundryError):
            spending.claim(QUESTION)


def test_the_estimate_is_the_size_and_what_that_agent_answers_as_a_rule() -> None:
    spending = Spending(0)
    for output in (100, 300):
        spending.claim(QUESTION).settle(took(output, output))
    assert spending.claim(QUESTION).tokens == 400 // 4 + 1 + 200
    assert spending.claim(Question("x", "other")).tokens == 1 + 256


@GENERATIONS
async def test_a_budget_smaller_than_one_question_refuses_it_before_anything_is_sent(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    async with connect({"mode": mode}, budget=10) as client:
        result = await client.call_tool("ask_agent", {"message": "Hi", "agent": agent})
        seen: Any = result.structured_content
        assert seen["error"]["code"] == "budget_exhausted"
        assert "retry_after" not in seen["error"]
        assert "MCP_FOUNDRY_BUDGET" in seen["error"]["message"]
        assert "tell the person" in seen["next"]
        batch = await answered(client, "batch_ask", requests=[{"message": "Hi", "agent": agent}])
        assert batch["answers"][0]["error"]["code"] == "budget_exhausted"
    assert emulator.received == []


async def test_a_budget_that_is_used_up_says_how_long_until_it_fits(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(budget=600) as client:
        await ask(client, "[long 400]")
        error = await failed(client, "ask_agent", message="Again")
    assert error["code"] == "budget_exhausted"
    assert 3500 < error["retry_after"] <= 3601
    assert emulator.runs_created == 1


@GENERATIONS
async def test_usage_tells_what_each_agent_took_since_the_start(client: Client, agent: str) -> None:
    asked = [(await ask(client, "Hi", agent))["usage"]["total_tokens"] for _ in range(2)]
    batch = await answered(client, "batch_ask", requests=[{"message": "x", "agent": agent}] * 3)
    read: Any = (await client.read_resource("foundry://usage")).contents[0]
    told = json.loads(read.text)
    assert told["agents"][agent]["answers"] == 5
    total = sum(asked) + batch["usage"]["total_tokens"]
    assert told["agents"][agent]["total_tokens"] == told["total"]["total_tokens"] == total
