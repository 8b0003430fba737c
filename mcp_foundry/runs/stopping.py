"""Cancelling a run by its id, whoever began it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import CANCELLED, Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.failures import of_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import RunIds


async def cancel_at_service(
    generation: Generation, ids: RunIds, check: Callable[[str], None]
) -> Answer:
    """Cancel a run where it is under way, and return its answer as it then stands.

    Raises:
        FoundryError: There is no such run, it failed, or the service could not be asked.
    """
    try:
        answer = await generation.fetch(ids)
        check(answer.agent)
        waits = answer.status == "requires_action" and generation.waits_at_service
        if not waits and answer.status != "in_progress":
            return answer
        await generation.cancel(ids)
        answer = await generation.fetch(ids)
    except FoundryError as failure:
        raise of_answer(failure, ids) from failure
    if answer.status != "in_progress":
        return answer
    # The service was told, and takes its time.
    return answer.model_copy(update={"status": "incomplete", "incomplete_reason": CANCELLED})
