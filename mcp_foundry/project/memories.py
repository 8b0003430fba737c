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
from mcp_foundry.contract.json import objects_in, text_in
from mcp_foundry.project.operation import operation
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.callers import shown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.trace import Span

    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.session import FoundrySession

PREVIEW = {"Foundry-Features": "MemoryStores=V1Preview"}
"""What every request to a memory store opts in by."""
_NOT_THERE = 404
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
    """One memory store of the project.

    Args:
        foundry: The open project.
        name: The store; empty for the default one.
    """

    def __init__(self, foundry: FoundrySession, name: str) -> None:
        self._foundry = foundry
        self._wire = foundry.wire
        self._settings = foundry.settings
        self._max_wait = foundry.settings.max_wait or None
        self._name = name or foundry.settings.memory_store
        self._about = f"memory store '{self._name}'"

    async def _stores(self) -> str:
        """Return the sentence that names the stores there are, as far as they can be listed."""
        try:
            path = "/memory_stores?api-version=v1&limit=20"
            page = await self._wire.fetch("GET", path, "memory stores", headers=PREVIEW)
        except FoundryError:
            return ""
        names = sorted(text_in(store.get("name")) for store in objects_in(page.get("data")))
        return f" The project has: {', '.join(names)}." if names else " The project has none."

    async def _ask(self, method: str, path: str, about: str, body: Json | None = None) -> Json:
        """Ask the store.

        Raises:
            FoundryError: It failed; where there is no such store, with those there are.
        """
        if not self._name:
            raise FoundryError(
                "not_configured",
                "the call names no memory_store, and no default is set. Pass one, or set "
                f"FOUNDRY_MEMORY_STORE in the server's environment.{await self._stores()}",
            )
        path = f"/memory_stores/{quote(self._name, safe='')}{path}?api-version=v1"
        try:
            return await self._wire.fetch(method, path, about, body=body, headers=PREVIEW)
        except FoundryError as failure:
            if failure.status != _NOT_THERE or method == "GET":
                raise
            raise failure.told_as(f"{failure}{await self._stores()}") from failure

    def telling(self, kind: str) -> AbstractContextManager[Span]:
        """Yield the span of what is done with it meanwhile; see `operation`."""
        name = shown(self._name)
        return operation(self._foundry, kind, name, {names.MEMORY_STORE: name})

    def _scope(self, scope: str) -> str:
        """Return whose memory is meant.

        Raises:
            FoundryError: `not_allowed`, where it is somebody else's.
        """
        caller, given = self._foundry.caller, scope.strip() and scope
        if caller is None:
            return given or self._settings.memory_scope
        chosen = given or caller.key
        if not caller.owns(chosen):
            self._foundry.check_manages(
                f"memory of scope '{chosen[:80]}', which is not yours ('{caller.key}' is, and what "
                "has your object id in it)"
            )
        return chosen

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
        scope = self._scope(scope)
        if not scope or not messages:
            raise FoundryError(
                "invalid_request",
                f"{self._about}: an update needs a scope and at least one message; to learn how an "
                "earlier update went, pass its update_id alone. The scope says whose memory it is: "
                "the same stable id every time.",
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
        scope = self._scope(scope)
        if not scope or not query.strip():
            raise FoundryError(
                "invalid_request",
                f"{self._about}: a search needs a query, and a scope: the id under which it was "
                "remembered.",
            )
        items = [{"type": "message", "role": "user", "content": query}]
        body: Json = {"scope": scope, "items": items, "options": {"max_memories": limit}}
        found = await self._post("search_memories", body)
        return Memories(memories=[_memory(hit["memory_item"]) for hit in found["memories"]])

    async def _look(self, update_id: str) -> MemoryUpdate:
        about = f"update '{update_id}' of {self._about}"
        path = f"/updates/{quote(update_id, safe='')}"
        return _update(await self._ask("GET", path, about))

    async def _post(self, operation: str, body: Json) -> Json:
        return await self._ask("POST", f":{operation}", self._about, body)


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
