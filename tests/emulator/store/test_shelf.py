"""A project in a data file, in this process: what is in memory, what is listed, what is left."""

import gc
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
from openai import InternalServerError, NotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT, TOKEN, Emulator
from mcp_foundry.emulator.responses.run import ResponseRun
from mcp_foundry.emulator.store.shelf import CACHED
from tests.rigs.sdk_clients import agents_client, openai_client

if TYPE_CHECKING:
    from openai.types.responses import Response

pytestmark = pytest.mark.anyio

HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Emulator]:
    async with Emulator(data=tmp_path / "foundry.db") as emulator:
        yield emulator


async def _ask(emulator: Emulator, times: int, **further: Any) -> list[str]:  # noqa: ANN401 - the words of the SDK
    asked: list[str] = []
    async with openai_client(emulator) as client:
        for _ in range(times):
            given: Any = {"input": "[say Hi]", "extra_body": HELPER, **further}
            response = cast("Response", await client.responses.create(**given))
            asked.append(response.id)
    return asked


async def test_what_was_not_used_for_long_is_on_disk_alone(kept: Emulator) -> None:
    asked = await _ask(kept, CACHED + 60)
    gc.collect()
    # Other tests of this process leave theirs.
    runs = [each for each in gc.get_objects() if isinstance(each, ResponseRun)]
    assert len({each.id for each in runs} & {*asked}) <= CACHED
    async with openai_client(kept) as client:
        assert (await client.responses.retrieve(asked[0])).output_text == "Hi"
    assert len(kept.store.responses) == len(asked)


async def test_a_chain_longer_than_what_is_in_memory_is_known_from_its_beginning(
    kept: Emulator,
) -> None:
    first = await _ask(kept, 1)
    second = await _ask(kept, 1, previous_response_id=first[0])
    await _ask(kept, CACHED)
    async with openai_client(kept) as client:
        again = await client.responses.create(
            input="[say Bye]", previous_response_id=second[0], extra_body=HELPER
        )
        said = [
            item["content"][0]["text"] for item in kept.store.responses[again.id].turn.history()
        ]
        assert said == ["[say Hi]", "Hi", "[say Hi]", "Hi", "[say Bye]", "Bye"]
        await client.responses.delete(second[0])
        with pytest.raises(NotFoundError):
            await client.responses.retrieve(second[0])
    # Nobody knows what the service does: here what was deleted, and before, is told no more.
    assert len(kept.store.responses[again.id].turn.history()) == 2


async def test_a_long_list_is_paged_in_both_orders(kept: Emulator) -> None:
    asked = await _ask(kept, CACHED + 20)
    async with openai_client(kept) as client:
        await client.responses.delete(asked.pop(3))
    for order, expected in (("asc", asked), ("desc", asked[::-1])):
        assert await _listed(kept, order) == expected


async def _listed(emulator: Emulator, order: str, **further: str) -> list[str]:
    """All ids, by pages of 50."""
    found: list[str] = []
    where = f"{emulator.endpoint}/openai/v1/responses"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        while True:
            query = {"limit": "50", "order": order, **further}
            query |= {"after": found[-1]} if found else {}
            async with session.get(where, params=query) as response:
                shown = await response.json()
            found += [each["id"] for each in shown["data"]]
            if not shown["has_more"]:
                return found


async def test_a_list_by_conversation_has_its_responses_alone(kept: Emulator) -> None:
    async with openai_client(kept) as client:
        conversation = (await client.conversations.create()).id
    await _ask(kept, 3)
    inside = await _ask(kept, 2, conversation=conversation)
    await _ask(kept, 3)
    assert await _listed(kept, "asc", conversation_id=conversation) == inside


