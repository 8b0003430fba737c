"""Bringing one file, in both eras: shown where it can be, saved or embedded where it cannot."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from mcp_types import Implementation

from tests.conftest import failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client
    from mcp_types import CallToolResult

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def brought(client: Client, directive: str) -> CallToolResult:
    """The first file that such an answer has."""
    answer = await ask(client, directive, "helper")
    return await client.call_tool("get_file", {"uri": answer["files"][0]["uri"]})


async def test_a_picture_of_five_megabytes_arrives_whole(
    emulator: Emulator, client: Client
) -> None:
    result = await brought(client, "[file big.png 5000000]")
    _, image = result.content
    stored = [f for files in emulator.store.files.containers.values() for f in files.values()]
    data = next(file.data for file in stored if file.name == "big.png")
    assert image.type == "image"
    assert b64decode(image.data) == data
    assert result.structured_content is None


async def test_claude_desktop_is_sent_no_more_than_it_takes(
    connect: Connect, tmp_path: Path
) -> None:
    desktop = {"client_info": Implementation(name="claude-ai", version="0.1.0")}
    async with connect(desktop) as client:
        small = await brought(client, "[file small.png]")
        assert [block.type for block in small.content] == ["text", "image"]
        large = await brought(client, "[file big.png 900000]")
        assert failure(large)["code"] == "not_allowed"
    async with connect(desktop, save=str(tmp_path)) as client:
        saved = await brought(client, "[file big.png 900000]")
    (told,) = saved.content
    assert str(tmp_path / "big.png") in str(told)


async def test_a_text_is_read_as_text(client: Client) -> None:
    told, text = (await brought(client, "[file table.csv]")).content
    assert "table.csv" in str(told)
    assert text.type == "text"
    assert text.text.startswith("name,words\n")


async def test_what_is_neither_is_embedded_saved_or_refused(
    connect: Connect, tmp_path: Path
) -> None:
    async with connect() as client:
        _, embedded = (await brought(client, "[file data.bin]")).content
        assert embedded.type == "resource"
        large = await brought(client, "[file data.bin 800000]")
        assert failure(large)["code"] == "not_allowed"
        assert "MCP_FOUNDRY_SAVE" in failure(large)["message"]
    async with connect(save=str(tmp_path)) as client:
        (told,) = (await brought(client, "[file data.bin 800000]")).content
    assert str(tmp_path / "data.bin") in str(told)


async def test_a_picture_whose_name_lies_is_not_shown_as_one(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.store.files.write("cntr_x", "evil.png", b"<script>", identifier="cfile_x")
    async with connect() as client:
        address = "foundry://files/cntr_x/cfile_x/evil.png"
        result = await client.call_tool("get_file", {"uri": address})
    assert "application/octet-stream" in str(result.content[0])
    assert "image" not in [block.type for block in result.content]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "foundry://files/",
        "foundry://files/a",
        "foundry://files/cntr_1/../x",
        "foundry://files/cntr_1/cfile_1/x/y",
        "foundry://files/..%2F..%2Fagents/x",
        "https://example.com/a.png",
        "file:///etc/passwd",
        "foundry://files/cntr_1/" + "x" * 3000,
    ],
)
async def test_an_address_that_is_none_is_refused_before_anything_is_asked(
    emulator: Emulator, connect: Connect, uri: str
) -> None:
    async with connect() as client:
        result = await client.call_tool("get_file", {"uri": uri})
    assert failure(result)["code"] == "invalid_request"
    assert emulator.received == []


async def test_a_large_picture_holds_up_no_other_call(connect: Connect) -> None:
    async with connect() as client:
        answer: dict[str, Any] = await ask(client, "[file big.png 5000000]", "helper")
        resource = await client.read_resource(answer["files"][0]["uri"])
    (blob,) = resource.contents
    assert blob.mime_type == "image/png"
