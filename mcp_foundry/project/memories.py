"""A memory store over plain requests.

The SDK's poller waits 30 s between two looks, takes `superseded` for success and cannot be resumed
(azure-ai-projects 2.10), and an update must be followed from any process by its id alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import anyio
from pydantic import BaseModel, Field

from mcp_foundry.contract.answers import Error, Result, Usage
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.session import FoundrySession

_PREVIEW = {"Foundry-Features": "MemoryStores=V1Preview"}
_UNDER_WAY = frozenset({"queued", "in_progress"})


MemoryStatus = Literal["queued", "in_progress", "completed", "superseded", "failed"]


class MemoryOperation(BaseModel):
    """What an update did to one memory."""

    kind: str
    memory_id: str = ""
    content: str = ""
    memory_kind: str = ""


class MemoryUpdate(Result):
    """How a memory update went or stands."""

    update_id: str
    status: MemoryStatus
    superseded_by: str = ""
    operations: list[MemoryOperation] = Field(default_factory=list[MemoryOperation])
    usage: Usage | None = None
    error: Error | None = None


class Memory(BaseModel):
    """One thing remembered."""

    memory_id: str
    content: str
    kind: str = ""
    updated_at: Annotated[int | None, Field(description="Unix seconds")] = None


class Memories(Result):
    """What a search of a memory store found."""

    memories: list[Memory]


class MemoryStore:
    """One memory store of the project."""

    def __init__(self, foundry: FoundrySession, name: str) -> None:
        self._wire = foundry.wire
        self._max_wait = foundry.settings.max_wait or None
        self._name = name or foundry.settings.memory_store
        self._about = f"memory store '{self._name}'"
        if not self._name:
            raise FoundryError(
                "not_configured",
                "the call names no memory_store, and no default is set. Pass one, or set "
                "FOUNDRY_MEMORY_STORE in the server's environment.",
            )

    async def update(
        self, scope: str, messages: list[Json], delay: int | None, previous_update_id: str
    ) -> MemoryUpdate:
        """Send messages to remember from.

        Args:
            scope: Whose memory it is.
            messages: Each `role` and `content`.
            delay: Seconds the service waits for more messages; None: its default, 300.
            previous_update_id: The update that this one goes on from.
        """
        if not scope.strip() or not messages:
            raise FoundryError(
                "invalid_request",
                f"{self._about}: an update needs a scope and at least one message; to learn how an "
                "earlier update went, pass its update_id alone.",
            )
        items = [{"type": "message", **message} for message in messages]
        body: Json = {"scope": scope, "items": items}
        body |= {} if delay is None else {"update_delay": delay}
        body |= {"previous_update_id": previous_update_id} if previous_update_id else {}
        return _update(await self._post("update_memories", body))

    async def updated(self, update_id: str) -> MemoryUpdate:
        """Wait for an update as long as a call may wait, and return how it went or stands."""
        update, pause = await self._look(update_id), 0.2
        with anyio.move_on_after(self._max_wait):
            while update.status in _UNDER_WAY:
                await anyio.sleep(pause)
                pause = min(pause * 1.5, 3)
                update = await self._look(update_id)
        return update

    async def search(self, scope: str, query: str, limit: int) -> Memories:
        """Return at most `limit` memories of `scope` that matter to `query`."""
        if not scope.strip() or not query.strip():
            raise FoundryError(
                "invalid_request", f"{self._about}: a search needs a scope and a query."
            )
        items = [{"type": "message", "role": "user", "content": query}]
        body: Json = {"scope": scope, "items": items, "options": {"max_memories": limit}}
        found = await self._post("search_memories", body)
        return Memories(memories=[_memory(hit["memory_item"]) for hit in found["memories"]])

    async def _look(self, update_id: str) -> MemoryUpdate:
        path = f"/memory_stores/{quote(self._name, safe='')}/updates/{quote(update_id, safe='')}"
        about = f"update '{update_id}' of {self._about}"
        found = await self._wire.fetch("GET", f"{path}?api-version=v1", about, headers=_PREVIEW)
        return _update(found)

    async def _post(self, operation: str, body: Json) -> Json:
        path = f"/memory_stores/{quote(self._name, safe='')}:{operation}?api-version=v1"
        return await self._wire.fetch("POST", path, self._about, body=body, headers=_PREVIEW)


def _update(found: Json) -> MemoryUpdate:
    result: Json = found.get("result") or {}
    operations: list[Json] = result.get("memory_operations") or []
    error: Json = found.get("error") or {}
    said = f"{error.get('code') or 'error'}: {error.get('message') or 'no reason given'}"
    return MemoryUpdate(
        update_id=found["update_id"],
        status=found["status"],
        superseded_by=found.get("superseded_by") or "",
        operations=[_operation(operation) for operation in operations],
        usage=Usage.model_validate(result["usage"]) if result.get("usage") else None,
        error=Error(code="run_failed", message=f"the update failed ({said}). Send it again.")
        if found["status"] == "failed"
        else None,
    )


def _operation(operation: Json) -> MemoryOperation:
    memory: Any = operation.get("memory_item") or {}
    return MemoryOperation(
        kind=operation["kind"],
        memory_id=memory.get("memory_id") or "",
        content=memory.get("content") or "",
        memory_kind=memory.get("kind") or "",
    )


def _memory(item: Json) -> Memory:
    return Memory(
        memory_id=item["memory_id"],
        content=item["content"],
        kind=item.get("kind") or "",
        updated_at=item.get("updated_at"),
    )
