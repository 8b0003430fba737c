"""Remembering, and searching what was remembered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mcp_foundry.project.memories import Memories, MemoryStore, MemoryUpdate
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.server.progress import Progress
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.events import billed, fail

Scope = Annotated[
    str, Field(description="Whose memory: the same stable id every time, such as a user's")
]
Store = Annotated[str, Field(description="Empty: the default store")]


class MemoryMessage(BaseModel):
    """One message to remember from."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str


async def update_memory(  # noqa: PLR0913, PLR0917 - what an update has
    ctx: Call,
    scope: Scope = "",
    messages: list[MemoryMessage] = [],  # noqa: B006 - pydantic copies defaults
    memory_store: Store = "",
    update_delay: Annotated[
        int | None, Field(ge=0, description="Seconds the service waits for more; 0 when waiting")
    ] = None,
    previous_update_id: str = "",
    wait: bool = True,
    update_id: Annotated[str, Field(description="Alone: how that update went")] = "",
) -> MemoryUpdate:
    """Let a memory store remember what messages tell, and return what changed in it.

    With wait=false it returns an update_id at once; pass that alone to learn how the update went.
    """
    foundry = ctx.request_context.lifespan_context
    store = MemoryStore(foundry, memory_store)
    update_id = foundry.binding.open(update_id, "update")
    previous_update_id = foundry.binding.open(previous_update_id, "update")
    progress = Progress(ctx).alive(lambda: f"Updating the memory of {scope or update_id}")
    if update_id:
        async with progress:
            return await store.updated(update_id)
    told = [message.model_dump() for message in messages]
    delay = update_delay if update_delay is not None else 0 if wait else None
    with store.telling(names.UPDATE_MEMORY) as span:
        update = await store.update(scope, told, delay, previous_update_id)
        if wait:
            update_id = update.update_id
            async with progress:
                update = await store.updated(update_id)
        span.set_attributes(billed(update.usage))
        if update.error:
            fail(span, update.error.code)
    return update


async def search_memory(
    ctx: Call,
    query: str,
    scope: Scope = "",
    memory_store: Store = "",
    limit: Annotated[int, Field(ge=1, le=100)] = 10,
) -> Memories:
    """Search what a memory store remembers of a scope.

    Use it before answering when earlier sessions may matter.
    """
    store = MemoryStore(ctx.request_context.lifespan_context, memory_store)
    with store.telling(names.SEARCH_MEMORY) as span:
        found = await store.search(scope, query, limit)
        span.set_attribute(names.MEMORIES, len(found.memories))
    return found
