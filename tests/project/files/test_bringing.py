"""What agents made: told, brought while it is there, linked to, and fetched again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import TEST_LIMITS, failure, structured
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.limits import Limits
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio
BOTH = pytest.mark.parametrize("agent", ["helper", "asst_helper"])


def fetched(emulator: Emulator) -> list[str]:
    """What was read of files."""
    return [each.path for each in emulator.received if each.path.endswith("/content")]


def by_name(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {file["name"]: file for file in answer["files"]}


@BOTH
async def test_a_file_comes_with_its_kind_its_size_and_a_link_that_can_be_used(
    client: Client, agent: str
) -> None:
    answer = await ask(client, "[file table.csv]", agent)
    file = by_name(answer)["table.csv"]
    assert (file["mime_type"], file["size"]) == ("text/csv", 42)
    assert f"[Download table.csv]({file['uri']})" in answer["text"]
    assert "sandbox:" not in answer["text"]
    (citation,) = answer["citations"]
    assert answer["text"][citation["start"] : citation["end"]] == file["uri"]


@BOTH
async def test_each_file_costs_one_request_and_an_answer_without_any_none(
    emulator: Emulator, client: Client, agent: str
) -> None:
    await ask(client, "Hello", agent)
    assert len(emulator.received) == 1
    await ask(client, "[file a.csv] [file b.csv]", agent)
    assert len(emulator.received) == 4
    assert len(fetched(emulator)) == 2


@BOTH
async def test_a_picture_is_shown_and_every_file_is_linked_to(connect: Connect, agent: str) -> None:
    async with connect() as client:
        question = {"message": "[file plot.png] [file a.csv]", "agent": agent}
        result = await client.call_tool("ask_agent", question)
    kinds = [block.type for block in result.content]
    assert kinds.count("image") == 1, "the figure of the same bytes is shown once"
    files = structured(result)["files"]
    assert kinds.count("resource_link") == len(files)
    assert "Files:" in str(result.content[1] if agent == "asst_helper" else result.content)
    picture: Any = next(block for block in result.content if block.type == "image")
    assert picture.mime_type == "image/png"
    assert picture.data not in str(result.structured_content)


async def test_named_files_come_before_a_figure_that_only_the_sandbox_named(
    connect: Connect,
) -> None:
    async with connect() as client:
        answer = await ask(client, "[file plot.png]", "helper")
    first, figure = answer["files"]
    assert first["name"] == "plot.png"
    assert re.fullmatch(r"cfile_\w+\.png", figure["name"])
    assert len(answer["citations"]) == 1, "a figure has no place in the text"


async def test_a_file_that_is_only_linked_to_is_found_in_its_container(
    emulator: Emulator, client: Client
) -> None:
    answer = await ask(client, "[file-unannotated table.csv]", "helper")
    (file,) = answer["files"]
    assert (file["name"], file["size"]) == ("table.csv", 42)
    assert f"[Download table.csv]({file['uri']})" in answer["text"]
    assert re.fullmatch(r"foundry://files/cntr_\w+/cfile_\w+/table\.csv", file["uri"])
    assert [each.method for each in emulator.received] == ["POST", "GET", "GET"]


@BOTH
async def test_a_file_that_is_gone_says_so_and_the_answer_stands(
    client: Client, agent: str
) -> None:
    answer = await ask(client, "[file-gone a.csv] [file b.csv]", agent)
    assert answer["status"] == "completed"
    files = by_name(answer)
    assert files["a.csv"]["error"].startswith("file_gone: ")
    assert "ask the agent to make it again" in files["a.csv"]["error"]
    assert "error" not in files["b.csv"]
    result = await client.call_tool("get_file", {"uri": files["a.csv"]["uri"]})
    assert failure(result)["code"] == "file_gone"


async def test_a_container_that_fails_twice_is_asked_again(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fail_next(500, on="/content", times=2)
    async with connect() as client:
        answer = await ask(client, "[file a.csv]", "helper")
    assert answer["files"][0]["size"] == 42
    assert len(fetched(emulator)) == 3


async def test_a_container_that_always_fails_costs_the_file_and_not_the_answer(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fail_next(500, on="/content", times=50)
    async with connect() as client:
        answer = await ask(client, "[file a.csv]", "helper")
    assert answer["status"] == "completed"
    assert answer["files"][0]["error"].startswith("service_unavailable: ")


async def test_what_takes_too_long_stays_a_link_and_comes_later(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fault(on="/content", delay=0.4)
    async with connect(limits=_limits(files=0.05)) as client:
        answer = await ask(client, "[file a.csv]", "helper")
        (file,) = answer["files"]
        assert "size" not in file
        result = await client.call_tool("get_file", {"uri": file["uri"]})
    assert "This is no real data." in str(result.content)
    assert len(fetched(emulator)) == 1, "what was on its way is waited for"


async def test_forty_files_are_brought_ten_at_once(emulator: Emulator, connect: Connect) -> None:
    message = " ".join(f"[file {number}.csv]" for number in range(40))
    emulator.fault(on="/content", delay=0.05, times=40)
    busy: list[int] = []
    answers: list[dict[str, Any]] = []

    def watch(it: Emulator) -> bool:
        busy.append(it.busy_connections)
        return len(fetched(it)) == 40

    async with connect() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(emulator.wait_for, watch)
        answers.append(await ask(client, message, "helper"))
    assert {file["size"] for file in answers[0]["files"]} == {42}
    assert len(answers[0]["files"]) == 40
    assert 2 < max(busy) <= 11


async def test_a_file_too_large_stays_where_it_is(connect: Connect) -> None:
    async with connect(limits=_limits(file=1000)) as client:
        answer = await ask(client, "[file big.txt 5000]", "helper")
    assert "1,000 are the most" in answer["files"][0]["error"]


async def test_no_address_of_a_sandbox_is_told_while_a_text_grows(connect: Connect) -> None:
    pieces: list[str] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        if message and not message.startswith("⋯"):
            pieces.append(message)

    async with connect() as client:
        question = {"message": "[file a.csv] Go"}
        result = await client.call_tool("stream_agent", question, progress_callback=tell)
    assert "".join(pieces) == structured(result)["text"]


async def test_links_alone_where_a_host_chokes_on_pictures(connect: Connect) -> None:
    async with connect(images="link") as client:
        result = await client.call_tool("ask_agent", {"message": "[file plot.png]"})
    assert {block.type for block in result.content} == {"text", "resource_link"}


async def test_pictures_stay_below_what_claude_desktop_takes(connect: Connect) -> None:
    async with connect() as client:
        message = " ".join(f"[file {number}.png 200000]" for number in range(6))
        result = await client.call_tool("ask_agent", {"message": message})
    shown = [block.data for block in result.content if block.type == "image"]
    assert len(shown) == 3
    assert sum(map(len, shown)) < 900_000


def _limits(**changed: Any) -> Limits:  # noqa: ANN401 - whatever a limit is
    return replace(TEST_LIMITS, **changed)
