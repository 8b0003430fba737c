"""Runs that wait for replies at the service: cancelled in the end, where none come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.settings.values import Settings


class Waiting:
    """The runs that callers may leave waiting, by their conversations."""

    def __init__(self, settings: Settings, generations: Generations, tasks: TaskGroup) -> None:
        self._limits = settings.limits
        self._generations = generations
        self._tasks = tasks
        self._expiring: dict[str, anyio.CancelScope] = {}

    def answered(self, conversation_id: str) -> None:
        """Note that a turn comes, so that nothing waits in its conversation any more."""
        if expiry := self._expiring.pop(conversation_id.partition("/")[0], None):
            expiry.cancel()

    def expire(self, answer: Answer) -> None:
        """Cancel the run of an answer that is pending, unless replies come in time."""
        waits = self._generations.of(answer.answer_id).waits_at_service
        if waits and answer.conversation_id not in self._expiring:
            scope = self._expiring[answer.conversation_id] = anyio.CancelScope()
            self._tasks.start_soon(self._expire, answer, scope)

    async def _expire(self, answer: Answer, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(self._limits.pending)
            still = await self._still_waits(answer)
            # Replies may come in this very moment, and take the place away.
            if not scope.cancel_called:
                del self._expiring[answer.conversation_id]
                if still:
                    await self.cancel(answer)

    async def _still_waits(self, answer: Answer) -> bool:
        """Whether a run waits for what it waited for: replies may have reached another process."""
        ids = RunIds(answer.answer_id, answer.conversation_id, answer.agent)
        try:
            now = await self._generations.of(answer.answer_id).fetch(ids)
        except FoundryError:
            return False  # where it cannot be asked for, it ages out at the service
        return {each.id for each in now.pending} == {each.id for each in answer.pending}

    async def cancel(self, answer: Answer) -> None:
        """Cancel a run that waits for replies which will not come."""
        generation = self._generations.of(answer.answer_id)
        if generation.waits_at_service and answer.status == "requires_action":
            ids = RunIds(answer.answer_id, answer.conversation_id, answer.agent)
            with anyio.move_on_after(self._limits.cancel, shield=True):
                try:
                    await generation.cancel(ids)
                except FoundryError:
                    return  # it ended meanwhile, or ages out at the service
