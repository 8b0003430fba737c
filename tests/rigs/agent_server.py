"""Microsoft's agent server in a process and an environment of its own, on loopback."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from anyio import to_thread

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

AGENT = Path(__file__).parents[1] / "peers" / "agent.py"
PATIENCE = 60
"""Seconds after which a test gives up on a line, far more than any takes."""

# Its SDK measures itself and reports to Microsoft, unless it is told not to.
_NO_REPORTS = {"APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true"}
_NO_TELEMETRY = {"OTEL_SDK_DISABLED": "true"}


class AgentServer:
    """The agent's process, and the lines that it has written so far.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdout is not None
        self._process = process
        self._log = log
        self._said: list[str] = []
        self._news = threading.Condition()
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()
        self._wait_for_lines(1)
        self.port = int(self._said[0])

    @property
    def endpoint(self) -> str:
        """The endpoint to give to a server."""
        return agent_at(self.port)

    async def says(self, line: str) -> None:
        """Wait for a line, unless it was said before."""
        await to_thread.run_sync(self._wait_for, line)

    def kill(self) -> None:
        """End the process as a crash would."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def _listen(self, stdout: IO[str]) -> None:
        for line in stdout:
            with self._news:
                self._said.append(line.rstrip("\n"))
                self._news.notify_all()

    def _wait_for(self, line: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: line in self._said, PATIENCE), self._told()

    def _wait_for_lines(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self._said) >= count, PATIENCE), self._told()

    def _told(self) -> str:
        return f"{self._said}\n{self._log.read_text('utf-8')[-4000:]}"


def agent_at(port: int) -> str:
    """Return the endpoint of an agent at a port, or of what stands before it."""
    return f"http://127.0.0.1:{port}"


@contextmanager
def agent_server(
    python: str, home: Path, telemetry: Mapping[str, str] = _NO_TELEMETRY
) -> Generator[AgentServer]:
    """A running agent, killed at the end; what it stores is in `home`, for the next one there.

    `telemetry` are the variables that say whom it tells of itself: nobody, unless they do.
    """
    log = home / "agent.log"
    env = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), **_NO_REPORTS, **telemetry}
    with (
        log.open("a", encoding="utf-8") as stderr,
        subprocess.Popen(  # noqa: S603 - a Python that the tests installed, and a file of ours
            [python, str(AGENT)],
            cwd=home,
            encoding="utf-8",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        try:
            yield AgentServer(process, log)
        finally:
            process.kill()
