"""`mcp-foundry emulator`: what it leaves running, what it tells a shell, and what stops it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import anyio
import pytest

from mcp_foundry.emulator.door.environment import VARIABLES, lines
from tests.rigs.command_line import PATIENCE, run
from tests.rigs.left_running import evaluated, folders, left_running, needs_folders

pytestmark = [pytest.mark.anyio, needs_folders]
PROGRAMS = Path(__file__).parents[1] / "emulator" / "door"
CREDENTIAL = "ManagedIdentityCredential"
AWKWARD = 'it\'s "$HOME" `x`; \u2019 & \\'


@pytest.mark.parametrize("program", ["sync_program.py", "async_program.py"])
async def test_a_program_that_knows_only_azure_runs_with_what_env_prints(
    tmp_path: Path, program: str
) -> None:
    async with left_running(tmp_path, "--https") as left:
        done = await left.program(PROGRAMS / program)
    assert (done.code, done.stderr) == (0, "")


async def test_what_is_left_running_says_how_to_end_it_and_ends_so(tmp_path: Path) -> None:
    async with left_running(tmp_path, "--https") as left:
        told = left.finished.stderr
        assert f"To end it: kill {left.pid}\n" in told
        assert left.variables["NODE_EXTRA_CA_CERTS"] in told
        (log,) = (tmp_path / "state" / "mcp-foundry").iterdir()
        assert str(log) in told
        process = os.pidfd_open(left.pid)
    with anyio.fail_after(PATIENCE):
        await anyio.wait_readable(process)  # it has ended
    os.close(process)


async def test_over_plain_http_nothing_is_said_of_certificates_but_that_azure_wants_them(
    tmp_path: Path,
) -> None:
    async with left_running(tmp_path) as left:
        assert left.variables["FOUNDRY_PROJECT_ENDPOINT"].startswith("http://127.0.0.1:")
        assert "SSL_CERT_FILE" not in left.variables
        assert "REQUESTS_CA_BUNDLE" not in left.variables
        assert "add --https" in left.finished.stderr
    assert not (tmp_path / "data").exists()


async def test_every_variable_is_told_to_sh(tmp_path: Path) -> None:
    async with left_running(tmp_path, "--https") as left:
        assert set(left.variables) == {each.name for each in VARIABLES}
        assert left.variables["AZURE_TOKEN_CREDENTIALS"] == CREDENTIAL


async def test_sh_takes_any_value_as_it_is() -> None:
    said = lines("sh", {"endpoint": AWKWARD})
    assert (await evaluated(said))["FOUNDRY_PROJECT_ENDPOINT"] == AWKWARD


def test_powershell_takes_any_value_as_it_is() -> None:
    first = lines("powershell", {"endpoint": AWKWARD}).splitlines()[0]
    doubled = AWKWARD.replace("'", "''").replace("\u2019", "\u2019\u2019")
    assert first == f"$env:FOUNDRY_PROJECT_ENDPOINT = '{doubled}'"


async def test_a_shell_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    done = await run("emulator", "--env", "tcsh", **folders(tmp_path))
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "tcsh" in done.stderr
    assert "powershell" in done.stderr


async def test_a_port_that_is_taken_is_told_by_env_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await run("emulator", "--env", "--port", port, **folders(tmp_path))
    assert (done.code, done.stdout) == (1, "")
    assert f"cannot listen on port {port}" in done.stderr


@pytest.mark.parametrize("moved", ["XDG_DATA_HOME", "XDG_STATE_HOME"])
async def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(
    tmp_path: Path, moved: str
) -> None:
    # A file where the folder should be: permissions would not stop root.
    file = tmp_path / "file"
    file.touch()
    changed = {**folders(tmp_path), moved: str(file)}
    done = await run("emulator", "--https", "--env", **changed)
    assert (done.code, done.stdout) == (1, "")
    assert f"{file}/mcp-foundry" in done.stderr
    assert f"set {moved}" in done.stderr


async def test_a_script_beside_it_does_not_pass_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aiohttp.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(tmp_path)
    async with left_running(tmp_path) as left:
        assert left.variables["FOUNDRY_AGENT_NAME"] == "helper"
