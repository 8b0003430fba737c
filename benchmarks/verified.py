"""What a service for many does beside each call, in a loop; see figure 16.

Reads one line of JSON for each lot of tokens. Writes the microseconds of processor time that one of
them took to be verified, first and when it came again; and those that an id took to be bound to its
caller and opened again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from time import thread_time
from typing import NamedTuple

from benchmarks.processes import LineProcess
from mcp_foundry.contract.binding import Binding
from mcp_foundry.entra.admission import Admission, open_admission
from mcp_foundry.settings.values import Settings

_IDS = 1000


class Taken(NamedTuple):
    """Microseconds of a token's verification, first and again, and of an id's binding."""

    first: float
    again: float
    bound: float


class Verifier(LineProcess):
    """The loop, with the settings of a service."""

    def __init__(self, **environment: str) -> None:
        super().__init__("-m", "benchmarks.verified", **environment)

    def take(self, tokens: list[str]) -> Taken:
        """Return what tokens took that were not seen before."""
        self.send({"tokens": tokens})
        return Taken(**self.message())


async def serve() -> None:
    """Do what the lines of stdin say until it ends."""
    settings = Settings.read(os.environ)
    async with open_admission(settings) as admission:
        while not admission.ready():  # noqa: ASYNC110 - it says whether, not when
            await asyncio.sleep(0.01)
        while line := await asyncio.to_thread(sys.stdin.readline):
            tokens = json.loads(line)["tokens"]
            first = await _verified(admission, tokens)
            again = await _verified(admission, tokens)
            taken = {"first": first, "again": again, "bound": _bound(settings)}
            sys.stdout.write(f"{json.dumps(taken)}\n")
            sys.stdout.flush()


async def _verified(admission: Admission, tokens: list[str]) -> float:
    begun = thread_time()
    for token in tokens:
        await admission.admit(token)
    return (thread_time() - begun) / len(tokens) * 1e6


def _bound(settings: Settings) -> float:
    ids = [f"resp_{number:048x}" for number in range(_IDS)]
    # Made once for each caller.
    binding = Binding(settings.keys, settings.endpoint, settings.tenant_id)
    begun = thread_time()
    for each in ids:
        if binding.open(binding.bind(each), "answer") != each:
            raise AssertionError(each)
    return (thread_time() - begun) / len(ids) * 1e6


if __name__ == "__main__":
    asyncio.run(serve())
