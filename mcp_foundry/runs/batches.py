"""The batches of the process, each found by its id."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import TaskGroup

    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.runs.asker import Asker, Request
    from mcp_foundry.runs.supervisor import Supervisor

# Answers that are kept for whoever asks for them again.
_KEPT = 4000


class Batches:
    """The batches of one caller.

    Args:
        runs: Where their questions become runs.
        tasks: Where they run.
        workers: How many questions of one are asked at once.
        gently: Whether others share the event loop. A hundred questions that begin, and end, in one
            step would hold up everybody's calls; begun one by one they cost a tenth more.
    """

    def __init__(
        self, runs: Supervisor, tasks: TaskGroup, workers: int, *, gently: bool = False
    ) -> None:
        self._runs = runs
        self._tasks = tasks
        self._workers = workers
        self._gently = gently
        self._known: OrderedDict[str, Batch] = OrderedDict()

    def begin(self, requests: Sequence[Request], asker: Asker) -> Batch:
        """Begin to ask many questions.

        Raises:
            FoundryError: `rate_limited`, where more questions of batches are under way than fit.
        """
        kept = sum(len(batch.answers) for batch in self._known.values())
        for identifier, old in list(self._known.items()):
            if kept + len(requests) > _KEPT and old.done.is_set():
                kept -= len(old.answers)
                del self._known[identifier]
        if kept + len(requests) > _KEPT:
            raise FoundryError(
                "rate_limited",
                f"{kept:,} questions of earlier batches are under way, and no more than {_KEPT:,} "
                "may be. Wait for them with get_answer, or stop them with cancel_answer.",
            )
        batch = Batch(requests, asker, self._runs)
        self._known[batch.id] = batch
        self._tasks.start_soon(partial(batch.run, self._workers, gently=self._gently))
        return batch

    @property
    def idle(self) -> bool:
        """Whether none is under way."""
        return all(batch.done.is_set() for batch in self._known.values())

    def find(self, identifier: str) -> Batch:
        """Return a batch by its name.

        Raises:
            FoundryError: This process knows no such batch.
        """
        if batch := self._known.get(identifier):
            return batch
        if self._gently:
            raise FoundryError(
                "conversation_not_found",
                f"batch '{identifier[:40]}' is not known to the replica that was asked. The one "
                "that began it may be the next to answer: call again a few times, and ask nothing "
                "anew before, for it would be paid for twice. A batch ends with its replica.",
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
