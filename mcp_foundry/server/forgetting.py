"""What an embedded emulator forgets, told to whoever holds its ids.

Some hosts show a model the JSON of a result, some its text, and some cut the text's footer off.
`next` is in both already, so that no answer needs a field for it and those of other projects stay
as they are. A failed call's `next` is in its JSON only: there the remedy stands in the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.batches import BatchAnswer

if TYPE_CHECKING:
    from collections.abc import Container

    from mcp_foundry.contract.answers import Error, Result
    from mcp_foundry.contract.errors import FoundryError

ENDS = (
    "Ids of --emulator end with its process: to keep them, leave `mcp-foundry emulator --data "
    "FILE` running and pass what it prints as --endpoint instead."
)
"""What `next` ends with, and a message of an id that is not known any more."""


def told(result: Result, elsewhere: Container[str]) -> Result:
    """Return a result of an embedded emulator that says what becomes of its ids.

    A batch says it once.

    Args:
        result: What the tool answered, with its `next`.
        elsewhere: Agents that are not the emulator's, so that their ids are not either.
    """
    if isinstance(result, BatchAnswer):
        names = {_name(answer.agent or result.agent) for answer in result.answers}
        lost = any(answer.error and _is_of_lost_id(answer.error) for answer in result.answers)
        ends = lost or not names or any(name not in elsewhere for name in names)
    elif isinstance(result, Answer) and (result.conversation_id or result.answer_id):
        ends = _name(result.agent) not in elsewhere
    else:
        return result
    if not ends:
        return result
    step = " ".join(filter(None, (result.next, ENDS)))
    return result.model_copy(update={"next": step})


def explained(failure: FoundryError) -> FoundryError:
    """Return a failure; where the emulator knows an id no more, with how ids are kept."""
    return failure.told_as(f"{failure} {ENDS}") if _is_of_lost_id(failure) else failure


def _is_of_lost_id(failure: FoundryError | Error) -> bool:
    # What this process forgets by itself, as a batch, comes without a status: nothing keeps that.
    return failure.code == "conversation_not_found" and failure.status is not None


def _name(agent: str) -> str:
    return agent.partition(":")[0]
