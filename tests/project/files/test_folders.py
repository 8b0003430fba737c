"""What may be read from disk for a question, and what never: each way out that was reported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.files import folders
from mcp_foundry.project.files.folders import read_file
from tests.conftest import failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

MOST = 1000
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is allowed, beside one that is not."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "notes.txt").write_text("notes")
    (inside / "deep" / "more.txt").write_text("more")
    (inside / ".env").write_text("KEY=1")
    (inside / ".git").mkdir()
    (inside / ".git" / "config").write_text("token")
    (inside / "empty.txt").write_text("")
    (inside / "big.txt").write_bytes(b"x" * (MOST + 1))
    return inside


def code_of(given: str, folder: Path) -> str:
    with pytest.raises(FoundryError) as refused:
        read_file(given, [str(folder)], MOST)
    return refused.value.code


def test_files_below_the_folder_are_read_by_any_right_path(folder: Path) -> None:
    for given in (
        "notes.txt",
        str(folder / "notes.txt"),
        (folder / "notes.txt").as_uri(),
        "deep/../notes.txt",
        "./notes.txt",
    ):
        assert read_file(given, [str(folder)], MOST) == ("notes.txt", b"notes")
    assert read_file("deep/more.txt", [str(folder)], MOST)[1] == b"more"


def test_a_folder_that_is_itself_reached_by_a_link_is_a_folder(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder, target_is_directory=True)
    for given in ("notes.txt", str(link / "notes.txt"), str(folder / "notes.txt")):
        assert read_file(given, [str(link)], MOST)[1] == b"notes"


def test_the_second_folder_is_looked_into_too(folder: Path) -> None:
    outside = folder.parent / "outside"
    both = [str(folder), str(outside)]
    assert read_file(str(outside / "secret.txt"), both, MOST)[1] == b"secret"


OUT: dict[str, Callable[[Path], str]] = {
    "another folder": lambda inside: str(inside.parent / "outside" / "secret.txt"),
    "up and out": lambda _: "../outside/secret.txt",
    "up and out in a URI": lambda inside: f"{inside.as_uri()}/%2e%2e/outside/secret.txt",
    "a folder whose name begins alike": lambda inside: f"{inside}-too/secret.txt",
    "the folder itself": str,
    "a hidden file": lambda _: ".env",
    "a file in a hidden folder": lambda _: ".git/config",
    "a NUL in the name": lambda _: "notes.txt\0.png",
    "the processor's files": lambda _: "/proc/self/environ",
    "a share by two slashes": lambda _: "//server/share/notes.txt",
    "a share by two backslashes": lambda _: "\\\\server\\share\\notes.txt",
    "a device path": lambda _: "\\\\.\\PhysicalDrive0",
    "a share in a URI": lambda _: "file://server/share/notes.txt",
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("way", OUT)
def test_no_path_leads_out_and_the_refusal_names_the_setting_and_no_way_round_it(
    folder: Path, way: str
) -> None:
    given = OUT[way](folder)
    with pytest.raises(FoundryError) as refused:
        read_file(given, [str(folder)], MOST)
    assert refused.value.code == "not_allowed"
    assert "MCP_FOUNDRY_FILES" in str(refused.value)
    # A model that reads on would meet `next`: "Do not try another way".
    assert "data:" not in str(refused.value)


def test_the_refusal_is_the_same_whether_the_file_exists_or_not(folder: Path) -> None:
    outside = folder.parent / "outside"
    told: set[str] = set()
    for name in ("secret.txt", "absent.txt"):
        with pytest.raises(FoundryError) as refused:
            read_file(str(outside / name), [str(folder)], MOST)
        told.add(str(refused.value).replace(name, "NAME"))
    assert len(told) == 1


@posix
def test_a_link_out_of_the_folder_is_refused_alike_whether_it_leads_anywhere(folder: Path) -> None:
    outside = folder.parent / "outside"
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "dangling.txt").symlink_to(outside / "absent.txt")
    (folder / "away").symlink_to(outside, target_is_directory=True)
    (folder / "to-hidden.txt").symlink_to(folder / ".env")
    for given in ("link.txt", "dangling.txt", "away/secret.txt", "to-hidden.txt"):
        assert code_of(given, folder) == "not_allowed"


@posix
def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "again.txt").symlink_to(folder / "deep" / "more.txt")
    assert read_file("again.txt", [str(folder)], MOST) == ("more.txt", b"more")


@posix
@pytest.mark.parametrize("swapped", ["deep/more.txt", "deep"])
def test_a_link_that_is_swapped_in_after_the_look_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    outside = folder.parent / "outside"
    (outside / "more.txt").write_text("secret")
    real = os.path.realpath

    def look_and_swap(path: Any, **options: Any) -> str:  # noqa: ANN401 - as `realpath` takes them
        found = real(path, **options)
        if found.endswith("more.txt") and not (folder / swapped).is_symlink():
            (folder / swapped).rename(folder.parent / "moved")
            target = outside / "more.txt" if swapped.endswith(".txt") else outside
            (folder / swapped).symlink_to(target)
        return str(found)

    monkeypatch.setattr(folders.os.path, "realpath", look_and_swap)
    assert code_of("deep/more.txt", folder) == "invalid_request"
    assert (folder / swapped).is_symlink(), "it was swapped"


@posix
def test_where_folders_cannot_be_walked_what_was_opened_is_compared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders.os, "supports_dir_fd", set[object]())
    assert read_file("deep/more.txt", [str(folder)], MOST)[1] == b"more"
    real, opened = os.open, list[object]()

    def open_and_swap(path: Any, *how: Any) -> int:  # noqa: ANN401 - as `open` takes them
        descriptor = real(path, *how)
        if not opened:
            opened.append(path)
            (folder / "notes.txt").unlink()
            (folder / "notes.txt").write_text("other")
        return descriptor

    monkeypatch.setattr(folders.os, "open", open_and_swap)
    assert code_of("notes.txt", folder) == "invalid_request"


@posix
def test_pipes_folders_and_what_is_empty_or_too_large_are_refused_at_once(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for given, said in (
        ("pipe", "is no regular file"),
        ("deep", "is no regular file"),
        ("empty.txt", "is empty"),
        ("big.txt", "1,000 are the most"),
        ("absent.txt", "cannot be read"),
    ):
        with pytest.raises(FoundryError, match=said) as refused:
            read_file(given, [str(folder)], MOST)
        assert refused.value.code == "invalid_request"


def test_a_file_that_grows_while_it_is_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat

    def look_and_grow(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        with (folder / "notes.txt").open("a") as file:
            file.write("!")
        return found

    monkeypatch.setattr(folders.os, "fstat", look_and_grow)
    with pytest.raises(FoundryError, match="changed while it was read"):
        read_file("notes.txt", [str(folder)], MOST)


DEVICES = ("CON", "con.txt", "deep\\NUL", "COM1", "lpt9.csv", "notes.txt:stream", "deep\\.env")


@pytest.mark.parametrize("relative", DEVICES)
def test_devices_and_streams_of_windows_are_no_plain_names_there(relative: str) -> None:
    is_plain = folders._is_plain  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the guard of another platform
    assert not is_plain(relative, windows=True)
    assert is_plain("deep\\console.txt", windows=True)


@pytest.mark.anyio
async def test_nothing_is_read_without_the_setting(
    emulator: Emulator, connect: Connect, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    async with connect() as client:
        for given in ("notes.txt", str(folder / "notes.txt")):
            question = {"message": "Hi", "files": [given]}
            error = failure(await client.call_tool("ask_agent", question))
            assert error["code"] == "not_allowed"
            assert "MCP_FOUNDRY_FILES" in error["message"]
    assert emulator.received == []


@pytest.mark.anyio
async def test_names_and_sizes_are_logged_and_contents_never(
    connect: Connect, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "notes.txt").write_text("the password is swordfish")
    caplog.set_level("DEBUG")
    async with connect(files=(str(folder),)) as client:
        await ask(client, "[file made.txt] Hi", "helper", files=["notes.txt"])
    assert "notes.txt" in caplog.text
    assert "made.txt" in caplog.text
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("mcp_foundry")]
    assert not any("swordfish" in said or "scripted model inside" in said for said in ours)
