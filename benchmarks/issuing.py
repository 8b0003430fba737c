"""Microsoft Entra ID, as the tests play it, in a process of its own; see `tests/rigs/issuer.py`.

Its first line says where it is. Then each line of stdin asks for tokens of so many people, from a
number on, and is answered with them; an empty one with what the issuer was asked so far.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.processes import LineProcess
from tests.rigs.issuer import issuing


class IssuerProcess(LineProcess):
    """The issuer, as long as the context is open.

    Attributes:
        authority: Its URL, as `AZURE_AUTHORITY_HOST` names it.
        ca: The file with the certificate to trust.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        super().__init__("-m", "benchmarks.issuing", self._folder.name)
        said = self.message()
        self.authority, self.ca = said["authority"], said["ca"]

    def tokens(self, count: int, first: int = 0) -> list[str]:
        """Return a token of each of so many people, from the one of that number on."""
        self.send({"count": count, "first": first})
        return self.message()["tokens"]

    def asked(self) -> tuple[int, int]:
        """Return how often keys were fetched, and tokens exchanged."""
        self.write(b"\n")
        said = self.message()
        return said["key_fetches"], said["exchanges"]

    def end(self) -> None:
        """End it and forget its certificate."""
        super().end()
        self._folder.cleanup()


async def serve(folder: str) -> None:
    """Do what the lines of stdin say until it ends."""
    async with issuing(Path(folder)) as issuer:
        _say(authority=issuer.authority, ca=issuer.ca)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                order = json.loads(line)
                people = range(order["first"], order["first"] + order["count"])
                _say(tokens=[issuer.token(f"{n:08x}-0000-4000-8000-000000000000") for n in people])
            else:
                _say(key_fetches=issuer.key_fetches, exchanges=len(issuer.exchanges))


def _say(**said: object) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
