"""The batches of the process, each found by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import TaskGroup

    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.runs.asker import Asker, Request
    from mcp_foundry.runs.run import Run
    from mcp_foundry.runs.shelf import OwnShelf


class Batches:
    """The batches of one caller.

    Args:
        tasks: Where they run.
        workers: How many questions of one are asked at once.
        runs: Those whose ids are told.
        ended: Those at their end, for whoever asks for their answers again.
        gently: Whether others share the event loop. A hundred questions that begin, and end, in one
            step would hold up everybody's calls; begun one by one they cost a tenth more.
    """

    def __init__(
        self,
        tasks: TaskGroup,
        workers: int,
        runs: OwnShelf[Run],
        ended: OwnShelf[Batch],
        *,
        gently: bool = False,
    ) -> None:
        self._tasks = tasks
        self._workers = workers
        self._runs = runs
        self._ended = ended
        self._gently = gently
        self._under_way: dict[str, Batch] = {}

    def begin(self, requests: Sequence[Request], asker: Asker) -> Batch:
        """Begin to ask many questions.

        Raises:
            FoundryError: `rate_limited`, where more questions of batches are under way than fit.
        """
        asked = sum(len(batch.answers) for batch in self._under_way.values())
        if asked + len(requests) > self._ended.most:
            raise FoundryError(
                "rate_limited",
                f"{asked:,} questions of earlier batches are under way, and no more than "
                f"{self._ended.most:,} may be. Wait for them with get_answer, or stop them with "
                "cancel_answer.",
            )
        batch = Batch(requests, asker, self._runs)
        self._under_way[batch.id] = batch
        self._tasks.start_soon(self._run, batch)
        return batch

    async def _run(self, batch: Batch) -> None:
        try:
            await batch.run(self._workers, gently=self._gently)
        finally:
            del self._under_way[batch.id]
            self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        self._ended.put(batch.id, batch, len(batch.answers))

    @property
    def idle(self) -> bool:
        """Whether none is under way."""
        return not self._under_way

    def find(self, identifier: str) -> Batch:
        """Return a batch by its name.

        Raises:
            FoundryError: This process knows no such batch.
        """
        if batch := self._under_way.get(identifier):
            return batch
        if batch := self._ended.find(identifier):
            self._keep(batch)  # from now on, for it is in use
            return batch
        if self._gently:
            raise FoundryError(
                "conversation_not_found",
                f"batch '{identifier[:40]}' is not known to the replica that was asked. The one "
                "that began it may be the next to answer: call again a few times, and ask nothing "
                "anew before, for it would be paid for twice. It is kept for an hour once ended.",
                retry_after=1,
            )
        raise FoundryError(
            "conversation_not_found",
            f"batch '{identifier[:40]}' is not known here: a batch lives as long as the server "
            "that began it, and as long as newer ones leave room. The answers that were told as "
            "in_progress can be fetched with get_answer by their own answer_id.",
        )

    def answer(self, reference: str) -> Answer:
        """Return the answer that `BATCH_ID/NUMBER` names.

        Raises:
            FoundryError: There is none.
        """
        identifier, _, number = reference.partition("/")
        return self.find(identifier).answer(int(number) if number.isdecimal() else 0)

    def conversation_of(self, reference: str) -> str:
        """Return the conversation that goes on from the answer that `BATCH_ID/NUMBER` names.

        Raises:
            FoundryError: There is no such answer, or it has no conversation.
        """
        answer = self.answer(reference)
        if answer.conversation_id:
            return answer.conversation_id
        raise FoundryError(
            "invalid_request",
            f"'{reference[:60]}' is {answer.status}, and there is no conversation to go on with. "
            "Pass one whose answer is completed.",
        )