async def test_what_waits_when_the_emulator_closes_is_not_cancelled(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    async with Emulator(data=file) as emulator, agents_client(emulator) as client:
        thread = await client.threads.create()
        await client.messages.create(thread.id, role="user", content="[call f {}]")
        run = await client.runs.create(thread.id, agent_id=CLASSIC_AGENT)
        await emulator.wait_for(
            lambda it: it.store.threads[thread.id].runs[run.id].body["required_action"]
        )
    assert not file.with_name(f"{file.name}-wal").exists()
    async with Emulator(data=file) as emulator, agents_client(emulator) as client:
        found = await client.runs.get(thread.id, run.id)
        assert found.status == "requires_action"
        assert (await client.runs.cancel(thread.id, run.id)).status == "cancelling"
        assert (await client.runs.get(thread.id, run.id)).status == "cancelled"


async def test_a_run_that_waited_too_long_has_expired(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    async with Emulator(data=file) as emulator, agents_client(emulator) as client:
        thread = await client.threads.create()
        await client.messages.create(thread.id, role="user", content="[call f {}]")
        run = await client.runs.create(thread.id, agent_id=CLASSIC_AGENT)
        body = emulator.store.threads[thread.id].runs[run.id].body
        await emulator.wait_for(lambda _: body["required_action"])
        body["expires_at"] -= 3600
    async with Emulator(data=file) as emulator, agents_client(emulator) as client:
        assert (await client.runs.get(thread.id, run.id)).status == "expired"


async def test_a_store_is_searched_after_the_emulator_was_opened_again(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    async with Emulator(data=file) as emulator, openai_client(emulator) as client:
        upload = await client.files.create(file=("a.md", b"Elephants"), purpose="assistants")
        store = await client.vector_stores.create(name="zoo")
        await client.vector_stores.files.create_and_poll(upload.id, vector_store_id=store.id)
    async with Emulator(data=file) as emulator, openai_client(emulator) as client:
        found = await client.vector_stores.search(store.id, query="elephants")
        assert [each.filename for each in found.data] == ["a.md"]
        await client.files.delete(upload.id)
    async with Emulator(data=file) as emulator, openai_client(emulator) as client:
        assert (await client.vector_stores.search(store.id, query="elephants")).data == []
        assert (await client.vector_stores.retrieve(store.id)).file_counts.total == 0


async def test_a_batch_tells_of_its_files_after_the_emulator_was_opened_again(
    tmp_path: Path,
) -> None:
    data = tmp_path / "foundry.db"
    async with Emulator(data=data) as emulator, openai_client(emulator) as client:
        store = await client.vector_stores.create()
        sent = [(f"{number}.txt", b"word") for number in range(3)]
        files = [await client.files.create(file=each, purpose="assistants") for each in sent]
        ids = [each.id for each in files]
        of_batch: Any = client.vector_stores.file_batches
        batch = await of_batch.create_and_poll(store.id, file_ids=ids, poll_interval_ms=1)
        # One that is no longer in the store was in the batch all the same.
        await client.vector_stores.files.delete(ids[1], vector_store_id=store.id)
    async with Emulator(data=data) as emulator, openai_client(emulator) as client:
        of_batch = client.vector_stores.file_batches
        again = await of_batch.retrieve(batch.id, vector_store_id=store.id)
        assert again.file_counts == batch.file_counts
        listed = await of_batch.list_files(batch.id, vector_store_id=store.id, order="asc")
        assert [(each.id, each.status) for each in listed.data] == [(i, "completed") for i in ids]


async def test_forgetting_the_state_forgets_it_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    async with Emulator(data=file) as emulator:
        (asked,) = await _ask(emulator, 1)
        emulator.store.add_agent("mine")
        await emulator.reset()
    async with Emulator(data=file) as emulator, openai_client(emulator) as client:
        assert list(emulator.store.agents) == ["helper", "researcher", "weather"]
        with pytest.raises(NotFoundError):
            await client.responses.retrieve(asked)


async def test_names_that_are_no_utf_8_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    names = ["half \ud83d of a pair", "with \0 in it", "../up"]
    async with Emulator(data=file) as emulator:
        for name in names:
            emulator.store.add_memory_store(name)
    async with Emulator(data=file) as emulator:
        assert [*emulator.store.memory_stores][1:] == names
        assert [*reversed(emulator.store.memory_stores)][:-1] == names[::-1]
        assert emulator.store.memory_stores[names[0]].info["name"] == names[0]
        del emulator.store.memory_stores[names[0]]
    async with Emulator(data=file) as emulator:
        assert [*emulator.store.memory_stores][1:] == names[1:]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no file's size")
async def test_what_cannot_be_written_is_refused_and_written_later(tmp_path: Path) -> None:
    import resource

    file = tmp_path / "foundry.db"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with Emulator(data=file) as emulator, openai_client(emulator) as client:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            with pytest.raises(InternalServerError, match="The emulator's data file"):
                await client.conversations.create(metadata={"for": "ada"})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await client.conversations.create()
        assert len(emulator.store.conversations) == 2
    async with Emulator(data=file) as emulator:
        assert len(emulator.store.conversations) == 2
