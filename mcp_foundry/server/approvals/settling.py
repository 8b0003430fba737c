"""Tool calls that an agent wants to make: who decides, and how a person is asked.

Nothing is approved by default: a client that cannot ask a person gets the pending answer back.
"""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING, Any

import anyio
from mcp import MCPError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least
from pydantic import BaseModel, Field

from mcp_foundry.agents.generation import Question, Reply
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.server.progress import Progress

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from mcp_foundry.contract.answers import Answer, Pending
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.runs.supervisor import Runs, Watch
    from mcp_foundry.settings.variables import Approvals

# The revision from which a tool returns its questions instead of sending them.
_MULTI_ROUND = "2026-07-28"


class Approval(BaseModel):
    """What a person is asked for."""

    approve: bool = Field(description="Let the agent make this call")


def check_replies(replies: list[Reply], approvals: Approvals) -> None:
    """Refuse approvals that the calling model may not give; it may always deny.

    Raises:
        FoundryError: `not_allowed`, or `invalid_request` for a reply that decides nothing.
    """
    for reply in replies:
        if (reply.approve is None) == (reply.output is None):
            raise FoundryError(
                "invalid_request",
                f"reply '{reply.id}' needs either approve (true or false) or output (text).",
            )
        if reply.approve and approvals != "caller":
            raise FoundryError(
                "not_allowed",
                f"reply '{reply.id}' approves a tool call, which only a person may do here "
                f"(MCP_FOUNDRY_APPROVALS={approvals}). Deny it with approve=false, or have the "
                "person who runs this server set MCP_FOUNDRY_APPROVALS=caller.",
            )


class Asking:
    """One call that asks an agent, with the decisions that its answer may need."""

    def __init__(self, ctx: Context[FoundrySession, Any], watch: Watch) -> None:
        self._ctx = ctx
        self._foundry = ctx.request_context.lifespan_context
        self._runs: Runs = self._foundry.runs
        self._watch = watch

    async def answer(self, question: Question) -> Answer | InputRequiredResult:
        """Ask, and settle the approvals that the answer waits for."""
        if self._ctx.request_state is not None:
            return await self._settled(await self._decided(self._ctx.request_state))
        return await self._settled(await self._runs.ask(question, self._watch))

    async def again(self, answer_id: str) -> Answer | InputRequiredResult:
        """Return an answer that was handed back, and settle the approvals that it waits for."""
        if self._ctx.request_state is not None:
            return await self._settled(await self._decided(self._ctx.request_state))
        answer = await self._runs.again(answer_id, self._watch)
        self._foundry.check_allowed(answer.agent)
        return await self._settled(answer)

    async def _settled(self, answer: Answer) -> Answer | InputRequiredResult:
        """Go on until the answer waits for nothing that can be settled here."""
        while answer.pending and all(item.kind == "approval" for item in answer.pending):
            replies = await self._decisions(answer)
            if not isinstance(replies, list):
                return replies or answer
            answer = await self._runs.ask(_resuming(answer, replies), self._watch)
        return answer

    async def _decisions(self, answer: Answer) -> list[Reply] | InputRequiredResult | None:
        """Return what was decided, the question to a person, or None where nobody can be asked."""
        policy = self._foundry.settings.approvals
        if policy == "deny":
            return [Reply(item.id, approve=False) for item in answer.pending]
        if policy == "caller" or not _can_ask(self._ctx):
            return None
        if is_version_at_least(self._ctx.protocol_version or "", _MULTI_ROUND):
            return _questions(answer)
        try:
            return await self._elicited(answer)
        except anyio.get_cancelled_exc_class():
            await self._runs.call_off(answer)
            raise

    async def _elicited(self, answer: Answer) -> list[Reply] | None:
        replies: list[Reply] = []
        with anyio.move_on_after(self._foundry.settings.limits.person):
            async with Progress(self._ctx).alive(lambda: "Waiting for a person to approve"):
                for item in answer.pending:
                    try:
                        said = await self._ctx.elicit(_sentence(answer, item), Approval)
                    except (MCPError, ValueError):
                        return None  # the client failed, or said neither yes nor no
                    agreed = said.action == "accept" and said.data.approve
                    replies.append(Reply(item.id, approve=agreed))
        return replies if len(replies) == len(answer.pending) else None

    async def _decided(self, state: str) -> Answer:
        """Go on with what a person decided in the round before.

        The state is sealed by the SDK but not single-use: a client that sends it twice joins the
        run that the first one started.
        """
        told = loads(state)
        key = f"decided {told['answer_id']}"
        run = self._runs.kept(key)
        if run is None:
            responses = self._ctx.input_responses or {}
            replies = [Reply(i, approve=_agreed(responses.get(i))) for i in told["pending"]]
            resumed = Question("", told["agent"], told["conversation_id"], tuple(replies))
            run = self._runs.begin(resumed)
            self._runs.keep(key, run)
        return await self._runs.answer(run, self._watch)


def _resuming(answer: Answer, replies: list[Reply]) -> Question:
    return Question("", answer.agent, _place(answer), tuple(replies))


def _place(answer: Answer) -> str:
    # Replies go to the very run or response that waits.
    return answer.answer_id if answer.generation == "classic" else answer.conversation_id


def _questions(answer: Answer) -> InputRequiredResult:
    schema: Any = Approval.model_json_schema()
    return InputRequiredResult(
        input_requests={
            item.id: ElicitRequest(
                params=ElicitRequestFormParams(
                    message=_sentence(answer, item),
                    requested_schema={
                        "type": "object",
                        "properties": schema["properties"],
                        "required": ["approve"],
                    },
                )
            )
            for item in answer.pending
        },
        request_state=dumps(
            {
                "answer_id": answer.answer_id,
                "conversation_id": _place(answer),
                "agent": answer.agent,
                "pending": [item.id for item in answer.pending],
            }
        ),
    )


def _sentence(answer: Answer, item: Pending) -> str:
    tool = f"{item.server}.{item.name}" if item.server else item.name
    return f"Agent {answer.agent} wants to call {tool} with {item.arguments or 'no arguments'}."


def _can_ask(ctx: Context[FoundrySession, Any]) -> bool:
    elicitation = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _agreed(response: object) -> bool:
    return (
        isinstance(response, ElicitResult)
        and response.action == "accept"
        and (response.content or {}).get("approve") is True
    )
