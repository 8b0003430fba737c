"""A collector that is down, slow, or refuses: one line, and nothing else is noticed of it."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.cli import main
from mcp_foundry.telemetry.quiet import Once
from tests.rigs.collector import collector
from tests.rigs.command_line import PATIENCE, clean_environment, end_of, run, start
from tests.rigs.stdio_process import call, handshake, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["clean_environment"]

pytestmark = pytest.mark.anyio
RUNS = 300
SECRET = "s3cret"  # noqa: S105 - for the test that it is shown nowhere


@contextmanager
def closing() -> Generator[str]:
    """A port that closes each connection before it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def close_each() -> None:
            with suppress(OSError):  # the test is over
                while True:
                    listening.accept()[0].close()

        threading.Thread(target=close_each, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def down() -> Generator[str]:
    """A port that refuses connections, and that nobody else gets."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def refusing() -> Generator[str]:
    """A collector that answers 500."""
    with collector(500) as told:
        yield f"127.0.0.1:{told.port}"


@pytest.mark.parametrize("bad", [closing, down, refusing])
async def test_many_runs_make_one_line_that_names_the_host_alone(
    bad: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "answers.jsonl"
    rows.write_text("".join(json.dumps({"message": f"No {i}"}) + "\n" for i in range(RUNS)))
    with bad() as place:
        finished = await run(
            *("batch", str(rows), "--output", str(out), "--agent", "helper", "--emulator"),
            # So many exports that fail.
            OTEL_BSP_SCHEDULE_DELAY="10",
            OTEL_BSP_MAX_QUEUE_SIZE="20",
            OTEL_METRIC_EXPORT_INTERVAL="50",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://me:{SECRET}@{place}/{SECRET}?key={SECRET}",
            OTEL_EXPORTER_OTLP_HEADERS=f"key={SECRET}",
            MCP_FOUNDRY_LOG_LEVEL="INFO",
        )
    assert finished.code == 0
    assert len(out.read_text().splitlines()) == RUNS
    [line] = [line for line in finished.stderr.splitlines() if "elemetry" in line]
    assert f"Telemetry: {place} does not take what is told." in line
    assert SECRET not in finished.stderr
    assert "Traceback" not in finished.stderr


async def test_what_waits_for_a_slow_collector_is_bounded() -> None:
    asked = 40
    bounds = {
        "OTEL_BSP_SCHEDULE_DELAY": "10",
        "OTEL_BSP_MAX_QUEUE_SIZE": "4",
        "OTEL_METRICS_EXPORTER": "none",
    }
    with collector() as told:
        told.held.clear()
        async with await start("--emulator", **told.environment, **bounds) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            calls = (call(i, "ask_agent", agent="helper", message="hello") for i in range(asked))
            await process.stdin.send(lines(*handshake(), next(calls)))
            await told.wait_for(lambda: bool(told.bodies))
            await process.stdin.send(lines(*calls))
            answers = b""
            with anyio.fail_after(PATIENCE):
                while answers.count(b'"result"') < 1 + asked:
                    answers += await process.stdout.receive()
            told.held.set()
            await process.stdin.aclose()
            ended = await end_of(process)
        assert ended.code == 0
        # A span of the call and one of the run for each question, but for what found no room.
        assert 4 <= len(told.spans) <= asked
        assert len([line for line in ended.stderr.splitlines() if "Telemetry: " in line]) == 1


def test_what_the_api_logs_is_not_taken_for_a_word_of_the_collector(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = logging.getLogger("opentelemetry")
    monkeypatch.setattr(api, "propagate", True)
    monkeypatch.setattr(api, "handlers", [])
    caplog.set_level(logging.WARNING, "urllib3")  # put back in the end, as the other two
    Once("down").arm()
    api.getChild("context").error("Failed to detach context")
    assert caplog.messages == []
    for _ in range(2):
        api.getChild("exporter.otlp").error("Failed to export")
    assert caplog.messages == ["down"]


@pytest.mark.parametrize(
    ("bad", "told"),
    [(closing, "nobody answers there"), (down, "nobody answers there"), (refusing, "answers 500")],
)
def test_check_says_why(
    bad: Callable[[], AbstractContextManager[str]],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,  # noqa: ARG001 - before what is set here
) -> None:
    with bad() as place:
        url = f"http://me:{SECRET}@{place}/{SECRET}?key={SECRET}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        assert main(["check", "--emulator"]) == 1
    written = capsys.readouterr()
    line = written.out.splitlines()[-1]
    assert line.startswith(f"FAIL  telemetry: traces and metrics are for {place}: ")
    assert told in line
    assert SECRET not in written.out + written.err


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({}, 0, "ok    telemetry: traces and metrics to {place}, which takes them"),
        ({"OTEL_TRACES_EXPORTER": "none"}, 0, "ok    telemetry: metrics to {place}, which"),
        ({"OTEL_SDK_DISABLED": "true"}, 0, "ok    telemetry: off, as OTEL_SDK_DISABLED, "),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, 0, "ok    telemetry: off, for no endpoint"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, 1, "FAIL  telemetry: OTEL_EXPORTER_OTLP_PROTO"),
    ],
)
def test_check_says_where_it_goes(  # noqa: PLR0913, PLR0917 - what is set, what is told, and where
    changes: dict[str, str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,  # noqa: ARG001 - before what is set here
) -> None:
    with collector() as taking:
        for name, text in {**taking.environment, **changes}.items():
            monkeypatch.setenv(name, text)
        assert main(["check", "--emulator"]) == code
        line = capsys.readouterr().out.splitlines()[-1]
        assert line.startswith(told.format(place=f"127.0.0.1:{taking.port}"))
        assert taking.bodies in ([], [b""])


def test_check_says_what_is_not_installed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,  # noqa: ARG001 - before what is set here
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    assert main(["check", "--emulator"]) == 1
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.endswith("what sends it is not installed: pip install 'mcp-foundry[telemetry]'.")
