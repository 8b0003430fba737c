"""What an agent waits for, asked in place: approvals, sign-ins, outputs of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.commands.chatting.words import harmless
from mcp_foundry.commands.next_to_type import SIGNED_IN
from mcp_foundry.server.approvals.elicitation import sentence_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_foundry.contract.answers import Answer, Pending

    Asks = Callable[[str], Awaitable[str]]

_YES = frozenset({"y", "yes"})


class Step(NamedTuple):
    """How a turn goes on: with a message, or with replies."""

    message: str
    replies: list[dict[str, object]]


async def replies_to(answer: Answer, asks: Asks) -> Step | None:
    """Return what lets an agent go on, as arguments of `Talk.say`; None where a person leaves it.

    Args:
        answer: What waits.
        asks: Asks the person, and returns a line; see `Lines.ask`.
    """
    for item in answer.pending:
        if item.kind == "oauth_consent":
            return await _signed_in(item, asks)
    replies: list[dict[str, object]] = []
    for item in answer.pending:
        if item.kind == "approval":
            said = await asks(f"{harmless(sentence_of(answer, item))}\nAllow it? [y/N] ")
            replies.append({"id": item.id, "approve": said.strip().lower() in _YES})
            continue
        called = harmless(f"{item.name or item.kind}({item.arguments})")
        output = await asks(
            f"The agent calls {called}, and waits for you.\nOutput (Enter leaves it): "
        )
        if not output.strip():
            return None
        replies.append({"id": item.id, "output": output})
    return Step("", replies)


async def _signed_in(item: Pending, asks: Asks) -> Step | None:
    if not item.url:
        return None  # it is not https, and was withheld
    said = await asks(f"The agent needs you to sign in at {harmless(item.url)}\nDone? [Y/n] ")
    return Step(SIGNED_IN, []) if said.strip().lower() in {"", *_YES} else None
