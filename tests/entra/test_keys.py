"""The keys that tokens are signed with: fetched, rolled, kept through an outage, and bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from mcp_foundry.transport.http.challenges import Refusal
from tests.rigs.issued_keys import Fetching, fetching
from tests.rigs.issuer import a_key, key_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
async def fetched(tmp_path: Path) -> AsyncGenerator[Fetching]:
    async with fetching(tmp_path) as made:
        yield made


async def test_keys_are_fetched_once_and_again_every_hour(fetched: Fetching) -> None:
    for _ in range(5):
        assert await fetched.known()
    assert fetched.issuer.key_fetches == 1
    assert await fetched.clock.asleep() == 3600
    fetched.clock.wake()
    assert await fetched.clock.asleep() == 3600
    assert fetched.issuer.key_fetches == 2


async def test_a_new_key_is_taken_up_with_the_first_token_that_it_signed(
    fetched: Fetching,
) -> None:
    old = fetched.issuer.key
    fetched.issuer.roll()
    assert await fetched.known()
    assert await fetched.known(old)
    fetched.issuer.roll()  # within the same minute
    assert not await fetched.known()
    fetched.clock.seconds += 30
    assert await fetched.known()
    assert not await fetched.known(old)


async def test_keys_that_nobody_has_cost_three_fetches_a_minute_at_most(
    fetched: Fetching,
) -> None:
    before = fetched.issuer.key_fetches
    for _ in range(61):
        assert not await fetched.known(a_key() if fetched.clock.seconds < 2 else UNKNOWN)
        fetched.clock.seconds += 1
    assert 1 <= fetched.issuer.key_fetches - before <= 3


UNKNOWN = a_key()


async def test_many_who_wait_for_a_key_cost_one_fetch_though_the_first_goes_away(
    fetched: Fetching,
) -> None:
    answered, asked = anyio.Event(), anyio.Event()

    async def slowly() -> None:
        asked.set()
        await answered.wait()

    fetched.issuer.on_keys = slowly
    fetched.issuer.roll()
    found: list[bool] = []

    async def ask() -> None:
        found.append(await fetched.known())

    async with anyio.create_task_group() as tasks:
        first = anyio.CancelScope()
        tasks.start_soon(_within, first, ask)
        await asked.wait()
        for _ in range(20):
            tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        first.cancel()
        await anyio.wait_all_tasks_blocked()
        answered.set()
    assert found == [True] * 20
    assert fetched.issuer.key_fetches == 2


async def _within(scope: anyio.CancelScope, work: Callable[[], Awaitable[None]]) -> None:
    with scope:
        await work()


async def plain(status: int, body: bytes, kind: str = "application/json") -> web.Response:
    return web.Response(status=status, body=body, content_type=kind)


BAD_ANSWERS: dict[str, tuple[int, bytes]] = {
    "down": (503, b""),
    "HTML": (200, b"<!doctype html><title>Sign in</title>"),
    "HTML as an error": (500, b"<html>"),
    "empty": (200, b""),
    "no object": (200, b"[]"),
    "null": (200, b"null"),
    "no keys": (200, b'{"keys": []}'),
    "keys that are none": (200, b'{"keys": [1, null, "x"]}'),
    "keys without numbers": (200, b'{"keys": [{"kty": "RSA", "kid": "a"}]}'),
    "keys of another kind": (200, b'{"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}'),
    "deep": (200, b'{"keys": ' + b"[" * 100_000),
    "a redirect": (302, b""),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_keys_outlast_an_issuer_that_answers_something_else(
    fetched: Fetching, answer: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    fetched.issuer.on_keys = lambda: plain(*answer)
    fetched.clock.wake()
    assert await fetched.clock.asleep() == 60, "it is tried again soon"
    assert await fetched.known()
    assert not await fetched.known(UNKNOWN)
    assert "those that are there are used on" in caplog.text
    fetched.issuer.on_keys = None
    fetched.issuer.roll()
    fetched.clock.wake()
    await fetched.clock.asleep()
    assert await fetched.known()


async def test_a_huge_answer_is_not_read_though_it_has_keys(fetched: Fetching) -> None:
    fetched.issuer.roll()
    jwk = RSAAlgorithm.to_jwk(fetched.issuer.key.public_key(), as_dict=True)
    told = json.dumps({"keys": [jwk | {"kid": key_id(fetched.issuer.key)}]}).encode()
    fetched.issuer.on_keys = lambda: plain(200, told + b" " * 1_100_000)
    assert not await fetched.known()
    fetched.issuer.on_keys = lambda: plain(200, told)
    fetched.clock.seconds += 30
    assert await fetched.known()


async def test_keys_are_fetched_from_the_authority_and_nowhere_else(fetched: Fetching) -> None:
    async def elsewhere() -> web.StreamResponse:
        fetched.issuer.on_keys = None
        raise web.HTTPFound(fetched.url)

    fetched.issuer.roll()
    fetched.issuer.on_keys = elsewhere
    assert not await fetched.known()


async def test_keys_that_are_too_short_are_not_taken(fetched: Fetching) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - so that it is refused
    fetched.issuer.published.append(short)
    assert not await fetched.known(short)
    assert await fetched.known()


async def test_who_asks_for_the_same_at_once_waits_for_one_fetch(fetched: Fetching) -> None:
    answered = anyio.Event()
    fetched.issuer.on_keys = answered.wait
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(fetched.keys.fetched)
        await anyio.wait_all_tasks_blocked()
        answered.set()
    assert fetched.issuer.key_fetches == 2


async def test_as_long_as_there_are_none_everybody_is_told_to_come_again(tmp_path: Path) -> None:
    async with fetching(tmp_path, lambda: plain(503, b"")) as fetched:
        naps: list[float] = []
        for _ in range(7):
            with pytest.raises(Refusal) as told:
                await fetched.known()
            assert (told.value.status, told.value.retry_after) == (503, 5)
            assert not fetched.keys.there
            naps.append(await fetched.clock.asleep())
            fetched.clock.wake()
        assert naps == [0.5, 1, 2, 4, 4, 4, 4]
        await fetched.clock.asleep()
        fetched.issuer.on_keys = None
        fetched.clock.wake()
        assert await fetched.clock.asleep() == 3600
        assert fetched.keys.there
        assert await fetched.known()


async def test_an_issuer_that_does_not_answer_holds_nobody_up_for_long(tmp_path: Path) -> None:
    async with fetching(tmp_path, longest=0.1) as fetched:
        answered = anyio.Event()
        fetched.issuer.on_keys = answered.wait
        assert not await fetched.known(UNKNOWN)
        assert await fetched.known()
        answered.set()
