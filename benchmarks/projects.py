"""An emulated project in its own process, and the raw requests that a question to it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from benchmarks.processes import Json, LineProcess

if TYPE_CHECKING:
    from pathlib import Path

RESPONSES, CLASSIC = "helper", "asst_helper"
GENERATIONS = {"responses": RESPONSES, "classic": CLASSIC}


class EmulatedProject(LineProcess):
    """The emulator, with a network's delay and a model's speed.

    Args:
        latency: Seconds before each reply.
        first_token: Seconds before a run's first token.
        tokens_per_second: The pace of text; 0 is full speed.
        data: The file in which it keeps its state; by default in memory.
        https: The folder in which it keeps the certificate that it speaks TLS with; without, it
            speaks plain HTTP.
    """

    def __init__(
        self,
        latency: float = 0,
        first_token: float = 0,
        tokens_per_second: float = 0,
        data: Path | None = None,
        https: Path | None = None,
    ) -> None:
        pace = {
            "--latency": latency,
            "--first-token": first_token,
            "--tokens-per-second": tokens_per_second,
        }
        flags = (word for flag, value in pace.items() for word in (flag, str(value)))
        kept = ("--data", str(data)) if data else ()
        secure = ("--https",) if https else ()
        environment = {"XDG_DATA_HOME": str(https)} if https else {}
        super().__init__("-m", "mcp_foundry", "emulator", *flags, *kept, *secure, **environment)
        self.endpoint = self.line().decode()

    def contents(self, uri: str) -> str:
        """Return the URL of what `uri` stands for: a file that an agent's code wrote."""
        container, file = (quote(part, safe="") for part in uri.split("/")[3:5])
        return f"{self.endpoint}/openai/v1/containers/{container}/files/{file}/content"

    def question(self, message: str, agent: str) -> tuple[str, Json]:
        """Return the URL and the body of the one request that asks `agent`."""
        if agent == CLASSIC:
            thread = {"messages": [{"role": "user", "content": message}]}
            body: Json = {"assistant_id": agent, "stream": True, "thread": thread}
            return f"{self.endpoint}/threads/runs?api-version=v1", body
        reference = {"type": "agent_reference", "name": agent}
        body = {"input": message, "stream": True, "store": True, "background": True}
        return f"{self.endpoint}/openai/v1/responses", body | {"agent_reference": reference}


class Lot(NamedTuple):
    """Seconds that a lot of raw requests took, to their end and to the first token."""

    seconds: float
    first: float


class RawClient(LineProcess):
    """The baselines of a question and of a file, see `benchmarks.raw`."""

    def __init__(self) -> None:
        super().__init__("-m", "benchmarks.raw")

    def ask(self, *requests: tuple[str, Json], at_once: int = 1, parse: bool = False) -> Lot:
        """Send requests, so many at once, and read their streams; `parse` decodes each event."""
        self.send({"requests": requests, "at_once": at_once, "parse": parse})
        return Lot(**self.message())

    def download(self, url: str) -> float:
        """Return the seconds until what is at `url` was here, in base64 in a line of JSON."""
        begun = time.perf_counter()
        self.send({"url": url})
        self.message()
        return time.perf_counter() - begun
