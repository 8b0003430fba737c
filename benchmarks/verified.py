"""What a service for many does beside each call, in a loop; see figure 16.

Reads one line of JSON for each lot of tokens. Writes the microseconds of processor time that one of
them took to be decoded by PyJWT alone; to be verified, first and when it came again; and those that
an id took to be bound to its caller, and to be opened again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from time import thread_time
from typing import TYPE_CHECKING, NamedTuple

import jwt

from benchmarks.processes import LineProcess
from mcp_foundry.contract.binding import Binding
from mcp_foundry.entra.admission import Admission, open_admission
from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.keys import open_keys
from mcp_foundry.entra.tokens import key_id_of
from mcp_foundry.settings.values import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_IDS = 1000


class Taken(NamedTuple):
    """Microseconds of a token's decoding and verification, first and again; of an id's binding."""

    plain: float
    first: float
    again: float
    bound: float
    opened: float


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
    async with open_admission(settings) as admission, open_keys(settings) as keys:
        await keys.fetched()
        while not admission.ready():  # noqa: ASYNC110 - it says whether, not when
            await asyncio.sleep(0.01)
        while line := await asyncio.to_thread(sys.stdin.readline):
            tokens = json.loads(line)["tokens"]
            plain = _decoded(await keys.of(key_id_of(tokens[0])), settings, tokens)
            first = await _verified(admission, tokens)
            again = await _verified(admission, tokens)
            taken = {"plain": plain, "first": first, "again": again, **_bound(settings)}
            sys.stdout.write(f"{json.dumps(taken)}\n")
            sys.stdout.flush()


def _decoded(key: RSAPublicKey | None, settings: Settings, tokens: list[str]) -> float:
    issuer = Authority(settings.authority, settings.tenant_id).issuer
    begun = thread_time()
    for token in tokens:
        jwt.decode(token, key, ["RS256"], audience=settings.client_id, issuer=issuer)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - it is there
    return (thread_time() - begun) / len(tokens) * 1e6


async def _verified(admission: Admission, tokens: list[str]) -> float:
    begun = thread_time()
    for token in tokens:
        await admission.admit(token)
    return (thread_time() - begun) / len(tokens) * 1e6


def _bound(settings: Settings) -> dict[str, float]:
    ids = [f"resp_{number:048x}" for number in range(_IDS)]
    # Made once for each caller.
    binding = Binding(settings.keys, settings.endpoint, settings.tenant_id)
    begun = thread_time()
    bound = [binding.bind(each) for each in ids]
    between = thread_time()
    if [binding.open(each, "answer") for each in bound] != ids:
        raise AssertionError(bound)
    taken = {"bound": between - begun, "opened": thread_time() - between}
    return {name: seconds / len(ids) * 1e6 for name, seconds in taken.items()}


if __name__ == "__main__":
    asyncio.run(serve())
