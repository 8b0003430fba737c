"""What `install` and `uninstall` cannot change stays as it is, and the reason is told."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.installing.files import ConfigurationFile, FileError
from tests.rigs.command_line import clean_environment
from tests.rigs.configurations import copies, file_of, home
from tests.rigs.somebody_else import somebody_else

__all__ = ["clean_environment", "home"]

pytestmark = pytest.mark.usefixtures("clean_environment", "home")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
OTHER = '{"mcpServers": {"foundry": {"command": "npx", "args": ["foundry-tools"]}}}'


@pytest.mark.parametrize(
    ("client", "text", "told"),
    [
        ("cursor", '{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: '\"' stands where a comma or }"),
        ("cursor", '{"a": "x', "line 1, column 7: unterminated string"),
        ("cursor", '{"a": NaN}', "line 1, column 7: 'N' stands where a value should"),
        ("cursor", '{"a" 1}', "line 1, column 6: '1' stands where a colon should"),
        ("cursor", "{a: 1}", "line 1, column 2: 'a' stands where a name in double quotes"),
        ("cursor", '{"a": [1 2]}', "line 1, column 10: '2' stands where a comma or ]"),
        ("cursor", "{}\n// b\n{}", "line 3, column 1: '{' stands where nothing more should"),
        ("cursor", "[" * 400, "stands where fewer values within each other should"),
        ("codex", "a = 1\nb = = 2\n", "line 2, column 5: Invalid value"),
        ("codex", "a = 'x", "line 1, its end: "),
        ("cursor", "[]", "it holds something else than an object"),
        ("cursor", '{"mcpServers": []}', "its mcpServers is something else than an object"),
        ("cursor", OTHER, 'is none of ours: {"command": "npx"'),
        ("cursor", '{"mcpServers": {"foundry": "off"}}', "is none of ours"),
        ("codex", "mcp_servers = { a = { since = 2026-01-01 } }\n", "cannot be changed safely"),
    ],
)
def test_what_cannot_be_changed_is_left_alone_and_told(
    client: str, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(client, text)
    assert main(["install", client, "--emulator"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"mcp-foundry: {path} stays as it is: ")
    assert told in said.err
    assert said.out == ""
    assert path.read_text("utf-8") == text
    assert not copies(path)


def test_what_another_program_has_changed_meanwhile_is_left_alone() -> None:
    path = file_of("claude-code", "{}")
    file = ConfigurationFile(path)
    path.write_text('{"numStartups": 2}')
    with pytest.raises(FileError, match="was changed by another program meanwhile"):
        file.write("{}\n")
    assert path.read_text() == '{"numStartups": 2}'


def test_what_is_none_of_ours_is_not_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of("cursor", OTHER)
    assert main(["uninstall", "cursor"]) == 1
    assert "is none of ours" in capsys.readouterr().err
    assert path.read_text("utf-8") == OTHER


def test_a_folder_or_bytes_in_the_place_of_the_file_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = file_of("cursor")
    path.mkdir(parents=True)
    assert main(["install", "cursor", "--emulator"]) == 1
    assert capsys.readouterr().err.startswith(f"mcp-foundry: {path} cannot be read: ")
    path.rmdir()
    path.write_bytes("{}".encode("utf-16"))
    assert main(["install", "cursor", "--emulator"]) == 1
    assert "is no UTF-8 text (byte 1), so it stays as it is" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".cursor").write_text("a file")
    assert main(["install", "cursor", "--emulator"]) == 1
    assert "cannot be" in capsys.readouterr().err
    assert (home / ".cursor").read_text() == "a file"


@posix
@pytest.mark.parametrize("modes", [(0o666, 0o555), (0o444, 0o777)], ids=["folder", "file"])
def test_what_may_not_be_written_is_told(
    modes: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("HOME", folder)
        path = file_of("claude-code", "{}")
        for each, mode in zip((path, Path(folder)), modes, strict=True):
            each.chmod(mode)
        # What it imports, somebody else may not be able to read.
        assert main(["install", "claude-code", "--emulator", "--print"]) == 0
        with somebody_else():
            assert main(["install", "claude-code", "--emulator"]) == 1
        Path(folder).chmod(0o700)
        assert capsys.readouterr().err.startswith(f"mcp-foundry: {path} cannot be written: ")
        assert [each.name for each in Path(folder).iterdir()] == [".claude.json"]


if sys.platform != "win32":
    from resource import RLIMIT_FSIZE, getrlimit, setrlimit

    def test_on_a_full_disk_nothing_is_lost_or_left(capsys: pytest.CaptureFixture[str]) -> None:
        path = file_of("cursor", '{"a": 1}')
        before = getrlimit(RLIMIT_FSIZE)
        for most in (4, 40):  # the copy has no room; what is new has none
            setrlimit(RLIMIT_FSIZE, (most, before[1]))
            try:
                assert main(["install", "cursor", "--emulator"]) == 1
            finally:
                setrlimit(RLIMIT_FSIZE, before)
            assert capsys.readouterr().err.startswith(f"mcp-foundry: {path} cannot be written: ")
            assert path.read_text() == '{"a": 1}'
            assert [each.name for each in path.parent.iterdir() if each != path] == [
                each.name for each in copies(path) if most > 4
            ]


@pytest.mark.parametrize("text", ["", "here"])
def test_without_a_home_it_says_what_to_set(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "USERPROFILE" if sys.platform == "win32" else "HOME"
    monkeypatch.setenv(name, text)
    assert main(["install", "cursor", "--emulator"]) == 1
    wrong = "is not set" if not text else "'here' is no whole path"
    assert capsys.readouterr().err.startswith(f"mcp-foundry: {name} {wrong}, so ")
