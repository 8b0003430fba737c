"""The memory_search tool of an agent, at work in a response."""

import uuid

from mcp_foundry.emulator.project.memories import DEFAULT_DELAY, find_memories, start_update
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.records import MemoryStore
from mcp_foundry.emulator.wire.shapes import usage
from mcp_foundry.emulator.wire.values import Json

# Recorded under the first name; the SDKs send the second by now.
MEMORY_TOOLS = ("memory_search", "memory_search_preview")


def use_memory(engine: Engine, store: MemoryStore, tool: Json, message: str) -> Json:
    """What an agent's memory_search tool did in one response, as recorded."""
    scope = str(tool.get("scope", ""))
    found = find_memories(store, scope, message)
    asked: object = tool.get("update_delay")
    delay = asked if isinstance(asked, int | float) and asked >= 0 else DEFAULT_DELAY
    made = start_update(engine, store, scope, [message], delay)
    none = {"cached_tokens": None, "reasoning_tokens": None}
    spent = {**usage(0, 0), "input_tokens_details": none, "output_tokens_details": none}
    return {
        "error": None,
        "memories": [{"memory_item": dict(memory)} for memory in found],
        "search_id": uuid.uuid4().hex,
        "superseded_by": None,
        "update_id": made.body["update_id"],
        "usage": {"embedding_tokens": 0, **spent},
    }
