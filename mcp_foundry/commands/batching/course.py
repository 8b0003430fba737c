"""A batch of a file on its way: rows asked, answers written, answers of an earlier run fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.commands.batching.feed import Feed
from mcp_foundry.commands.batching.index import ANSWERED
from mcp_foundry.commands.batching.lock import UnderWay
from mcp_foundry.commands.batching.output import CannotWriteError
from mcp_foundry.contract.answers import CANCELLED, Answer, Error
from mcp_foundry.contract.identifiers import chain_of
from mcp_foundry.runs.failures import SILENT
from mcp_foundry.runs.notifier import Notifier
from mcp_foundry.runs.workers import Workers
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.commands.batching.bar import Bar
    from mcp_foundry.commands.batching.lock import Lock
    from mcp_foundry.commands.batching.output import Output
    from mcp_foundry.commands.batching.rows import Id, Row, Rows
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.runs.run import Run

# Rows that are held while others of their conversations are asked.
_AHEAD = 64


class Course:
    """The rows of a file, asked in an open project.

    Args:
        foundry: The project.
        rows: What is asked.
        output: Where the answers go.
        lock: Where it stands which are under way; None where nothing is kept.
        bar: Told how far it is.

    Attributes:
        broken: Why no more could be written; None where nothing is wrong.
        spent: Why the rest was not asked: the budget's refusal.
    """

    def __init__(
        self, foundry: FoundrySession, rows: Rows, output: Output, lock: Lock | None, bar: Bar
    ) -> None:
        self.broken: CannotWriteError | None = None
        self.spent: Error | None = None
        self._foundry = foundry
        self._rows = rows
        self._output = output
        self._lock = lock
        self._bar = bar
        self._counts = bar.counts
        self._asker = foundry.asker()
        self._noted: dict[int, Run] = {}
        self._settled = Notifier()
        self._scope = anyio.CancelScope()

    async def run(self) -> None:
        """Ask what is not answered, until all is, or there is no going on.

        Where it is cancelled, it asks no more, cancels what is under way at the service, and still
        writes what came in that moment.
        """
        self._feed = Feed(self._unanswered())
        try:
            with self._scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._bar.run)
                    tasks.start_soon(self._stop_in_the_end)
                    await self._fetch_all()
                    await Workers(self._feed.next, self._answer, _chain).run(
                        self._foundry.settings.concurrency, _AHEAD
                    )
                    tasks.cancel_scope.cancel()
        finally:
            self._feed.close()

    async def _stop_in_the_end(self) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await self._asker.stop()

    def _unanswered(self) -> Generator[Row]:
        """Read the rows, in the feed's thread, without those that have their answers."""
        number = 0
        for row in self._rows:
            number = row.number
            known = self._output.index.take(row.id, number)
            if row.complaint:
                yield row._replace(id="") if known.done or known.number else row
            elif known.number:
                told = f"it has the id of row {known.number}, {row.id!r}, and is not asked"
                yield row._replace(id="", complaint=told)
            elif not known.done:
                yield row
            elif known.done != ANSWERED:
                self._counts.before += 1
        self._counts.total = number

    async def _answer(self, row: Row) -> None:
        # What is under way when the batch is cancelled comes to an end of its own: it is stopped.
        with anyio.CancelScope(shield=True):
            if self._asker.stopped or self.spent:
                return
            if row.complaint:
                self._bar.complain(f"{row.where}: {row.complaint}")
                error = Error(code="invalid_request", message=f"{row.where}: {row.complaint}")
                self._write(row.id, Answer(status="failed", error=error))
                return
            answer = await self._ask(row)
            if answer and not (self._asker.stopped and answer.incomplete_reason == CANCELLED):
                if answer.error and not self._counts.codes[answer.error.code]:
                    self._bar.complain(f"{row.where}: {answer.error.code}: {answer.error.message}")
                self._write(row.id, answer)
            self._settle(row.number, answer)

    async def _ask(self, row: Row) -> Answer | None:
        """Return the answer; None where the budget is spent.

        What others that are under way have claimed of it may be too much, so they are awaited.
        """
        while True:
            answer = await self._asker.answer(row.number - 1, row.request, partial(self._note, row))
            error = answer.error
            if not (error and error.code == "budget_exhausted" and error.retry_after):
                return answer
            if not self._asker.under_way:
                self.spent = error
                self._feed.close()
                return None
            await self._settled.wait()

    async def _note(self, row: Row, run: Run) -> None:
        """Keep on disk by what the answer is found, should this process be killed."""
        if self._lock is None:
            return
        asked = run.question
        noted = UnderWay(
            row.id, asked.agent, asked.conversation_id, asked.correlation_id, asked.asked_at
        )
        self._noted[row.number] = run
        self._lock.put(row.number, noted)
        while run.ids is None and not run.done.is_set():
            await run.changed.wait()
        if run.ids is not None:
            self._lock.put(row.number, noted._replace(answer_id=run.ids.answer_id))

    def _settle(self, number: int, answer: Answer | None) -> None:
        """Forget by what an answer is found, unless it is not here and may be at the service."""
        run = self._noted.pop(number, None)
        if run and self._lock and not self.broken:
            error = answer.error if answer else None
            lost = error is not None and error.code in SILENT and run.sent
            self._lock.clear(number, keep=lost)
        self._settled.notify()

    def _write(self, identifier: Id, answer: Answer) -> None:
        if self.broken:
            return
        try:
            if identifier != "":
                self._output.add(identifier, answer.structured())
            self._counts.add(answer)
        except CannotWriteError as failure:
            self.broken = failure
            self._scope.cancel()

    async def _fetch_all(self) -> None:
        """Bring what was under way when an earlier run was killed, before anything is asked."""
        if self._lock and self._lock.left:
            async with anyio.create_task_group() as tasks:
                for slot, left in list(self._lock.left.items()):
                    tasks.start_soon(self._fetch, self._lock, slot, left)

    async def _fetch(self, lock: Lock, slot: int, left: UnderWay) -> None:
        if not self._output.index.find(left.id).done:
            answer = await self._fetched(left)
            if answer:
                self._write(left.id, answer)
                if answer.status == "failed":
                    return  # it may be there, so it is looked for again, and not asked again
        lock.free(slot)

    async def _fetched(self, left: UnderWay) -> Answer | None:
        """Return an answer, or that it cannot be had now; None where it is to be asked again."""
        asked = Question(
            "",
            left.agent,
            left.conversation_id,
            correlation_id=left.correlation_id,
            asked_at=left.asked_at,
        )
        try:
            ids: RunIds | None = RunIds.of(left.answer_id)
            if not left.answer_id:
                generation = self._foundry.generations.of(left.agent, left.conversation_id)
                ids = await generation.find(asked, left.conversation_id)
            if ids is None:
                return None
            return await self._foundry.files.keep(await self._foundry.runs.resume(ids, _end_of))
        except Exception as exception:  # noqa: BLE001 - each answer fails by itself
            failure = explain(exception, f"row {left.id}", self._foundry.settings)
            if failure.code not in SILENT:
                return None
            return Answer(status="failed", error=Error.of(failure))


async def _end_of(run: Run) -> None:
    await run.done.wait()


def _chain(row: Row) -> str:
    return chain_of(row.request.conversation_id)
