"""The emulator as a newcomer starts it, and a sample that runs against it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.rigs.left_running import folders

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

EMULATOR = (sys.executable, "-m", "mcp_foundry", "emulator", "--https", "--env", "--log")
_LONGEST_START = 90
_LOG = re.compile(r"what more it has to say goes to (.+)")
# Two samples wait a minute for memories to settle.
LONGEST_RUN = 120
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"PK\x03\x04": "zip", b"%PDF": "pdf"}


class Served(NamedTuple):
    """An emulator that was left running: what it told the shell to set, and where its log is."""

    variables: Mapping[str, str]
    log: Path

    def forget(self) -> int:
        """Be as if just opened, for the next sample; returns how long its log is by now."""
        self._ask("DELETE")
        return self.log.stat().st_size

    def books(self, since: int) -> tuple[str, list[str]]:
        """Return what it did since then, in lines; and the requests that it does not serve."""
        state: dict[str, Any] = json.loads(self._ask("GET"))
        return self.log.read_bytes()[since:].decode(), state["unhandled"]

    def _ask(self, method: str) -> bytes:
        place = urlsplit(self.variables["FOUNDRY_PROJECT_ENDPOINT"])
        trusted = ssl.create_default_context(cafile=self.variables["SSL_CERT_FILE"])
        address = f"{place.scheme}://{place.netloc}/_emulator/state"
        asked = Request(address, method=method)  # noqa: S310 - our own emulator
        with urlopen(asked, context=trusted, timeout=30) as response:  # noqa: S310 - as above
            return response.read()


@contextmanager
def served(home: Path) -> Generator[Served]:
    """Start an emulator as a shell does, with what it keeps below a home of its own."""
    begun = subprocess.run(  # noqa: S603 - our own command
        EMULATOR,
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, **folders(home)},
        timeout=_LONGEST_START,
    )
    log = _LOG.search(begun.stderr)
    assert log, begun.stderr
    words = [word for line in begun.stdout.splitlines() for word in shlex.split(line)[1:]]
    variables = {name: value for name, _, value in (word.partition("=") for word in words)}
    try:
        yield Served(variables, Path(log[1]))
    finally:
        os.kill(int(variables["FOUNDRY_EMULATOR_PID"]), signal.SIGTERM)


class Ended(NamedTuple):
    """How a sample ended, and its transcript: its output, and a line for each file it wrote."""

    code: int | None
    transcript: str
    errors: str


def run(sample: Path, environment: Mapping[str, str], typed: str, scratch: Path) -> Ended:
    """Run a sample, unmodified, in a folder of its own; its code is None where it took too long."""
    places = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    command = (sys.executable, str(sample))
    try:
        ended = subprocess.run(  # noqa: S603 - Microsoft's own samples
            command,
            capture_output=True,
            check=False,
            cwd=scratch,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1", **environment, **places},
            errors="replace",
            input=typed,
            timeout=LONGEST_RUN,
        )
    except subprocess.TimeoutExpired as late:
        return Ended(None, _text(late.stdout), _text(late.stderr))
    return Ended(ended.returncode, ended.stdout + _written(scratch), ended.stderr)


def _text(output: bytes | str | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


def _written(scratch: Path) -> str:
    files = sorted(path for path in scratch.rglob("*") if path.is_file())
    return "".join(f"\n[wrote {path.name}: {_described(path.read_bytes())}]" for path in files)


def _described(data: bytes) -> str:
    kinds = (kind for magic, kind in _MAGIC.items() if data.startswith(magic))
    return f"{len(data)} bytes of {next(kinds, 'text')}"
