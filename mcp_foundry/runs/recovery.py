"""The answer of a run that its first stream did not bring, from the service."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import anyio

from mcp_foundry.contract.answers import CANCELLED
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs import failures
from mcp_foundry.runs.listening import Listening
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.events import note

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

# Looks at an end that could not be read whole: the service may write it behind its stream.
_LOOKS = 3
_FIRST_PAUSE = 0.2


class Recovery:
    """Finds a run at the service, goes on reading its stream, or fetches its answer.

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
        self._resumable = True
        # Whether the service still has its stream, as far as that is known.
        self._streams = True

    async def recover(self, broken: FoundryError, patience: float) -> Answer:
        """Return the answer of a run whose stream ended: its outcome, or what can be had of it.

        Args:
            broken: Why it ended without one, if it did.
            patience: Seconds in which a run that was not named may be looked for.

        Raises:
            FoundryError: The run failed; or it is not known whether there is one.
        """
        reader = self._reader
        if reader.ids is None:
            # One look is enough where the service itself said how it ended.
            known = reader.broken or reader.outcome
            reader.ids = await self._find(0 if known else min(patience, self._limits.find))
        if reader.outcome is not None:
            return await self._settled(reader.outcome)
        logger.info("Looking for an answer, for its stream broke: %s", broken)
        if reader.ids is None:
            raise reader.broken or failures.unknown_start(broken, self._question, reader)
        await self._resume(reader.ids)
        return await self.poll(reader.ids)

    async def _find(self, seconds: float) -> RunIds | None:
        """Look for a run without an id: it may be listed late."""
        look, place = self._generation.find, self._reader.conversation_id
        give_up = anyio.current_time() + seconds
        try:
            while True:
                found = await self._persistently(lambda: look(self._question, place), seconds)
                if found or anyio.current_time() + self._limits.poll > give_up:
                    return found
                await anyio.sleep(self._limits.poll)
        except FoundryError as failure:
            logger.info("Looking for a run of %s: %s", self._question.about, failure)
            return None

    async def _resume(self, ids: RunIds) -> None:
        """Go on with the run's stream where it broke, for as long as that brings anything new."""
        reader = self._reader
        self._resumable &= reader.broken is None and reader.in_background is not False
        while self._resumable and not reader.ended:
            known = reader.sequence
            try:
                async with AsyncExitStack() as stack:
                    chunks = await self._generation.resume(ids, known, stack)
                    note(names.RESUMED)
                    await Listening(reader, self._changed, chunks).to_the_end()
            except FoundryError as failure:
                logger.info("Going on with the stream of %s: %s", ids.answer_id, failure)
                self._resumable = failure.code in failures.PASSING
                self._streams = self._resumable
                return
            except Exception as failure:  # noqa: BLE001 - whatever broke it again, the run goes on
                logger.info("The stream of %s broke again: %r", ids.answer_id, failure)
            self._resumable = reader.sequence != known

    async def poll(self, ids: RunIds) -> Answer:
        """Fetch until the run is at its end.

        Raises:
            FoundryError: The run failed, or the service is out of reach for too long.
        """
        reader, pause = self._reader, self._limits.poll
        reader.ids = ids
        lost = False
        while reader.outcome is None:
            try:
                answer = await self._persistently(
                    lambda: self._generation.fetch(ids), self._limits.lost
                )
            except FoundryError as failure:
                return self._cut_short(failure, ids)
            if answer.incomplete_reason == CANCELLED and reader.in_background is False:
                return self._cut_short(FoundryError("run_failed", "It was cancelled."), ids)
            if answer.status != "in_progress":
                return answer
            if len(answer.text) > len(reader.text):
                reader.text = answer.text
            reader.ids = replace(ids, agent=answer.agent or ids.agent)
            self._changed.notify()
            await self._resume(ids)
            if reader.outcome is None:
                # Looked at twice: it may have come to its end just before the first look.
                before, lost = lost, await self._is_lost(ids)
                if before and lost:
                    raise failures.lost(ids, reader)
                await anyio.sleep(pause)
                pause = min(pause * 1.5, max(5, pause))
        return await self._settled(reader.outcome)

    async def _is_lost(self, ids: RunIds) -> bool:
        try:
            return await self._generation.is_lost(ids, streams=self._streams)
        except FoundryError as failure:
            logger.info("Whether %s is lost is not known: %s", ids.answer_id, failure)
            return False

    async def _settled(self, outcome: Answer | FoundryError) -> Answer:
        """Return an outcome; where it could not be read whole, as the service has it.

        Raises:
            FoundryError: The run failed.
        """
        ids = self._reader.ids
        for _ in range(_LOOKS if self._reader.unsure and ids else 0):
            try:
                answer = await self._generation.fetch(ids)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - it is there, as said above
            except FoundryError as failure:
                outcome = failure if failures.is_the_runs_own(failure) else outcome
                break
            if answer.status != "in_progress":
                return answer
            await anyio.sleep(self._limits.poll)
        if isinstance(outcome, FoundryError):
            raise outcome
        return outcome

    def _cut_short(self, failure: FoundryError, ids: RunIds) -> Answer:
        """Return what arrived of a run that ended with its connection.

        Raises:
            FoundryError: It is no such run, or nothing arrived.
        """
        reader = self._reader
        if reader.broken and failure.code not in failures.PASSING:
            raise reader.broken
        ended = failures.is_the_runs_own(failure) or failure.code == "conversation_not_found"
        if not (ended and reader.in_background is False):
            raise failures.of_answer(failure, ids) from failure
        so_far = reader.answer_so_far("incomplete", "connection_lost")
        if not so_far.text:
            raise failures.ended_with_connection(self._question, failure) from failure
        # Nothing can follow a response that the service has forgotten.
        return so_far.model_copy(update={"conversation_id": self._question.conversation_id})

    async def _persistently(self, read: Callable[[], Awaitable[T]], seconds: float) -> T:
        """Read, again and again for so many seconds while the service cannot be reached."""
        give_up = anyio.current_time() + seconds
        pause = _FIRST_PAUSE
        while True:
            try:
                return await read()
            except FoundryError as failure:
                wait = max(pause, failure.retry_after or 0)
                if failure.code not in failures.PASSING or anyio.current_time() + wait > give_up:
                    raise
            await anyio.sleep(wait)
            pause = min(pause * 2, 10)
