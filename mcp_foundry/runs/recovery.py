"""The answer of a run that cannot be followed on its stream, fetched from the service."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import anyio

from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.runs.notifier import Notifier
    from mcp_foundry.settings.limits import Limits

T = TypeVar("T")
logger = logging.getLogger(__name__)

# The service's own failures and the way to it: a read may be tried again after these.
PASSING = frozenset({"connection_failed", "service_unavailable", "timeout", "rate_limited"})
# After these the run goes on at the service, whatever became of our asking.
_SILENT = PASSING | {"unauthenticated", "forbidden"}


class Recovery:
    """Finds a run at the service and fetches its answer.

    Args:
        generation: Where it runs.
        question: What was asked.
        reader: What its stream said; told what is found.
        limits: How long the service may be out of reach.
        changed: Notified at each sign of life.
    """

    def __init__(
        self,
        generation: Generation,
        question: Question,
        reader: RunReader,
        limits: Limits,
        changed: Notifier,
    ) -> None:
        self._generation = generation
        self._question = question
        self._reader = reader
        self._limits = limits
        self._changed = changed

    async def recover(self, broken: FoundryError, patience: float) -> Answer:
        """Return the answer of a run whose stream broke.

        Args:
            broken: Why.
            patience: Seconds in which a run that was not named may be looked for.

        Raises:
            FoundryError: The run failed; or it is not known whether there is one.
        """
        logger.info("Fetching an answer, for its stream broke: %s", broken)
        ids = self._reader.ids or await self._find(patience)
        if ids is None:
            # An `error` event is what the service itself says of the run.
            raise self._reader.broken or _unknown_start_error(broken)
        return await self.poll(ids)

    async def _find(self, patience: float) -> RunIds | None:
        look = self._generation.find
        try:
            return await self._persistently(
                lambda: look(self._question, self._reader.conversation_id), patience
            )
        except FoundryError as failure:
            logger.info("Looking for a run of %s: %s", self._question.about, failure)
            return None

    async def poll(self, ids: RunIds) -> Answer:
        """Fetch until the run is at its end.

        Raises:
            FoundryError: The run failed, or the service is out of reach for too long.
        """
        reader = self._reader
        reader.ids = ids
        pause = 0.2
        while True:
            try:
                answer = await self._persistently(
                    lambda: self._generation.fetch(ids), self._limits.lost
                )
            except FoundryError as failure:
                raise _still_running_error(failure, ids) from failure
            if answer.status != "in_progress":
                return answer
            if len(answer.text) > len(reader.text):
                reader.text = answer.text
            reader.ids = replace(ids, agent=answer.agent or ids.agent)
            self._changed.notify()
            await anyio.sleep(pause)
            pause = min(pause * 1.5, 5)

    async def _persistently(self, read: Callable[[], Awaitable[T]], seconds: float) -> T:
        """Read, again and again for so many seconds while the service cannot be reached."""
        give_up = anyio.current_time() + seconds
        pause = 0.2
        while True:
            try:
                return await read()
            except FoundryError as failure:
                wait = max(pause, failure.retry_after or 0)
                if failure.code not in PASSING or anyio.current_time() + wait > give_up:
                    raise
            await anyio.sleep(wait)
            pause = min(pause * 2, 10)


def _unknown_start_error(broken: FoundryError) -> FoundryError:
    return FoundryError(
        broken.code,
        f"{broken} That was before the service named the run, so a run may have been started; it "
        "was not started again. Ask again if its work may be done twice.",
        status=broken.status,
        request_id=broken.request_id,
    )


def _still_running_error(failure: FoundryError, ids: RunIds) -> FoundryError:
    if failure.code not in _SILENT:
        return failure
    return FoundryError(
        failure.code,
        f"{failure} The run goes on at the service: call get_answer with "
        f"answer_id={ids.answer_id} later.",
        status=failure.status,
        retry_after=failure.retry_after,
        request_id=failure.request_id,
    )
