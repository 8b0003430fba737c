"""A person is asked within the call, and may fail to answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp_types import INTERNAL_ERROR, ElicitResult, ErrorData

from tests.conftest import TEST_LIMITS
from tests.rigs.calling import GENERATIONS, MERGE, Person, ask, resumed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


class Absent:
    """A person who never answers."""

    def __init__(self) -> None:
        self.asked = anyio.Event()

    async def __call__(self, context: object, params: object) -> Any:  # noqa: ANN401, ARG002 - the protocol of an elicitation callback
        self.asked.set()
        await anyio.sleep_forever()


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
