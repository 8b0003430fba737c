"""Cancelling a run at the service: by its id, whoever began it, or as the one that follows it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.contract.answers import CANCELLED, Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.failures import PASSING, of_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import RunIds
    from mcp_foundry.agents.reader import RunReader

logger = logging.getLogger(__name__)


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


async def cancel_followed(
    generation: Generation, reader: RunReader, *, sent: bool
) -> Answer | None:
    """Tell the service that nobody waits for a run any more; nothing of that raises.

    Returns:
        The answer, where the run was at its end by then.
    """
    about = reader.question.about
    try:
        if reader.ids is None and sent:
            reader.ids = await generation.find(reader.question, reader.conversation_id)
        if reader.ids is None:
            if sent:
                logger.warning("Cancelled %s before its run had an id", about)
            return None
        # Outside the service's background it ended with its connection.
        return await _cancel(generation, reader.ids) if reader.in_background is not False else None
    except FoundryError as failure:
        logger.info("Cancelling %s: %s", about, failure)
        if failure.code not in PASSING:
            return None
        await anyio.sleep(0.1)
        return await cancel_followed(generation, reader, sent=sent)  # until the time is over


async def _cancel(generation: Generation, ids: RunIds) -> Answer | None:
    """Cancel it; a run that refuses may be at its end, whatever the refusal says.

    Raises:
        FoundryError: It is not known to be.
    """
    try:
        await generation.cancel(ids)
    except FoundryError as refusal:
        if refusal.code in PASSING:
            raise
        answer = await generation.fetch(ids)
        if answer.status == "in_progress":
            raise
        return answer
    return None
