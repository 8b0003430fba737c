"""Files that an input names: uploaded once, for a day, and asked about by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio
CSV = b"name,price\npear,3\n"
CALC: dict[str, Any] = {
    "kind": "prompt",
    "model": "gpt-4o",
    "instructions": "See {{data}}.",
    "tools": [
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["{{data}}"]}}
    ],
    "structured_inputs": {"data": {"required": True, "schema": {"type": "string"}}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prices.csv").write_bytes(CSV)
    (tmp_path / "sheet.xlsx").write_bytes(b"PK\x03\x04\0\0")
    return tmp_path


@pytest.fixture(autouse=True)
def calc(emulator: Emulator) -> None:
    emulator.store.add_agent("calc", definition=CALC)


async def test_a_life_that_the_service_does_not_take_is_left_out(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    emulator.fail_next(400, code="invalid", message="Unknown: expires_after.", on="/files")
    async with connect(files=(str(folder),)) as client:
        given: dict[str, Any] = {"files": ["sheet.xlsx"], "inputs": {"data": "sheet.xlsx"}}
        assert (await ask(client, "Sum", "calc", **given))["status"] == "completed"
    uploads = [each.body for each in emulator.received if each.path == "/openai/v1/files"]
    assert uploads[1] == {"purpose": "assistants"}


async def test_an_upload_that_fails_starts_no_run_and_is_not_repeated(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    emulator.fail_next(500, on="/files")
    async with connect(files=(str(folder),)) as client:
        given = {"files": ["sheet.xlsx"], "inputs": {"data": "sheet.xlsx"}}
        error = failure(
            await client.call_tool("ask_agent", {"message": "Sum", "agent": "calc", **given})
        )
    assert "nothing was asked" in error["message"]
    assert emulator.runs_created == 0
    assert [each.method for each in emulator.received if "/files" in each.path] == ["POST"]


async def test_what_an_input_names_is_uploaded_and_the_input_gets_its_id(
    emulator: Emulator, connect: Connect, folder: Path
) -> None:
    given: dict[str, Any] = {"files": ["prices.csv"], "inputs": {"data": "prices.csv"}}
    async with connect(files=(str(folder),)) as client:
        answer = await ask(client, "Sum", "calc", **given)
        assert "prices.csv (text/csv, 18 bytes, columns name, price)" in answer["text"]
        await ask(client, "Again", "calc", **given)
    (upload,) = [each for each in emulator.received if each.path == "/openai/v1/files"]
    assert upload.body == {
        "purpose": "assistants",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "86400",
    }
    (stored,) = [f for f in emulator.store.files.uploads.values() if f.name == "prices.csv"]
    assert stored.data == CSV
    asked: Any = emulator.received[-1].body
    assert asked["structured_inputs"] == {"data": stored.info["id"]}
    assert asked["input"] == "Again"
