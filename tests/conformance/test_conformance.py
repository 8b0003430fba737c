"""The official conformance suite, which speaks HTTP only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rigs.npm import Npm

pytestmark = [pytest.mark.judges, pytest.mark.timeout(600)]


@pytest.fixture
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "mcp_foundry", "serve", "--http", "--emulator"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_only_scenarios_of_the_suites_own_example_server_fail(
    npm: Npm, url: str, revision: str
) -> None:
    baseline = Path(__file__).with_name(f"expected-failures.{revision}.yml")

    judged = npm.run(
        "conformance",
        *("server", "--url", url, "--suite", "all", "--spec-version", revision),
        *("--expected-failures", str(baseline)),
    )

    assert judged.returncode == 0, judged.stdout[-6000:] + judged.stderr


def test_each_expected_failure_has_its_reason() -> None:
    for baseline in Path(__file__).parent.glob("expected-failures.*.yml"):
        listed = [
            line.strip()
            for line in baseline.read_text(encoding="utf-8").splitlines()
            if line.strip().startswith("- ")
        ]
        assert listed
        assert [line for line in listed if " # " not in line] == []
