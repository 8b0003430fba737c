"""Remembering, and searching what was remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from tests.rigs.calling import LONGEST, Told, answered, failed, refused

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

COFFEE = [{"role": "user", "content": "I like coffee in the morning"}]


async def test_what_is_remembered_is_told_and_found(client: Client) -> None:
    update = await answered(client, "update_memory", scope="ada", messages=COFFEE)
    assert update["status"] == "completed"
    (operation,) = update["operations"]
    assert (operation["kind"], operation["memory_kind"]) == ("create", "user_profile")
    assert operation["content"] == COFFEE[0]["content"]
    assert update["usage"]["total_tokens"] > 0
    found = await answered(client, "search_memory", scope="ada", query="coffee")
    (memory,) = found["memories"]
    assert memory["memory_id"] == operation["memory_id"]
    assert memory["content"] == COFFEE[0]["content"]
    assert memory["updated_at"] > 1_700_000_000


async def test_one_scope_knows_nothing_of_another(connect: Connect) -> None:
    async with connect() as client:
        await answered(client, "update_memory", scope="ada", messages=COFFEE)
        found = await answered(client, "search_memory", scope="bob", query="coffee")
    assert found == {"memories": []}


async def test_a_search_returns_no_more_than_its_limit(
    emulator: Emulator, connect: Connect
) -> None:
    messages = [{"role": "user", "content": f"Fact {n} is number {n * 7919}"} for n in range(5)]
    async with connect() as client:
        await answered(client, "update_memory", scope="ada", messages=messages)
        found = await answered(client, "search_memory", scope="ada", query="fact", limit=3)
    assert len(found["memories"]) == 3
    sent = cast("dict[str, Any]", emulator.received[-1].body)
    assert sent["options"] == {"max_memories": 3}


async def test_an_update_waits_for_nothing_at_the_service_while_the_call_waits_for_it(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        await answered(client, "update_memory", scope="ada", messages=COFFEE)
        assert cast("dict[str, Any]", emulator.received[0].body)["update_delay"] == 0
        await answered(client, "update_memory", scope="ada", messages=COFFEE, wait=False)
        assert "update_delay" not in cast("dict[str, Any]", emulator.received[-1].body)


async def test_without_waiting_the_id_comes_back_and_brings_the_end_later(
    client: Client,
) -> None:
    begun = await answered(
        client, "update_memory", scope="ada", messages=COFFEE, wait=False, update_delay=0
    )
    assert begun["status"] == "queued"
    ended = await answered(client, "update_memory", update_id=begun["update_id"])
    assert ended["status"] == "completed"
    assert ended["operations"][0]["content"] == COFFEE[0]["content"]


async def test_a_newer_update_supersedes_one_that_waits_and_is_named(connect: Connect) -> None:
    async with connect() as client:
        first = await answered(
            client, "update_memory", scope="ada", messages=COFFEE, wait=False, update_delay=60
        )
        second = await answered(
            client,
            "update_memory",
            scope="ada",
            messages=[{"role": "user", "content": "Tea in the evening is fine"}],
            previous_update_id=first["update_id"],
        )
        assert second["status"] == "completed"
        assert len(second["operations"]) == 2
        told = await answered(client, "update_memory", update_id=first["update_id"])
    assert told["status"] == "superseded"
    assert told["superseded_by"] == second["update_id"]


async def test_a_failed_update_says_why(emulator: Emulator, connect: Connect) -> None:
    async with connect() as client:
        begun = await answered(
            client, "update_memory", scope="ada", messages=COFFEE, wait=False, update_delay=60
        )
        book = emulator.store.memory_store("memories").updates[begun["update_id"]].body
        book.update(status="failed", error={"code": "server_error", "message": "No embeddings"})
        told = await answered(client, "update_memory", update_id=begun["update_id"])
    assert told["status"] == "failed"
    assert told["error"]["code"] == "run_failed"
    assert "server_error: No embeddings" in told["error"]["message"]


async def test_an_update_that_takes_longer_than_a_call_may_wait_is_told_as_it_stands(
    connect: Connect,
) -> None:
    async with connect(max_wait=0.5) as client:
        with anyio.fail_after(5):
            told = await answered(
                client, "update_memory", scope="ada", messages=COFFEE, update_delay=60
            )
    assert told["status"] == "queued"
    assert told["update_id"]


async def test_signs_of_life_come_while_an_update_is_waited_for(client: Client) -> None:
    told = Told()
    asked = {"scope": "ada", "messages": COFFEE, "update_delay": 2 * LONGEST}
    async with anyio.create_task_group() as calls:
        calls.start_soon(lambda: client.call_tool("update_memory", asked, progress_callback=told))
        await told.until(lambda it: len(it.lines) == 2)
        calls.cancel_scope.cancel()
    assert all("Updating the memory of ada" in line for line in told.lines)
    assert told.grew()


async def test_text_that_looks_like_json_is_remembered_as_it_is(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        await answered(
            client,
            "update_memory",
            scope='{"a": 1}',
            messages=[{"role": "user", "content": "null"}],
        )
    sent = cast("dict[str, Any]", emulator.received[0].body)
    assert sent["scope"] == '{"a": 1}'
    assert sent["items"] == [{"type": "message", "role": "user", "content": "null"}]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"scope": "ada"}, {"scope": " ", "messages": COFFEE}, {"messages": COFFEE}],
)
async def test_an_update_without_a_scope_or_messages_is_refused_before_anything_is_sent(
    emulator: Emulator, connect: Connect, arguments: dict[str, Any]
) -> None:
    async with connect() as client:
        message = await refused(client, emulator, "update_memory", **arguments)
    assert "scope" in message
    assert "update_id alone" in message


@pytest.mark.parametrize(
    "arguments",
    [
        {"scope": "", "query": "x"},
        {"scope": "ada", "query": " "},
        {"scope": "ada"},
        {"scope": "ada", "query": "x", "limit": 0},
        {"scope": "ada", "query": "x", "limit": 101},
    ],
)
async def test_a_search_that_asks_nothing_is_refused_before_anything_is_sent(
    emulator: Emulator, connect: Connect, arguments: dict[str, Any]
) -> None:
    async with connect() as client:
        await refused(client, emulator, "search_memory", **arguments)


async def test_a_message_of_no_known_role_is_refused(emulator: Emulator, connect: Connect) -> None:
    async with connect() as client:
        message = await refused(
            client,
            emulator,
            "update_memory",
            scope="ada",
            messages=[{"role": "narrator", "content": "x"}],
        )
    assert "messages[0].role" in message


@pytest.mark.parametrize("tool", ["update_memory", "search_memory"])
async def test_a_store_that_is_not_there_is_named(connect: Connect, tool: str) -> None:
    arguments = {"scope": "ada", "memory_store": "attic"}
    further = {"messages": COFFEE} if tool == "update_memory" else {"query": "x"}
    async with connect() as client:
        error = await failed(client, tool, **arguments, **further)
    assert error["status"] == 404
    assert "attic" in error["message"]


async def test_without_any_store_the_error_says_how_to_name_one(connect: Connect) -> None:
    async with connect(memory_store="") as client:
        error = await failed(client, "search_memory", scope="ada", query="x")
    assert error["code"] == "not_configured"
    assert "FOUNDRY_MEMORY_STORE" in error["message"]


async def test_an_update_that_is_not_there_is_named(connect: Connect) -> None:
    async with connect() as client:
        error = await failed(client, "update_memory", update_id="../gone?")
    assert error["status"] == 404
    assert "../gone?" in error["message"]


@pytest.mark.parametrize("store", ["", "attic"])
async def test_without_a_store_that_is_there_the_error_names_those_that_are(
    connect: Connect, store: str
) -> None:
    async with connect(memory_store=store) as client:
        for tool, further in (("search_memory", {"query": "x"}), ("update_memory", {})):
            arguments: dict[str, Any] = {"scope": "ada", **further}
            if tool == "update_memory":
                arguments["messages"] = COFFEE
            error = await failed(client, tool, **arguments)
            assert "The project has: memories." in error["message"]


async def test_the_scope_of_the_settings_is_used_where_a_call_names_none(connect: Connect) -> None:
    async with connect(memory_scope="ada") as client:
        await answered(client, "update_memory", messages=COFFEE)
    async with connect() as client:
        found = await answered(client, "search_memory", scope="ada", query="coffee")
    assert len(found["memories"]) == 1
