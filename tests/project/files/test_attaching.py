"""Files with a question: what each string means, and how it travels."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.emulator.model.pictures import picture
from tests.conftest import failure, structured
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio
PNG = picture("a test")
PDF = b"%PDF-1.7\n%%EOF\n"
CSV = b"name,price\npear,3\n"


def url(kind: str, name: str, data: bytes) -> str:
    return f"data:{kind};name={name};base64,{b64encode(data).decode()}"


def sent(emulator: Emulator) -> Any:  # noqa: ANN401 - JSON
    """The body of the newest question."""
    runs = [each for each in emulator.received if each.path.endswith(("/responses", "/runs"))]
    return runs[-1].body


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plot.png").write_bytes(PNG)
    (tmp_path / "paper.pdf").write_bytes(PDF)
    (tmp_path / "prices.csv").write_bytes(CSV)
    (tmp_path / "sheet.xlsx").write_bytes(b"PK\x03\x04\0\0")
    return tmp_path


async def test_pictures_pdfs_and_texts_go_along_in_the_one_request(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    files = ["plot.png", "paper.pdf", "prices.csv"]
    async with connect(files=(str(folder),)) as client:
        answer = await ask(client, "Look", "helper", files=files)
    assert len(emulator.received) == 1
    (item,) = sent(emulator)["input"]
    assert [part["type"] for part in item["content"]] == [
        "input_text",
        "input_image",
        "input_file",
        "input_text",
    ]
    assert item["content"][3]["text"] == f"prices.csv:\n{CSV.decode()}"
    assert f"image/png, 64x64, {len(PNG)} bytes" in answer["text"]
    assert "paper.pdf (application/pdf, " in answer["text"]


async def test_a_question_without_files_is_sent_as_before(
    emulator: Emulator, client: Client
) -> None:
    await ask(client, "Look", "helper")
    assert sent(emulator)["input"] == "Look"


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent", "batch_ask"])
async def test_all_three_ways_to_ask_take_data_urls(client: Client, tool: str) -> None:
    question = {"message": "Look", "files": [url("image/png", "plot.png", PNG)]}
    arguments = {"requests": [question]} if tool == "batch_ask" else question
    result = structured(await client.call_tool(tool, arguments))
    text = (result["answers"][0] if tool == "batch_ask" else result)["text"]
    assert f"image/png, 64x64, {len(PNG)} bytes" in text


async def test_an_address_is_passed_on_and_never_fetched(
    emulator: Emulator, client: Client
) -> None:
    addresses = ["https://example.com/a.png", "https://example.com/a.pdf", "https://example.com/a"]
    await ask(client, "Look", "helper", files=addresses)
    parts = sent(emulator)["input"][0]["content"][1:]
    assert parts == [
        {"type": "input_image", "image_url": addresses[0]},
        {"type": "input_file", "file_url": addresses[1]},
        {"type": "input_image", "image_url": addresses[2]},
    ]


async def test_a_file_keeps_its_name_in_any_script(
    emulator: Emulator, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "Größe 東京.xlsx").write_bytes(b"PK\0")
    async with connect(files=(str(tmp_path),)) as client:
        await ask(client, "Sum", "asst_helper", files=["Größe 東京.xlsx"])
    assert "Größe 東京.xlsx" in {file.name for file in emulator.store.files.uploads.values()}


async def test_what_can_only_be_uploaded_is_refused_where_no_input_names_it(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    async with connect(files=(str(folder),)) as client:
        question = {"message": "Sum", "agent": "helper", "files": ["sheet.xlsx"]}
        error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "invalid_request"
    assert "declared input" in error["message"]
    assert emulator.received == []


async def test_classic_agents_take_any_file_in_the_message(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    async with connect(files=(str(folder),)) as client:
        files = ["plot.png", "prices.csv", "sheet.xlsx", "paper.pdf"]
        answer = await ask(client, "Look", "asst_helper", files=files)
    (message,) = sent(emulator)["thread"]["messages"]
    assert [part["type"] for part in message["content"]] == ["text", "image_url", "text"]
    assert len(message["attachments"]) == 2
    assert message["attachments"][0]["tools"] == [{"type": "code_interpreter"}]
    assert "sheet.xlsx (" in answer["text"]
    assert "paper.pdf (application/pdf" in answer["text"]


@pytest.mark.parametrize("agent", ["helper", "asst_helper"])
async def test_a_file_of_an_earlier_answer_goes_along(client: Client, agent: str) -> None:
    first = await ask(client, "[file plot.png]", agent)
    size = first["files"][0]["size"]
    answer = await ask(client, "Look", agent, files=[first["files"][0]["uri"]])
    assert f"image/png, 64x64, {size} bytes" in answer["text"]


async def test_an_id_of_the_service_goes_along_as_it_is(emulator: Emulator, client: Client) -> None:
    await ask(client, "Read", "helper", files=["assistant-handbook"])
    part = sent(emulator)["input"][0]["content"][1]
    assert part == {"type": "input_file", "file_id": "assistant-handbook"}


REFUSED: dict[str, tuple[list[str], str]] = {
    "a picture that is a script": ([url("image/png", "a.png", b"#!/bin/sh\n")], "claims to be"),
    "a PDF that is none": ([url("application/pdf", "a.pdf", b"hello")], "claims to be"),
    "an empty file": ([url("text/plain", "a.txt", b"")], "is empty"),
    "no base64": (["data:image/png;base64,???"], "no data: URL"),
    "no comma": (["data:image/png;base64"], "no data: URL"),
    "plain http": (["http://example.com/a.png"], "no https address"),
    "a user in the address": (["https://me:secret@example.com/a.png"], "no https address"),
    "another scheme": (["ftp://example.com/a.png"], "none that can be sent"),
    "too many": ([url("text/plain", f"{n}.txt", b"x") for n in range(11)], "10 are the most"),
    "an address that is none": (["foundry://files/x"], "none of a file"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_sent_is_refused_before_anything_is(
    emulator: Emulator, connect: Connect, case: str
) -> None:
    files, said = REFUSED[case]
    async with connect() as client:
        result = await client.call_tool("ask_agent", {"message": "Look", "files": files})
    assert failure(result)["code"] == "invalid_request"
    assert said in failure(result)["message"]
    assert emulator.received == []


async def test_a_picture_whose_declared_type_lies_travels_as_what_it_is(
    emulator: Emulator, client: Client
) -> None:
    files = [url("image/jpeg", "a.jpg", PNG), url("text/plain", "b.txt", PNG)]
    await ask(client, "Look", "helper", files=files)
    parts = sent(emulator)["input"][0]["content"][1:]
    assert all(part["image_url"].startswith("data:image/png;base64,") for part in parts)


async def test_a_file_beyond_the_bound_is_refused_and_one_within_it_is_not(
    emulator: Emulator, connect: Connect
) -> None:
    large = url("image/png", "a.png", picture("large", 15_000_000))
    async with connect() as client:
        answer = await ask(client, "Look", "helper", files=[large])
        assert "64x64" in answer["text"]
        larger = url("image/png", "a.png", picture("larger", 21_000_000))
        result = await client.call_tool("ask_agent", {"message": "Look", "files": [larger]})
    assert "more than the 20,971,520 of one" in failure(result)["message"]
    assert emulator.runs_created == 1


async def test_what_goes_along_counts_against_the_budget(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(budget=2000) as client:
        long = url("text/plain", "long.txt", b"word " * 4000)
        result = await client.call_tool("ask_agent", {"message": "Read", "files": [long]})
        assert failure(result)["code"] == "budget_exhausted"
        assert emulator.received == []
        assert (await ask(client, "Read", "helper"))["status"] == "completed"


async def test_replies_take_no_files(connect: Connect) -> None:
    async with connect() as client:
        replies = [{"id": "call_1", "output": "x"}]
        question = {"replies": replies, "conversation_id": "resp_1", "files": ["a.txt"]}
        result = await client.call_tool("ask_agent", question)
    assert "files and replies came together" in failure(result)["message"]
