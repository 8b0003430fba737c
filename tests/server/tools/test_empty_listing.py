"""A listing in which a filter finds nothing says what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import answered

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("tool", "filters", "note"),
    [
        (
            "list_connections",
            {"connection_type": "Nope"},
            (
                "No connection is of type 'Nope'. There are: AzureOpenAI, AzureStorageAccount, "
                "CognitiveSearch, CosmosDb, RemoteTool."
            ),
        ),
        (
            "list_connections",
            {"connection_type": "Nope", "default_only": True},
            (
                "No connection is of type 'Nope'. There are: AzureOpenAI, AzureStorageAccount, "
                "CognitiveSearch, CosmosDb, RemoteTool."
            ),
        ),
        (
            "list_connections",
            {"connection_type": "remoteTOOL", "default_only": True},
            (
                "No connection of type 'remoteTOOL' is a default one. "
                "Without default_only there is: github-mcp."
            ),
        ),
        (
            "list_deployments",
            {"model_name": "gpt-5"},
            (
                "No deployment has model_name 'gpt-5'. There are: gpt-4o, model-router, "
                "scripted-embedding, scripted-model."
            ),
        ),
        (
            "list_deployments",
            {"model_publisher": "Nobody"},
            "No deployment has model_publisher 'Nobody'. There are: Emulator, OpenAI.",
        ),
        (
            "list_deployments",
            {"model_name": "gpt-4o", "model_publisher": "Emulator"},
            (
                "No deployment has model_name 'gpt-4o' and model_publisher 'Emulator'. There are: "
                "gpt-4o by OpenAI, model-router by OpenAI, scripted-embedding by Emulator, "
                "scripted-model by Emulator."
            ),
        ),
    ],
)
async def test_a_filter_that_finds_nothing_says_what_there_is(
    emulator: Emulator, connect: Connect, tool: str, filters: dict[str, object], note: str
) -> None:
    async with connect() as client:
        listed = await answered(client, tool, **filters)
    assert listed == {tool.removeprefix("list_"): [], "note": note}
    assert len(emulator.received) == 2


async def test_where_no_connection_is_a_default_one_all_are_named(
    emulator: Emulator, connect: Connect
) -> None:
    for connection in emulator.store.connections.values():
        connection["isDefault"] = False
    async with connect() as client:
        listed = await answered(client, "list_connections", default_only=True)
    assert listed["note"] == (
        "No connection is a default one. Without default_only there is: "
        "cosmos, github-mcp, openai, search, storage."
    )


@pytest.mark.parametrize(
    ("tool", "filters"),
    [
        ("list_connections", {}),
        ("list_connections", {"connection_type": "Nope"}),
        ("list_connections", {"default_only": True}),
        ("list_deployments", {}),
        ("list_deployments", {"model_name": "gpt-5"}),
    ],
)
async def test_a_project_that_has_none_says_so(
    emulator: Emulator, connect: Connect, tool: str, filters: dict[str, object]
) -> None:
    emulator.store.connections.clear()
    emulator.store.deployments.clear()
    async with connect() as client:
        listed = await answered(client, tool, **filters)
    assert listed["note"] == f"The project has no {tool.removeprefix('list_')}."
    assert len(emulator.received) == (2 if filters else 1)


async def test_of_many_values_twenty_are_told_and_of_a_long_one_its_beginning(
    emulator: Emulator, connect: Connect
) -> None:
    for number in range(30):
        emulator.store.add_connection(f"c{number}", f"Type{number:02}", "https://x.example.com/")
    async with connect() as client:
        listed = await answered(client, "list_connections", connection_type="N" * 999)
    assert f"'{'N' * 80}'" in listed["note"]
    assert listed["note"].endswith("Type14, ….")


async def test_what_is_found_has_no_note_and_costs_one_request(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        found = await answered(client, "list_connections", connection_type="CosmosDb")
    assert "note" not in found
    assert len(emulator.received) == 1
