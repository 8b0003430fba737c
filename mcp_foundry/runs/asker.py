"""One question of many: it is answered, or fails, by itself."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from mcp_foundry.agents.sandboxes import Sandboxes
from mcp_foundry.contract.answers import CANCELLED, Answer, Error
from mcp_foundry.contract.binding import without_proof
from mcp_foundry.contract.files import FILE_ID, SCHEME
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.binding import Binding
    from mcp_foundry.contract.errors import FoundryError
    from mcp_foundry.runs.run import Run
    from mcp_foundry.runs.supervisor import Supervisor


class Request(NamedTuple):
    """One question, as it was asked for."""

    message: str
    agent: str
    conversation_id: str
    inputs: Mapping[str, Any] = MappingProxyType({})
    files: Sequence[str] = ()

    def opened(self, binding: Binding) -> Request:
        """Return it with the ids that were bound to its caller.

        Raises:
            FoundryError: One of them is not the caller's.
        """
        opened = {given: _opened(given, binding) for given in self.files}
        return self._replace(
            conversation_id=binding.open(self.conversation_id, "conversation"),
            files=[opened[given] for given in self.files],
            inputs={
                name: opened.get(value) or _opened(value, binding)
                if isinstance(value, str)
                else value
                for name, value in self.inputs.items()
            },
        )


def _opened(given: str, binding: Binding) -> str:
    """Return what a caller gave for a file: the id of one, where it is one, without its proof."""
    at_service = given.startswith(SCHEME) or FILE_ID.fullmatch(without_proof(given))
    return binding.open(given, "file") if at_service else given


class Asker:
    """Asks the questions of one batch.

    Args:
        runs: Where they become runs.
        question: Checks a request.
        explain: Adds to a failure what the project knows.
        keep: Keeps what files there are of an answer.

    Attributes:
        under_way: The runs that are, by the places of their requests.
        stopped: Whether no more is asked.
    """

    def __init__(
        self,
        runs: Supervisor,
        question: Callable[[Request], Awaitable[Question]],
        explain: Callable[[FoundryError, str], Awaitable[FoundryError]],
        keep: Callable[[Answer], Awaitable[Answer]],
    ) -> None:
        self.under_way: dict[int, Run] = {}
        self.stopped = False
        self._runs = runs
        self._question = question
        self._explain = explain
        self._keep = keep
        self._sandboxes = Sandboxes()

    async def answer(
        self,
        place: int,
        request: Request,
        begun: Callable[[Run], Awaitable[None]] | None = None,
    ) -> Answer:
        """Ask, and return the answer, or as one of its kind why there is none.

        Args:
            place: Which of the batch it is, from 0.
            request: What is asked.
            begun: Told the run when it is begun; the answer is awaited after it.
        """
        run: Run | None = None
        try:
            question = replace(await self._question(request), shared=self._sandboxes)
            if self.stopped:
                return Answer(status="incomplete", incomplete_reason=CANCELLED)
            run = self._runs.begin(question, patient=True)
            self.under_way[place] = run
            if begun:
                await begun(run)
            return await self._keep(await self._runs.follow(run))
        except Exception as exception:  # noqa: BLE001 - each question fails by itself
            if self.stopped and run is not None:
                return run.reader.answer_so_far("incomplete", CANCELLED)
            about = f"request {place + 1}"
            failure = await self._explain(explain(exception, about), request.agent)
            return Answer(status="failed", agent=request.agent, error=Error.of(failure))
        finally:
            self.under_way.pop(place, None)

    async def stop(self) -> None:
        """Ask no more, and cancel at the service what is under way."""
        self.stopped = True
        async with anyio.create_task_group() as tasks:
            for run in list(self.under_way.values()):
                tasks.start_soon(self._runs.cancel, run)
