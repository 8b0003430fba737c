"""The command line: help, wrong words, what a process of it writes, the emulator by itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import anyio
import pytest
from anyio.streams.text import TextReceiveStream

from mcp_foundry import __version__
from mcp_foundry.cli import main
from mcp_foundry.commands.line.options import COMMANDS
from mcp_foundry.settings.values import default_of
from mcp_foundry.settings.variables import VARIABLES
from tests.rigs.command_line import (
    COMMAND,
    PATIENCE,
    clean_environment,
    end_of,
    environment,
    run,
    start,
)

__all__ = ["clean_environment"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean_environment")]
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
PROJECT = "http://127.0.0.1:1/api/projects/p"


@pytest.mark.parametrize(
    "words", [["--help"], ["call", "--help"], ["probe", "--help"], ["--version"]]
)
async def test_help_and_version_import_no_sdk(words: list[str]) -> None:
    heavy = ("mcp", "mcp_types", "pydantic", "anyio", "aiohttp", "azure", "openai", "rich")
    script = (
        "import sys; from mcp_foundry.cli import main; code = main(sys.argv[1:]);"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr);"
        "sys.exit(code)"
    )
    with anyio.fail_after(PATIENCE):
        done = await anyio.run_process([sys.executable, "-c", script, *words], env=environment())
    assert done.stderr.decode().strip() == "[]"


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mcp-foundry {__version__}\n"


@only_posix
@pytest.mark.parametrize(
    ("closed", "code", "stdout", "stderr"),
    [
        (">&-", 1, "", "mcp-foundry: stdout is closed, and the result is written there.\n"),
        ("<&- 2>&-", 0, "Hello\n", ""),
    ],
)
async def test_a_stream_that_is_closed_is_no_traceback(
    closed: str, code: int, stdout: str, stderr: str
) -> None:
    words = [*COMMAND, "ask", "helper", "[say Hello]", "--emulator"]
    with anyio.fail_after(PATIENCE):
        shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
        done = await anyio.run_process(shell, check=False, env=environment())
    ended = (done.returncode, done.stdout.decode(), done.stderr.decode())
    assert ended == (code, stdout, stderr)


def test_importing_the_module_behind_python_m_runs_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import_module("mcp_foundry.__main__")
    assert capsys.readouterr() == ("", "")


def test_help_tells_every_setting_with_its_flag_its_variable_and_its_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for variable in VARIABLES:
        if variable.flag:
            default = f"; default {default_of(variable)}" if default_of(variable) else ""
            assert f" {variable.flag} " in told
            assert f"({variable.names[0]}{default})" in told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_fits_a_screen_or_two_and_tells_its_examples_first(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert len(lines) <= 70
    assert max(map(len, lines)) <= 80
    examples = [at for at, line in enumerate(lines) if line.startswith("  mcp-foundry ")]
    assert not examples or examples[-1] < lines.index("options:")
    if "--endpoint" in told:
        assert "`mcp-foundry --help` tells the others" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--bogus"], "there is no --bogus"),
        (["cal"], "invalid choice: 'cal'"),
        (["call"], "TOOL"),
        (["check", "extra"], "there is no extra"),
        (["--emulator", "--endpoint", PROJECT], "exclude each other"),
        (["check", "--latency", "1"], "--latency is for the emulator"),
        (["--emulator", "--latency", "-1"], "'-1' is not a number of 0 or more"),
        (["emulator", "--port", "65536"], "'65536' is not a port"),
        (["emulator", "--port", "http"], "'http' is not a port"),
        (["--env-file", "no-such-file"], "no-such-file cannot be read"),
    ],
)
def test_a_wrong_word_is_one_line_and_exit_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err


@only_posix
async def test_the_emulator_prints_its_endpoint_alone_and_ends_with_0_on_a_signal() -> None:
    async with await start("emulator", "--tokens-per-second", "100") as process:
        assert process.stdout is not None
        with anyio.fail_after(PATIENCE):
            endpoint = await TextReceiveStream(process.stdout).receive()
        assert endpoint.startswith("http://127.0.0.1:")
        assert endpoint.endswith("/api/projects/emulator\n")
        checked = await run("check", FOUNDRY_PROJECT_ENDPOINT=endpoint.strip())
        process.send_signal(signal.SIGTERM)
        ended = await end_of(process)
    assert checked.code == 0
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")


def test_a_port_that_is_taken_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["emulator", "--port", str(port)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"port {port}" in told


def test_a_model_server_that_is_away_fails_the_run_with_its_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emulator = ["--emulator", "--model-url", "http://127.0.0.1:1/v1", "--model-name", "llama"]
    assert main(["call", "ask_agent", "message=Hello", *emulator]) == 1
    told = capsys.readouterr().err
    assert "run_failed" in told
    assert "127.0.0.1:1" in told


@only_posix
@pytest.mark.parametrize(
    "words",
    [["--help"], ["call", "--help"], ["--version"], ["check", "--emulator"], ["emulator"]],
)
async def test_a_reader_that_goes_away_is_no_traceback(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process(
                [*COMMAND, *words],
                stdout=writing,
                stderr=subprocess.PIPE,
                check=False,
                env=environment(),
            )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is full is Linux's")
def test_a_result_that_cannot_be_written_is_told_in_a_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - the words of the test
            [*COMMAND, "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=environment(),
            timeout=PATIENCE,
        )
    told = b"mcp-foundry: the result cannot be written: No space left on device. "
    assert done.returncode == 1
    assert done.stderr.startswith(told)
    assert done.stderr.count(b"\n") == 1


async def test_logging_goes_to_stderr_and_tells_no_message() -> None:
    words = ["call", "ask_agent", "message=confidential", "--emulator", "--log-level", "DEBUG"]
    done = await run(*words, "--quiet")
    assert done.code == 0
    assert " DEBUG " in done.stderr
    assert "confidential" not in done.stderr
    assert "Bearer" not in done.stderr
