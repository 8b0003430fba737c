"""A turn: what is asked, its answer as it grows, and what the agent waits for on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.commands.chatting.agents import error_in
from mcp_foundry.commands.chatting.replying import replies_to
from mcp_foundry.commands.chatting.telling import tell
from mcp_foundry.commands.outcome import FAILED, code_of
from mcp_foundry.commands.talking.following import show_what_follows
from mcp_foundry.commands.talking.opening import new_page
from mcp_foundry.contract.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp_types import CallToolResult

    from mcp_foundry.commands.chatting.replying import Asks, Step
    from mcp_foundry.commands.talking.going_on import GoingOn
    from mcp_foundry.commands.talking.stdout import Stdout
    from mcp_foundry.commands.turns import Talk

Json = dict[str, Any]
# Seconds; less than a process may take to end.
_CANCELLING = 3


class Turn:
    """One turn of a talk.

    Args:
        talk: Goes on only where the turn ends with an answer.
        out: Where the answer goes.
        asks: Asks the person; None where there is none.
        going_on: Remembers the conversation.

    Attributes:
        has_begun: Whether anything was asked.
    """

    def __init__(self, talk: Talk, out: Stdout, asks: Asks | None, going_on: GoingOn) -> None:
        self.has_begun = False
        self._talk = talk
        self._out = out
        self._asks = asks
        self._going_on = going_on
        self._page = new_page(out)
        self._waiting = ""

    async def take(self, message: str, files: Sequence[str], inputs: Mapping[str, object]) -> int:
        """Ask, and show the answer; cancelled, what was written so far stands there.

        Returns:
            What a command would end with, see `outcome`.

        Raises:
            EOFError: The person ended it at a question.
        """
        self.has_begun = True
        before, whole = self._talk.conversation_id, False
        try:
            result = await self._talk.say(message, self._page, files=files, inputs=inputs)
            while step := await self._step(result):
                result = await self._talk.say(step.message, self._page, replies=step.replies)
            whole = await self._show(result)
        except (anyio.get_cancelled_exc_class(), EOFError):
            tell("⋯ Cancelled; the text ends here.")
            if self._waiting:  # which nobody but the service knows
                with anyio.move_on_after(_CANCELLING, shield=True):
                    await self._talk.call("cancel_answer", answer_id=self._waiting)
            raise
        finally:
            if not whole:
                self._talk.conversation_id = before
        return FAILED if result.is_error else code_of(result.structured_content or {})

    async def _step(self, result: CallToolResult) -> Step | None:
        """Return how the turn goes on, where a person says so."""
        if result.is_error or self._asks is None:
            return None
        answer = Answer.model_validate(result.structured_content)
        if not answer.pending:
            return None
        self._waiting = answer.answer_id
        async with self._page.aside():
            step = await replies_to(answer, self._asks)
        self._waiting = ""
        return step

    async def _show(self, result: CallToolResult) -> bool:
        """Show what is left of an answer, and what follows it; return whether it is an answer."""
        answer: Json = result.structured_content or {}
        await self._page.end(answer)
        if result.is_error:
            tell(error_in(answer))
            return False
        if self._out.is_terminal:
            show_what_follows(result, drawn=self._page.is_drawn)
        if answer["status"] == "requires_action":
            tell(self._going_on.lack(answer))
            return False
        if answer["status"] == "incomplete":
            tell(f"⋯ It is incomplete: {answer.get('incomplete_reason', '')}")
        self._going_on.remember(answer, self._talk.agent)
        return True
