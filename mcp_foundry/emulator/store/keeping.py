"""A project in a data file, in which it is found again."""

from dataclasses import dataclass
from typing import Any

from mcp_foundry.emulator.store.blobs import Blobs
from mcp_foundry.emulator.store.codecs import Codec, as_it_is, by_fields, whole
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.database import Database
from mcp_foundry.emulator.store.records import (
    Agent,
    AgentSession,
    Conversation,
    MemoryStore,
    Rights,
    StoredResponse,
    Thread,
)
from mcp_foundry.emulator.store.searched import vector_store_codec
from mcp_foundry.emulator.store.shelf import Shelf
from mcp_foundry.emulator.wire.values import Json


@dataclass(frozen=True)
class Works:
    """How that is written down on which work goes on."""

    responses: Codec[StoredResponse[Any]]
    threads: Codec[Thread[Any]]
    memory_stores: Codec[MemoryStore]


def keep_store(store: Store, database: Database, works: Works) -> None:
    """Let an empty store be what a data file holds, and write down there what becomes of it."""
    as_json = as_it_is()
    store.agents = Shelf(database, "agents", by_fields(Agent, {"versions": whole}))
    store.classic_agents = Shelf(database, "classic_agents", as_json)
    store.connections = Shelf(database, "connections", as_json)
    store.deployments = Shelf(database, "deployments", as_json)
    store.memory_stores = Shelf(database, "memory_stores", works.memory_stores)
    store.responses = Shelf(database, "responses", works.responses)
    conversations = by_fields(Conversation, {"items": _item}, ("busy",), _is_busy)
    store.conversations = Shelf(database, "conversations", conversations)
    store.threads = Shelf(database, "threads", works.threads)
    store.sessions = Shelf(database, "sessions", by_fields(AgentSession, passing=("ready",)))
    store.callers = Shelf(database, "callers", by_fields(Rights))
    blobs = Blobs(database)
    store.files.uploads = Shelf(database, "uploads", blobs.uploads())
    store.files.containers = Shelf(database, "containers", blobs.containers())
    stores = vector_store_codec(store.files)
    store.files.vector_stores = Shelf(database, "vector_stores", stores)
    store.files.connect = database.connect
    store.keeper = database


def _item(item: Json) -> object:
    # None is changed once it is there; but another can take its place in the list.
    return item["id"]


def _is_busy(conversation: Conversation) -> bool:
    return bool(conversation.busy)
