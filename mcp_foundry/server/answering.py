"""A question on its way through the side doors: approvals, and answers that have to be data."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import anyio

from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.identifiers import check_answer_id
from mcp_foundry.project.answer_schema import AnswerSchema, Expected
from mcp_foundry.server.answer_data import with_data
from mcp_foundry.server.approvals.policy import checked, decided
from mcp_foundry.server.approvals.settling import resume_decided, settle
from mcp_foundry.server.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.agents.question import Question, Reply
    from mcp_foundry.contract.batches import BatchAnswer
    from mcp_foundry.contract.json import Json
    from mcp_foundry.runs.asker import Request
    from mcp_foundry.runs.watch import Watch
    from mcp_foundry.server.call import Call
    from mcp_foundry.server.tools.arguments import ReplyArgument


class Answering:
    """One call that waits for an answer.

    Args:
        ctx: The call.
        watch: Tells the client what the run does.
        answer_schema: What the answer has to meet; empty for any text.

    Raises:
        FoundryError: The schema is none.
    """

    def __init__(self, ctx: Call, watch: Watch, answer_schema: Json | None = None) -> None:
        self._ctx = ctx
        self._watch = watch
        self._foundry = ctx.request_context.lifespan_context
        alone = self._foundry.caller is None
        self._schema = AnswerSchema(answer_schema, patterns=alone) if answer_schema else None
        self._expected: Expected | None = None
        self._begun = anyio.current_time()

    async def ask(self, request: Request, replies: Sequence[ReplyArgument] = ()) -> Answer:
        """Ask, or reply to what an earlier answer waits for, and return the answer."""
        request = request.opened(self._foundry.binding)
        given = await self._replies([each.reply() for each in replies], request.conversation_id)
        if self._schema:
            self._expected = Expected(self._schema, inputs=request.inputs)
            if request.message.strip():
                request = request._replace(message=self._schema.ask(request.message))
        question = await self._foundry.question(request, given)
        answer = await resume_decided(self._ctx, self._watch)
        return await self._end(answer or await self._ask(question))

    async def get(self, answer_id: str) -> Answer | BatchAnswer:
        """Return the answer, or what is new of the batch, that has this id."""
        foundry = self._foundry
        answer_id = foundry.binding.open(answer_id, "answer")
        if answer_id.startswith("batch_"):
            if "/" in answer_id:
                return await self._with_files(foundry.batches.answer(answer_id))
            batch = foundry.batches.find(answer_id)
            counting = Progress(self._ctx).counting(batch.answers)
            return await batch.wait(foundry.settings.max_wait, counting)
        check_answer_id(answer_id)
        self._expected = foundry.expected.get(answer_id)
        answer = await resume_decided(self._ctx, self._watch)
        if answer is None:
            answer = await foundry.runs.resume(RunIds.of(answer_id), self._watch)
            foundry.check_allowed(answer.agent)
        return await self._end(answer)

    async def _replies(self, replies: list[Reply], conversation_id: str) -> list[Reply]:
        twofold = any(None not in {each.approve, each.output} for each in replies)
        if twofold and conversation_id not in {"", "new"}:
            pending = (await self._foundry.runs.partners.of(conversation_id)).pending
            replies = [decided(each, pending) for each in replies]
        return [checked(each, self._foundry.settings.approvals) for each in replies]

    async def _ask(self, question: Question) -> Answer:
        return await self._foundry.ask(question, self._watch)

    async def _end(self, answer: Answer) -> Answer:
        settled = await settle(self._ctx, answer, self._watch)
        if not isinstance(settled, Answer):
            # The SDK passes a question to the client through, whatever a tool is said to return.
            return cast("Answer", settled)
        whole = await with_data(self._foundry, settled, self._expected, self._watch, self._begun)
        return await self._with_files(whole)

    async def _with_files(self, answer: Answer) -> Answer:
        longest, used = self._foundry.settings.max_wait, anyio.current_time() - self._begun
        left = longest - used if longest else self._foundry.settings.limits.files
        return await self._foundry.files.complete(answer, left)
