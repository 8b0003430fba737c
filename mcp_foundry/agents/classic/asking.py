"""The classic generation: threads, messages and runs.

The service retires it on 2027-03-31. To delete it: this folder, its rows in `agents/generation.py`,
the emulator's plane of the same name, and the tests of both.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.agents.classic.answers import answer_of, ids_of, pending_in
from mcp_foundry.agents.classic.parts import message_of
from mcp_foundry.agents.classic.reading import UNDER_WAY, ClassicReader
from mcp_foundry.agents.question import CORRELATION, LastTurn, Question, RunIds
from mcp_foundry.agents.uploads import Uploads
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in, text_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.contract.answers import GenerationName
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

_VERSION = "?api-version=v1"
# Runs that wait for replies expire at the service; what is forgotten here is asked there.
_PAUSED = 200


class Classic:
    """Asks agents of the classic generation."""

    name: GenerationName = "classic"
    waits_at_service = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._uploads = Uploads(wire, f"/files{_VERSION}")
        # What runs that wait for replies wrote before: thread → (run, its messages).
        self._paused: OrderedDict[str, tuple[Json, list[Json]]] = OrderedDict()

    @asynccontextmanager
    async def sharing(self, question: Question) -> AsyncGenerator[Question]:
        """Share nothing."""
        yield question

    async def is_lost(self, ids: RunIds, *, streams: bool) -> bool:  # noqa: ARG002 - the current generation looks
        """Return no: a run expires at the service."""
        return False

    async def prepare(self, question: Question) -> Question:
        """Resolve replies to the run that waits for them, and send files ahead.

        Every thread is durable already.
        """
        thread = question.conversation_id.partition("/")[0]
        if not question.replies:
            question = await self._uploads.sent(question)
            return replace(question, conversation_id="" if thread == "new" else thread)
        if thread not in self._paused:
            run = await self._newest_run(thread, question.about)
            if run.get("status") != "requires_action":
                raise FoundryError(
                    "invalid_request",
                    f"conversation '{thread}' waits for no replies: its newest run is "
                    f"{run.get('status') or 'not there'}. Ask again with a message.",
                )
            self._pause(run, await self._messages(thread, run["id"], question.about))
        run, _ = self._paused[thread]
        return Question("", run["assistant_id"], f"{thread}/{run['id']}", question.replies)

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question as one streamed request."""
        path, body = _request(question)
        if question.replies:
            # Whatever comes of them, the run is no longer known to wait.
            self._paused.pop(question.conversation_id.partition("/")[0], None)
        return await stack.enter_async_context(self._wire.stream(path, question.about, body))

    def reader(self, question: Question) -> RunReader:
        """Return what reads a run's stream."""
        thread = question.conversation_id.partition("/")[0]
        earlier = self._paused.get(thread, ({}, []))[1] if question.replies else []
        return ClassicReader(question, earlier, self._pause)

    def _pause(self, run: Json, messages: list[Json]) -> None:
        self._paused[run["thread_id"]] = run, messages
        while len(self._paused) > _PAUSED:
            self._paused.popitem(last=False)

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the run's answer from the run and its messages."""
        thread, _, run_id = ids.answer_id.partition("/")
        about = f"answer '{ids.answer_id}'"
        run = await self._wire.fetch("GET", _run_path(thread, run_id), about)
        ids = replace(ids, agent=text_in(run.get("assistant_id")) or ids.agent)
        if run.get("status") in UNDER_WAY:
            return Answer(
                status="in_progress",
                agent=ids.agent,
                generation="classic",
                conversation_id=thread,
                answer_id=ids.answer_id,
            )
        return answer_of(run, await self._messages(thread, run_id, about), ids)

    async def resume(
        self,
        ids: RunIds,
        after: int | None,  # noqa: ARG002 - the current generation goes on
        stack: AsyncExitStack,  # noqa: ARG002 - the current generation goes on
    ) -> AsyncIterator[bytes]:
        """Refuse: a run's stream cannot be read again."""
        raise FoundryError("invalid_request", f"answer '{ids.answer_id}' has no stream any more.")

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Return the run that carries the question's mark; its thread does, where that is new."""
        thread, _, run_id = conversation_id.partition("/")
        if run_id:
            return RunIds(conversation_id, thread, question.agent)
        if thread in {"", "new"}:
            thread = await self._new_thread(question)
        run = await self._newest_run(thread, question.about) if thread else {}
        mark = object_in(run.get("metadata")).get(CORRELATION)
        return ids_of(run, thread, None) if mark == question.correlation_id else None

    async def _new_thread(self, question: Question) -> str:
        """Return the thread that a question began; empty where none of the newest is."""
        path = f"/threads{_VERSION}&limit=100&order=desc"
        listed = await self._wire.fetch("GET", path, question.about)
        for thread in objects_in(listed.get("data")):
            if object_in(thread.get("metadata")).get(CORRELATION) == question.correlation_id:
                return text_in(thread.get("id"))
        return ""

    async def cancel(self, ids: RunIds) -> None:
        """Cancel the run."""
        thread, _, run = ids.answer_id.partition("/")
        path = _run_path(thread, run, "/cancel")
        await self._wire.fetch("POST", path, f"answer '{ids.answer_id}'", body={})

    async def newest(self, conversation_id: str) -> LastTurn:
        """Return what the newest run of a thread says of itself."""
        thread = conversation_id.partition("/")[0]
        run = await self._newest_run(thread, f"conversation '{thread}'")
        return LastTurn(text_in(run.get("assistant_id")), tuple(pending_in(run)))

    async def _newest_run(self, thread: str, about: str) -> Json:
        path = f"/threads/{quote(thread)}/runs{_VERSION}&limit=1&order=desc"
        runs = objects_in((await self._wire.fetch("GET", path, about)).get("data"))
        return runs[0] if runs else {}

    async def _messages(self, thread: str, run: str, about: str) -> list[Json]:
        path = (
            f"/threads/{quote(thread)}/messages{_VERSION}&run_id={quote(run)}&order=asc&limit=100"
        )
        found: list[Json] = []
        after = ""
        while True:
            page = await self._wire.fetch("GET", path + after, about)
            listed = objects_in(page.get("data"))
            found += listed
            last = text_in(page.get("last_id"))
            if not (page.get("has_more") and listed and last):
                return found
            after = f"&after={quote(last)}"


def _run_path(thread: str, run: str, action: str = "") -> str:
    return f"/threads/{quote(thread)}/runs/{quote(run)}{action}{_VERSION}"


def _request(question: Question) -> tuple[str, Json]:
    thread, _, run = question.conversation_id.partition("/")
    if question.replies:
        outputs = [r for r in question.replies if r.output is not None]
        approvals = [r for r in question.replies if r.output is None]
        body: Json = {"stream": True}
        if outputs:
            body["tool_outputs"] = [{"tool_call_id": r.id, "output": r.output} for r in outputs]
        if approvals:
            body["tool_approvals"] = [
                {"tool_call_id": r.id, "approve": bool(r.approve)} for r in approvals
            ]
        return _run_path(thread, run, "/submit_tool_outputs"), body
    mark = {CORRELATION: question.correlation_id}
    body = {"assistant_id": question.agent, "stream": True, "metadata": mark}
    message = message_of(question)
    if thread:
        body["additional_messages"] = [message]
        return f"/threads/{quote(thread)}/runs{_VERSION}", body
    body["thread"] = {"messages": [message], "metadata": mark}
    return f"/threads/runs{_VERSION}", body
