"""A question on its way to the service: sent once, and again only where it was not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.retries import NOT_READY, may_have_been_taken, retry_delay
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.events import note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack
    from typing import Protocol

    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import Question
    from mcp_foundry.runs.limiter import RunLimiter

    class Sender(Protocol):
        """Whose question it is."""

        def tell(self, notice: str) -> None:
            """Note what holds it up."""
            ...


class Sending:
    """Sends one question.

    Args:
        ends: When the run ends at the latest, on anyio's clock.
        patience: When its first caller waits no longer, on the same clock.

    Attributes:
        sent: Whether the service may know of it: false while it waits for its turn, for a slot,
            or for the service to take it.
    """

    def __init__(self, ends: float, patience: float) -> None:
        self.sent = False
        self._ends = ends
        self._patience = patience
        self._shield = anyio.CancelScope()

    def shield(self) -> anyio.CancelScope:
        """Return what keeps a cancelled call here for a moment: until its run has an id.

        Without it the run would be left running, for only by its id can it be cancelled.
        """
        self._shield = anyio.CancelScope(shield=True, deadline=self._ends)
        return self._shield

    def hurry(self, grace: float) -> None:
        """End what is shielded in so many seconds, now and from now on."""
        self._ends = self._shield.deadline = anyio.current_time() + grace

    async def send(
        self,
        question: Question,
        generation: Generation,
        stack: AsyncExitStack,
        limiter: RunLimiter,
        by: Sender,
    ) -> AsyncIterator[bytes]:
        """Send the question; again only where the service said that it did not take it.

        Args:
            question: What is asked.
            generation: How.
            stack: Closes the stream.
            limiter: Told what the service makes of the rate.
            by: Who holds a slot there, and is told what holds it up.

        Raises:
            FoundryError: It was refused; or nobody knows whether it was taken.
        """
        attempt = 0
        while True:
            self.sent, pause = True, 0.0
            with self.shield():
                try:
                    chunks = await generation.open(question, stack)
                except FoundryError as refusal:
                    pause = self._delay(refusal, attempt, limiter, by)
                else:
                    limiter.increase()
                    return chunks
            # A cancelled call ends here, at the latest when no reply came within its grace.
            await anyio.sleep(pause)
            await limiter.rejoin(by)
            attempt += 1

    def _delay(self, refusal: FoundryError, attempt: int, limiter: RunLimiter, by: Sender) -> float:
        """Return the seconds to wait before sending again.

        Raises:
            FoundryError: It may have been taken, or the caller's patience ends before.
        """
        pause = retry_delay(refusal, attempt)
        self.sent = pause is None and may_have_been_taken(refusal)
        if pause is None:
            raise refusal
        if refusal.status == NOT_READY:
            by.tell("Starting the agent's container…")
        else:
            limiter.decrease()
        if anyio.current_time() + pause > self._patience:
            raise refusal
        why = {names.ERROR: refusal.code, names.STATUS: refusal.status or 0}
        note(names.RETRY, **why, **{names.SECONDS: pause})
        return pause
