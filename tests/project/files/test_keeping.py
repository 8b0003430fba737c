"""Files that were brought: how long they are kept, and how any process has them again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.question import Question
from mcp_foundry.contract.caller import Caller
from mcp_foundry.project.session import FoundrySession, open_session
from tests.conftest import TEST_LIMITS, structured
from tests.rigs.calling import ask
from tests.rigs.issuer import ALICE, BOB, TENANT

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client

    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.runs.run import Run
    from mcp_foundry.settings.limits import Limits
    from mcp_foundry.settings.values import Settings
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio
BOTH = pytest.mark.parametrize("agent", ["helper", "asst_helper"])


def fetched(emulator: Emulator) -> list[str]:
    """What was read of files."""
    return [each.path for each in emulator.received if each.path.endswith("/content")]


async def test_the_same_files_come_with_get_answer_in_a_new_process(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        first = await ask(client, "[file plot.png] [file a.csv]", "helper")
    async with connect() as client:
        result = await client.call_tool("get_answer", {"answer_id": first["answer_id"]})
        assert structured(result)["files"] == first["files"]
        assert structured(result)["text"] == first["text"]
        assert "image" in [block.type for block in result.content]
        before = len(emulator.received)
        again = await client.call_tool("get_file", {"uri": first["files"][0]["uri"]})
    assert [block.type for block in again.content] == ["text", "image"]
    assert len(emulator.received) == before, "it is kept"


async def test_any_process_reads_a_file_by_its_address(client: Client, connect: Connect) -> None:
    async with connect() as other:
        files = (await ask(other, "[file plot.png] [file notes.txt]", "helper"))["files"]
    picture = await client.read_resource(files[0]["uri"])
    text = await client.read_resource(files[1]["uri"])
    assert picture.contents[0].mime_type == "image/png"
    assert "wrote notes.txt" in str(text.contents[0])


async def test_files_of_a_handed_over_answer_are_brought_when_it_ends(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(max_wait=0.2) as client:
        handed = await ask(client, "[slow 0.6] [file a.csv]", "helper")
        assert handed["status"] == "in_progress"
        await emulator.wait_for(fetched)
        answer = await client.call_tool("get_answer", {"answer_id": handed["answer_id"]})
    assert structured(answer)["files"][0]["size"] == 42
    assert len(fetched(emulator)) == 1


async def test_a_batch_brings_files_only_where_they_are_saved(
    emulator: Emulator, connect: Connect, tmp_path: Path
) -> None:
    requests = [{"message": "[file a.csv]"}, {"message": "[file b.csv]"}]
    async with connect() as client:
        batch = structured(await client.call_tool("batch_ask", {"requests": requests}))
        assert [answer["files"][0]["name"] for answer in batch["answers"]] == ["a.csv", "b.csv"]
        assert fetched(emulator) == []
    async with connect(save=str(tmp_path)) as client:
        batch = structured(await client.call_tool("batch_ask", {"requests": requests}))
    assert {answer["files"][0]["path"] for answer in batch["answers"]} == {
        str(tmp_path / "a.csv"),
        str(tmp_path / "b.csv"),
    }


async def test_pictures_that_come_with_a_batch_are_kept_within_the_same_bound(
    emulator: Emulator, connect: Connect
) -> None:
    requests = [{"message": f"[draw {number}]"} for number in range(3)]
    async with connect() as client:
        batch = structured(await client.call_tool("batch_ask", {"requests": requests}))
        count = len(emulator.received)
        for answer in batch["answers"]:
            (file,) = answer["files"]
            assert file["mime_type"] == "image/png"
            assert file["size"] > 0
            await client.call_tool("get_file", {"uri": file["uri"]})
    assert len(emulator.received) == count == 3


async def test_the_bytes_of_a_picture_are_kept_once_and_not_with_its_answer(
    settings: Settings,
) -> None:
    async with open_session(settings) as foundry:
        answer = await told(foundry, "[draw a ship]")
        await foundry.files.complete(answer, 5)
        assert foundry.files.shelf.size > 0
    assert answer.files[0].held == ""


async def test_a_file_that_has_two_addresses_takes_its_room_once(settings: Settings) -> None:
    async with open_session(settings) as foundry:
        answer = await told(foundry, "[file-unannotated a.csv]")
        (file,) = (await foundry.files.complete(answer, 5)).files
        uris = {answer.files[0].uri, file.uri}
        assert len(uris) == 2
        assert all(foundry.files.shelf.find(uri) for uri in uris)
        assert foundry.files.shelf.size == file.size


async def test_a_file_for_which_there_is_no_room_takes_that_of_no_other(settings: Settings) -> None:
    async with open_session(replace(settings, limits=_limits(files_kept=1000))) as foundry:
        (small,) = await brought(foundry, "[file a.csv]")
        (large,) = await brought(foundry, "[file b.txt 6000]")
        assert foundry.files.shelf.find(small)
        assert not foundry.files.shelf.find(large)
        assert len((await foundry.files.get(large)).data) >= 6000


async def test_whoever_has_most_gives_way_first(settings: Settings) -> None:
    limits = _limits(files_kept=10_000)
    async with open_session(for_many(settings, limits)) as foundry:
        alice, bob = (FoundrySession(foundry.shared, Caller(TENANT, it)) for it in (ALICE, BOB))
        (first,) = await brought(alice, "[file a.txt 3000]")
        theirs = await brought(bob, "[file b.txt 3000] [file c.txt 3000] [file d.txt 3000]")
        assert not bob.files.shelf.find(first)
        here = [alice.files.shelf.find(first), *map(bob.files.shelf.find, theirs)]
        left = [len(each.data) for each in here if each]
        assert here[0]
        assert len(left) == 3
        assert alice.files.shelf.size == sum(left)


async def test_all_callers_share_the_places_of_downloads_and_none_takes_all(
    emulator: Emulator, settings: Settings
) -> None:
    emulator.fault(on="/content", hang=True, times=30)
    async with open_session(for_many(settings, TEST_LIMITS)) as foundry:
        for number in range(1, 4):
            someone = FoundrySession(foundry.shared, Caller(TENANT, f"person-{number}"))
            await told(someone, "".join(f"[file {name}.txt]" for name in "abcdefg"))
            most = min(5 * number, 10)
            await emulator.wait_for(lambda it, most=most: len(fetched(it)) >= most)
            await told(someone, "[slow 0.2]")
            assert len(fetched(emulator)) == most


async def test_memory_for_files_is_bounded_and_given_back(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(limits=_limits(files_kept=10_000)) as client:
        answer = await ask(client, "[file a.txt 6000] [file b.txt 6000]", "helper")
        old, new = (file["uri"] for file in answer["files"])
        count = len(fetched(emulator))
        await client.call_tool("get_file", {"uri": new})
        assert len(fetched(emulator)) == count
        await client.call_tool("get_file", {"uri": old})
        assert len(fetched(emulator)) == count + 1
    async with connect(limits=_limits(file_life=0.05)) as client:
        (file,) = (await ask(client, "[file a.txt]", "helper"))["files"]
        count = len(fetched(emulator))

        async def brought_again() -> bool:
            await client.call_tool("get_file", {"uri": file["uri"]})
            return len(fetched(emulator)) > count

        while not await brought_again():
            pass  # bounded by the test's own time


def for_many(settings: Settings, limits: Limits) -> Settings:
    """What a service is told that asks in its own name."""
    return replace(settings, auth="entra", identity="server", keys=(b"k" * 32,), limits=limits)


async def told(foundry: FoundrySession, message: str) -> Answer:
    """What an agent answers."""

    async def watch(run: Run) -> None:
        await run.done.wait()

    return await foundry.ask(Question(message, "helper"), watch)


async def brought(foundry: FoundrySession, message: str) -> list[str]:
    """The addresses of an answer's files, which are all here."""
    answer = await foundry.files.complete(await told(foundry, message), 5)
    return [file.uri for file in answer.files]


def _limits(**changed: Any) -> Limits:  # noqa: ANN401 - whatever a limit is
    return replace(TEST_LIMITS, **changed)
