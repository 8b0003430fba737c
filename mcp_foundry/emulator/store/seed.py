"""What a fresh emulator holds: enough of each kind that every listing shows something."""

from typing import TYPE_CHECKING

from mcp_foundry.emulator.model.pictures import picture
from mcp_foundry.emulator.model.writing import content_of
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.names import (
    CLASSIC_AGENT,
    DEFAULT_AGENT,
    DEFAULT_EMBEDDING,
    DEFAULT_MEMORY_STORE,
    DEFAULT_MODEL,
)

if TYPE_CHECKING:
    from mcp_foundry.emulator.store.seed_file import Seed

HELPFUL = "You are a helpful assistant."
RESEARCH = "You search the web and the project's repositories before you answer."


def seed(store: Store, given: "Seed | None" = None) -> None:
    """Fill an empty store: each section with what is given, else with what is built in."""
    store.files.write("cntr_emulator", "plot.png", picture("plot"), identifier="cfile_plot")
    for name in ("handbook.md", "table.csv"):
        identifier = f"assistant-{name.partition('.')[0]}"
        store.files.upload(name, content_of(name, 0), identifier=identifier)
    for section, built_in in BUILT_IN.items():
        own = getattr(given, section, None)
        if own is None:
            built_in(store)
        for each in own or ():
            each.add(store)
    # What has no model of its own is answered by these, and memory stores name both.
    if DEFAULT_MODEL not in store.deployments:
        _deploy_model(store)
    if DEFAULT_EMBEDDING not in store.deployments:
        _deploy_embedding(store)


def _agents(store: Store) -> None:
    store.add_agent(DEFAULT_AGENT, instructions=HELPFUL, description="Answers general questions.")
    store.add_agent("researcher", instructions=RESEARCH, tools=[{"type": "web_search"}])
    store.add_agent(
        "researcher",
        instructions=RESEARCH,
        description="Searches the web and GitHub.",
        tools=[
            {"type": "web_search"},
            {
                "type": "mcp",
                "server_label": "github",
                "server_url": "https://mcp.example.com/github",
                "require_approval": "always",
            },
        ],
    )
    store.add_agent(
        "weather",
        instructions="You tell the weather.",
        description="Calls a function of the caller.",
        tools=[
            {
                "type": "function",
                "name": "get_weather",
                "description": "The weather in a city.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
                "strict": False,
            }
        ],
    )


def _classic_agents(store: Store) -> None:
    store.add_classic_agent(
        CLASSIC_AGENT, name="helper", instructions=HELPFUL, description="Answers questions."
    )
    store.add_classic_agent(
        "asst_researcher",
        name="researcher",
        instructions=RESEARCH,
        tools=[
            {
                "type": "mcp",
                "server_label": "github",
                "server_url": "https://mcp.example.com/github",
                "allowed_tools": None,
            }
        ],
    )


def _connections(store: Store) -> None:
    store.add_connection(
        "openai",
        "AzureOpenAI",
        "https://emulator.openai.azure.com/",
        credentials="AAD",
        is_default=True,
        metadata={"ApiType": "Azure"},
    )
    store.add_connection(
        "search",
        "CognitiveSearch",
        "https://emulator.search.windows.net/",
        is_default=True,
        metadata={"type": "azure_ai_search", "ApiType": "Azure"},
    )
    store.add_connection(
        "storage",
        "AzureStorageAccount",
        "https://emulator.blob.core.windows.net/",
        credentials="AccountKey",
    )
    store.add_connection(
        "github-mcp",
        "RemoteTool",
        "https://mcp.example.com/github",
        credentials="None",
        metadata={"type": "catalog_MCP"},
    )
    store.add_connection(
        "cosmos",
        "CosmosDb",
        "https://emulator.documents.azure.com:443/",
        credentials="AAD",
        is_default=True,
    )


def _deployments(store: Store) -> None:
    _deploy_model(store)
    store.add_deployment("gpt-4o", version="2024-11-20")
    store.add_deployment("model-router", version="2025-11-18")


def _deploy_model(store: Store) -> None:
    store.add_deployment(DEFAULT_MODEL, version="2026-01-01", publisher="Emulator")


def _deploy_embedding(store: Store) -> None:
    can = {"embeddings": "true"}
    store.add_deployment(DEFAULT_EMBEDDING, publisher="Emulator", capabilities=can, sku="Standard")


def _memory_stores(store: Store) -> None:
    store.add_memory_store(DEFAULT_MEMORY_STORE, description="What the emulator remembers.")


def _callers(_: Store) -> None:
    """Give nobody a role: everybody is a Foundry User."""


BUILT_IN = {
    "agents": _agents,
    "classic_agents": _classic_agents,
    "deployments": _deployments,
    "connections": _connections,
    "memory_stores": _memory_stores,
    "callers": _callers,
}
