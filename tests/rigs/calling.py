"""How the tests of the tools call them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp_types import ElicitResult

from tests.conftest import failure, structured

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.client import Client
    from mcp_types import ElicitRequestParams, ErrorData

    from mcp_foundry.emulator import Emulator

Answer = dict[str, Any]
MERGE = '[approve github.merge {"pr": 7}]'
APPROVED = 'You approved github.merge with “{"pr": 7}”, and it was called.'
DENIED = "You denied github.merge, and it was not called."
YES = ElicitResult(action="accept", content={"approve": True})

GENERATIONS = pytest.mark.parametrize(
    "agent", ["helper", "asst_helper"], ids=["responses", "classic"]
)


async def ask(client: Client, message: str, agent: str = "", **arguments: object) -> Answer:
    """The answer of ask_agent."""
    asked = {"message": message, "agent": agent, **arguments}
    return structured(await client.call_tool("ask_agent", asked))


async def answered(client: Client, tool: str, **arguments: object) -> Answer:
    """What a tool answers."""
    return structured(await client.call_tool(tool, arguments))


async def failed(client: Client, tool: str, **arguments: object) -> Answer:
    """The error with which a tool fails."""
    return failure(await client.call_tool(tool, arguments))


async def refused(client: Client, emulator: Emulator, tool: str, **arguments: object) -> str:
    """The message with which a tool refuses arguments before anything is sent."""
    error = await failed(client, tool, **arguments)
    assert error["code"] == "invalid_request"
    assert emulator.received == []
    return str(error["message"])


LONGEST = 20
"""Seconds after which a test gives up on what it waits for, far more than that takes."""


class Told:
    """Collects progress: an argument of `call_tool`."""

    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.totals: list[float | None] = []
        self.messages: list[str] = []
        self._more = anyio.Event()

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.numbers.append(progress)
        self.totals.append(total)
        self.messages.append(message or "")
        self._more.set()
        self._more = anyio.Event()

    async def until(self, enough: Callable[[Told], object]) -> None:
        """Wait until enough was told, looked at anew with every message."""
        with anyio.fail_after(LONGEST):
            while not enough(self):
                await self._more.wait()

    @property
    def texts(self) -> list[str]:
        """The messages that carry text."""
        return [message for message in self.messages if not message.startswith("⋯ ")]

    @property
    def lines(self) -> list[str]:
        """The messages on what the agent does."""
        return [message for message in self.messages if message.startswith("⋯ ")]

    @property
    def signs_of_life(self) -> list[str]:
        """The messages that say no more than that there will be others."""
        return [message for message in self.messages if "is at work" in message]

    def grew(self) -> bool:
        """Whether every number was greater than the one before."""
        return all(a < b for a, b in pairwise(self.numbers))


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


def reply(answer: Answer, **decision: object) -> dict[str, Any]:
    """The arguments that answer all that is pending alike."""
    return {
        "conversation_id": answer["conversation_id"],
        "replies": [{"id": item["id"], **decision} for item in answer["pending"]],
    }


def replied(agent: str, answer: Answer, **decision: object) -> dict[str, Any]:
    return {"message": "", "agent": agent, **reply(answer, **decision)}
