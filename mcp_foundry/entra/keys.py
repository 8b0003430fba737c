"""The keys that tokens are signed with: fetched without holding anybody up, and kept.

PyJWT's own client of them blocks the loop while it fetches, and trusts certificates of its own.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from mcp_foundry import __version__
from mcp_foundry.entra.authority import Authority
from mcp_foundry.service.pools import open_pool
from mcp_foundry.transport.http.challenges import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    import aiohttp
    from anyio.abc import TaskGroup

    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)
_REFRESH = 3600.0
"""Seconds that keys are used for before they are fetched again."""
_AGAIN = 60.0
"""Seconds until that is tried again, where it failed."""
_FIRST = (0.5, 1.0, 2.0, 4.0)
"""The same, as long as there are none at all; then the last one, again and again."""
_UNKNOWN = 30.0
"""Seconds for which unknown keys are not looked for again: anybody can make some up."""
_LONGEST = 5.0
"""Seconds that a fetch may take."""
_LARGEST = 1 << 20
"""Bytes of an answer; Entra's has twenty thousand."""
_WEAK = 2048
_OK = 200


class CannotFetchError(Exception):
    """The keys were not to be had; the message says why."""


class Keys:
    """The public keys of an issuer, by their ids.

    Args:
        http: What fetches.
        url: Where they are.
        tasks: In which fetches run: one goes on though who asked for it went away.
        longest: Seconds that a fetch may take.
        clock: Tells seconds that only go forward.
        sleep: Waits so many seconds.

    Attributes:
        problem: Why they could not be fetched the last time; empty where they were.
    """

    def __init__(  # noqa: PLR0913 - time is a test's to set
        self,
        http: aiohttp.ClientSession,
        url: str,
        tasks: TaskGroup,
        *,
        longest: float = _LONGEST,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        self._http, self._url, self._tasks = http, url, tasks
        self._longest, self._clock, self._sleep = longest, clock, sleep
        self._keys: dict[str, RSAPublicKey] = {}
        self._under_way: anyio.Event | None = None
        self.problem = ""
        self._looked = -_UNKNOWN

    @property
    def there(self) -> bool:
        """Whether there are any."""
        return bool(self._keys)

    async def keep(self) -> None:
        """Fetch them now and every hour, for ever; more often where that fails."""
        pauses = iter(_FIRST)
        while True:
            await self.fetched()
            self._tell()
            if not self._keys:
                await self._sleep(next(pauses, _FIRST[-1]))
            else:
                await self._sleep(_AGAIN if self.problem else _REFRESH)

    async def of(self, key_id: str) -> RSAPublicKey | None:
        """Return the key of that id; None where the issuer has none.

        Raises:
            Refusal: None were fetched yet.
        """
        if not self._keys:
            raise Refusal(
                503,
                "The keys that tokens are signed with were not fetched yet. Try again soon.",
                retry_after=5,
            )
        if key_id not in self._keys and self._clock() - self._looked >= _UNKNOWN:
            self._looked = self._clock()
            await self.fetched()
            self._tell()
        elif key_id not in self._keys and self._under_way is not None:
            await self._under_way.wait()
        return self._keys.get(key_id)

    async def fetched(self) -> None:
        """Wait for the fetch that is under way, or for one that begins."""
        if self._under_way is None:
            self._under_way = anyio.Event()
            self._tasks.start_soon(self._fetch, self._under_way)
        await self._under_way.wait()

    def _tell(self) -> None:
        if self.problem:
            kept = "those that are there are used on" if self._keys else "nobody is let in"
            logger.warning("the keys at %s: %s; %s", self._url, self.problem, kept)

    async def _fetch(self, done: anyio.Event) -> None:
        try:
            self._keys, self.problem = await self._ask(), ""
        except Exception as wrong:  # noqa: BLE001 - whatever a server answers, ours goes on
            known = isinstance(wrong, CannotFetchError)
            self.problem = str(wrong) if known else type(wrong).__name__
        finally:
            self._under_way = None
            done.set()

    async def _ask(self) -> dict[str, RSAPublicKey]:
        from aiohttp import ClientError

        try:
            with anyio.fail_after(self._longest):
                async with self._http.get(self._url, allow_redirects=False) as response:
                    if response.status != _OK:
                        raise CannotFetchError(f"status {response.status}")
                    body = b""
                    while len(body) <= _LARGEST and (piece := await response.content.readany()):
                        body += piece
        except TimeoutError:
            raise CannotFetchError(f"no answer within {self._longest:g} s") from None
        except (ClientError, OSError, ValueError) as wrong:
            raise CannotFetchError(f"{wrong or type(wrong).__name__}") from wrong
        if len(body) > _LARGEST:
            raise CannotFetchError(f"the answer has more than {_LARGEST} bytes")
        return _read(body)


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncGenerator[Keys]:
    """Yield the keys of the settings' tenant, of which none are fetched yet.

    Raises:
        NotSent: The file of certificate authorities cannot be read.
    """
    import aiohttp

    authority = Authority(settings.authority, settings.tenant_id)
    async with (
        aiohttp.ClientSession(
            connector=open_pool(settings.ca_bundle),
            headers={"User-Agent": f"mcp-foundry/{__version__}"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
        ) as http,
        anyio.create_task_group() as tasks,
    ):
        yield Keys(http, authority.keys_url, tasks)
        tasks.cancel_scope.cancel()


def _read(body: bytes) -> dict[str, RSAPublicKey]:
    """Return the keys of a set that tokens can be signed with."""
    try:
        told: Any = json.loads(body)
        listed = cast("list[Any]", told["keys"])
        keys = {key_id: key for each in listed for key_id, key in _usable(each)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotFetchError("the answer is no set of keys") from None
    if not keys:
        raise CannotFetchError("the answer has no key to sign with")
    return keys


def _usable(jwk: Any) -> list[tuple[str, RSAPublicKey]]:  # noqa: ANN401 - whatever a server says
    """Return a key with its id, where tokens may be signed with it."""
    if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return []
    key_id = jwk.get("kid")
    try:
        key = PyJWK.from_dict(jwk, "RS256").key
    except (PyJWTError, ValueError, TypeError):
        return []
    fit = isinstance(key, RSAPublicKey) and key.key_size >= _WEAK
    return [(key_id, key)] if fit and isinstance(key_id, str) else []
