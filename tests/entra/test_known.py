"""A token that comes again is not verified again, and is let in no longer than it would be."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import anyio
import pytest

from mcp_foundry.contract.caller import Caller
from mcp_foundry.entra.admission import Admission
from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.claims import Rules
from mcp_foundry.entra.keys import Keys
from mcp_foundry.entra.known import Known, KnownTokens
from mcp_foundry.entra.tokens import LEEWAY, LONGEST, Verified
from mcp_foundry.transport.http.challenges import Refusal
from tests.rigs.issuer import CLIENT, TENANT, Issuer, a_key, issuing, key_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.anyio
_ENDS = 1000


def known(object_id: str = "alice") -> Known:
    key = a_key().public_key()
    return Known("key", key, Verified(Caller("tenant", object_id), _ENDS))


class Hours:
    """What fetches keys waits here for the next hour, which comes when the test says so."""

    def __init__(self) -> None:
        self._over, self._waiting = anyio.Event(), anyio.Event()

    async def sleep(self, _: float) -> None:
        over = self._over = anyio.Event()
        self._waiting.set()
        await over.wait()

    async def fetched(self) -> None:
        await self._waiting.wait()

    async def go_by(self) -> None:
        self._waiting = anyio.Event()
        self._over.set()
        await self.fetched()


@asynccontextmanager
async def admitting(issuer: Issuer, hours: Hours) -> AsyncGenerator[Admission]:
    authority = Authority(issuer.authority, TENANT)
    trust = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=issuer.ca))
    with anyio.fail_after(10):
        async with (
            aiohttp.ClientSession(connector=trust) as http,
            anyio.create_task_group() as tasks,
        ):
            keys = Keys(http, authority.keys_url, tasks, sleep=hours.sleep)
            tasks.start_soon(keys.keep)
            await hours.fetched()
            yield Admission(keys, Rules(authority, CLIENT, "server"))
            tasks.cancel_scope.cancel()


async def test_a_token_that_comes_again_is_looked_up_by_its_digest_and_nothing_else() -> None:
    tokens, found = KnownTokens(lambda: 0), known()
    tokens.keep("eyJhbGciOi.J9.sig", found)
    assert tokens.find("eyJhbGciOi.J9.sig") is found
    assert tokens.find("eyJhbGciOi.J9.sjg") is None
    assert "eyJhbGciOi" not in repr(vars(tokens))


async def test_a_token_is_known_until_its_end_and_the_leeway_of_clocks() -> None:
    now = [_ENDS + LEEWAY - 1.0]
    tokens = KnownTokens(lambda: now[0])
    tokens.keep("token", known())
    assert tokens.find("token")
    now[0] += 1
    assert tokens.find("token") is None


async def test_those_that_came_longest_ago_are_forgotten_where_there_are_very_many() -> None:
    tokens, found = KnownTokens(lambda: 0), known()
    tokens.keep("first", found)
    tokens.keep("second", found)
    for number in range(1999):
        assert tokens.find("first")
        tokens.keep(str(number), found)
    assert tokens.find("first")
    assert tokens.find("second") is None


async def test_a_token_of_any_length_is_looked_for_in_no_time() -> None:
    tokens = KnownTokens(lambda: 0)
    tokens.keep("a" * (LONGEST + 1), known())
    assert tokens.find("a" * (LONGEST + 1)) is None


async def test_a_known_token_is_refused_once_its_key_is_withdrawn(tmp_path: Path) -> None:
    hours = Hours()
    async with issuing(tmp_path) as issuer, admitting(issuer, hours) as admission:
        token = issuer.token()
        for _ in range(2):
            assert (await admission.admit(token)).caller.tenant == TENANT
        issuer.published = [a_key()]
        await hours.go_by()
        with pytest.raises(Refusal, match="does not have"):
            await admission.admit(token)


async def test_a_known_token_is_verified_again_with_another_key_of_that_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = Hours()
    async with issuing(tmp_path) as issuer, admitting(issuer, hours) as admission:
        token = issuer.token()
        await admission.admit(token)
        same = key_id(issuer.key)

        def named(_: object) -> str:
            return same

        issuer.published = [a_key()]
        monkeypatch.setattr("tests.rigs.issuer.key_id", named)
        await hours.go_by()
        with pytest.raises(Refusal, match="signature"):
            await admission.admit(token)
