"""Data files that cannot be used: each is a sentence that says what to do, and exit 1."""

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_foundry.cli import main
from mcp_foundry.emulator import DataFileError, Emulator
from tests.rigs.command_line import run
from tests.rigs.kept_project import kept_project
from tests.rigs.somebody_else import somebody_else


def _made(file: Path) -> None:
    """A data file of the emulator, as it leaves one."""
    emulator = Emulator(data=file)
    emulator.store.close()


def _text(file: Path) -> None:
    file.write_text("agents:\n- helper\n" * 500, encoding="utf-8")


def _cut_short(file: Path) -> None:
    _made(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _cut_by_a_byte(file: Path) -> None:
    _made(file)
    file.write_bytes(file.read_bytes()[:-1])


def _overwritten(file: Path) -> None:
    _made(file)
    data = bytearray(file.read_bytes())
    data[8192:16384] = b"\xa5" * 8192
    file.write_bytes(data)


def _with_other_numbers(**numbers: int) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        _made(file)
        connection = sqlite3.connect(file)
        for name, number in numbers.items():
            connection.execute(f"PRAGMA {name} = {number}")
        connection.close()

    return make


def _of_another_program(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (_text, "is not a database. Name a file that the emulator made"),
    "cut short": (_cut_short, "is damaged, as one that was cut short. Restore a copy"),
    "cut by a byte": (_cut_by_a_byte, "is damaged, as one that was cut short. Restore a copy"),
    "overwritten": (_overwritten, "is damaged"),
    "of a later version": (
        _with_other_numbers(user_version=9),
        "has format 9, and this mcp-foundry reads format 1. Use the mcp-foundry that made it",
    ),
    "of another application": (
        _with_other_numbers(application_id=7),
        "is a database of another program. Name a file that the emulator made",
    ),
    "of another program": (_of_another_program, "is a database of another program"),
    "a folder": (Path.mkdir, "is a folder. Name a file in it, such as"),
}


@pytest.mark.parametrize(("make", "told"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_used_is_one_line_and_exit_1(
    make: Callable[[Path], object], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "foundry.db"
    make(file)
    before = file.read_bytes() if file.is_file() else b""
    assert main(["emulator", "--data", str(file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"mcp-foundry: {file} {told}")
    assert said.err.count("\n") == 1
    assert not file.is_file() or file.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["emulator", "--data", str(tmp_path / "no" / "foundry.db")]) == 1
    told = f"cannot be made: there is no folder {tmp_path / 'no'}. Make it first."
    assert told in capsys.readouterr().err


READ_ONLY = {
    "the file": (0o444, 0o777),
    "the folder": (0o666, 0o555),
}


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not read-only there")
@pytest.mark.parametrize("case", READ_ONLY)
def test_what_may_not_be_written_is_said_so(case: str) -> None:
    of_file, of_folder = READ_ONLY[case]
    told = "cannot be written, or its folder. Allow both, or name another file."
    # Not pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "foundry.db")
        _made(file)
        file.chmod(of_file)
        Path(folder).chmod(of_folder)
        with somebody_else(), pytest.raises(DataFileError, match=told):
            Emulator(data=file)
        Path(folder).chmod(0o700)


def test_a_name_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulator", "--data", ""]) == 2
    assert "it names no file" in capsys.readouterr().err


def test_a_name_with_a_nul_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="is no name of a file"):
        Emulator(data=tmp_path / "a\0b")


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    file.touch()
    _made(file)
    again = Emulator(data=file)
    assert list(again.store.agents) == ["helper", "researcher", "weather"]
    again.store.close()


@pytest.mark.anyio
async def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "foundry.db"
    async with kept_project(file):
        second = await run("emulator", "--data", str(file))
    assert (second.code, second.stdout) == (1, "")
    told = f"{file} is in use by another process. Stop that one, or name another file."
    assert second.stderr == f"mcp-foundry: {told}\n"
