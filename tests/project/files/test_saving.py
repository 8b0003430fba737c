"""Names that an agent chose: a stranger, who may be hostile."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.files.saving import Folder, safe_name
from tests.conftest import failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from tests.conftest import Connect

HOSTILE = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "/etc/shadow": "shadow",
    "C:\\Windows\\system.ini": "system.ini",
    "..": "file",
    ".": "file",
    "": "file",
    ".bashrc": "bashrc",
    "...hidden": "hidden",
    "CON": "_CON",
    "con.png": "_con.png",
    "Lpt1.txt": "_Lpt1.txt",
    "a\x00b.txt": "ab.txt",
    "a\nb\x1b[31m.txt": "ab[31m.txt",
    "ex\u202egnp.exe": "exgnp.exe",
    "what?.txt": "what_.txt",
    "name.txt:stream": "name.txt_stream",
    "trailing. . ": "trailing",
    "half\ud800.txt": "half.txt",
    "Größe 東京.csv": "Größe 東京.csv",
}


@pytest.mark.parametrize(("given", "safe"), HOSTILE.items())
def test_a_hostile_name_becomes_a_plain_one_in_the_folder(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@pytest.mark.parametrize("name", ["x" * 500 + ".png", "東" * 500 + ".png", "a." + "b" * 300])
def test_a_long_name_is_cut_and_keeps_its_ending(name: str) -> None:
    cut = safe_name(name)
    assert len(cut) <= 120
    assert len(cut.encode()) <= 255
    assert cut.endswith(".png") or "." not in cut[-13:]


def test_two_files_of_one_name_are_both_saved_and_none_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    folder = Folder(str(tmp_path))
    paths = [folder.save(uri, "a.csv", b"same") for uri in ("one", "two", "one")]
    assert [Path(path).name for path in paths] == ["a-2.csv", "a-3.csv", "a-2.csv"]
    assert (tmp_path / "a.csv").read_text() == "mine"


def test_an_earlier_process_saved_it_already(tmp_path: Path) -> None:
    first = Folder(str(tmp_path)).save("one", "a.csv", b"data")
    assert Folder(str(tmp_path)).save("one", "a.csv", b"data") == first
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes or links")
def test_a_file_is_for_its_owner_and_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "outside"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").symlink_to(target)
    saved = Path(Folder(str(folder)).save("one", "a.csv", b"data"))
    assert saved.name == "a-2.csv"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not target.exists()


def test_a_folder_that_is_gone_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(FoundryError, match="MCP_FOUNDRY_SAVE") as refused:
        Folder(str(tmp_path / "gone")).save("one", "a.csv", b"data")
    assert refused.value.code == "not_allowed"


@pytest.mark.anyio
@pytest.mark.parametrize("agent", ["helper", "asst_helper"])
async def test_what_an_agent_made_is_saved_and_the_text_leads_there(
    connect: Connect, tmp_path: Path, agent: str
) -> None:
    async with connect(save=str(tmp_path)) as client:
        answer = await ask(client, "[file ../../up.csv] [file a b.csv]", agent)
    paths = {file["name"]: file["path"] for file in answer["files"]}
    assert paths == {"up.csv": str(tmp_path / "up.csv"), "a b.csv": str(tmp_path / "a b.csv")}
    assert f"({paths['up.csv']})" in answer["text"]
    assert f"(<{paths['a b.csv']}>)" in answer["text"]


@pytest.mark.anyio
async def test_get_file_saves_under_a_name_of_the_callers(connect: Connect, tmp_path: Path) -> None:
    async with connect(save=str(tmp_path)) as client:
        (file,) = (await ask(client, "[file a.bin]", "helper"))["files"]
        result = await client.call_tool("get_file", {"uri": file["uri"], "save_as": "../mine.bin"})
    assert (tmp_path / "mine.bin").is_file()
    assert str(tmp_path / "mine.bin") in str(result.content)


@pytest.mark.anyio
async def test_nothing_is_saved_without_a_folder(connect: Connect) -> None:
    async with connect() as client:
        (file,) = (await ask(client, "[file a.csv]", "helper"))["files"]
        result = await client.call_tool("get_file", {"uri": file["uri"], "save_as": "a.csv"})
    assert failure(result)["code"] == "not_allowed"
    assert "MCP_FOUNDRY_SAVE" in failure(result)["message"]
