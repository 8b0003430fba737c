"""A service for many, from outside: Foundry is asked in the name of whoever asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio
import pytest
from aiohttp import web

from mcp_foundry.emulator import Emulator
from tests.rigs.calling import ask, failed
from tests.rigs.exchanging import SECRET, always, claims_of
from tests.rigs.issuer import CLIENT, refusal
from tests.rigs.reading import refused
from tests.rigs.service import rpc, serving_project
from tests.rigs.stdio_process import modern

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.rigs.service import Service

pytestmark = pytest.mark.anyio
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    folder = tmp_path_factory.mktemp("service")
    told: dict[str, Any] = {"MCP_FOUNDRY_IDENTITY": "user", "MCP_FOUNDRY_CLIENT_SECRET": SECRET}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        async with (
            Emulator(https=True) as project,
            serving_project(project, folder, **told) as made,
        ):
            yield made


@pytest.fixture
def service(running: Service) -> Service:
    """A service for all tests, whose issuer exchanges what it is given; each asks as new people."""
    running.issuer.on_exchange = None
    running.issuer.exchanges.clear()
    running.emulator.received.clear()
    return running


@pytest.fixture
def people() -> tuple[str, str]:
    return str(uuid4()), str(uuid4())


async def test_each_question_arrives_with_the_exchanged_token_of_whoever_asked_it(
    service: Service, people: tuple[str, str]
) -> None:
    one, other = people
    async with service.client(one) as alice, service.client(other) as bob:
        async with anyio.create_task_group() as tasks:
            for turn in range(3):
                tasks.start_soon(ask, alice, f"I am {one}, for the {turn}. time")
                tasks.start_soon(ask, bob, f"I am {other}, for the {turn}. time")
        questions = [each for each in service.emulator.received if each.method == "POST"]
        assert len(questions) == 6
        for each in questions:
            token = claims_of(each.headers["authorization"].removeprefix("Bearer "))
            assert f"I am {token['oid']}" in str(each.body)
            assert token["aud"] == "https://ai.azure.com"
        assert len(service.issuer.exchanges) == 2
        assert service.replicas[0].said() == ""


async def test_missing_consent_is_told_by_the_tool_and_hinders_nobody_else(
    service: Service, people: tuple[str, str]
) -> None:
    one, other = people

    async def for_alice(form: dict[str, str]) -> web.StreamResponse | None:
        hers = claims_of(form["assertion"])["oid"] == one
        return refusal("invalid_grant", 65001, suberror="consent_required") if hers else None

    service.issuer.on_exchange = for_alice
    async with service.client(one) as alice, service.client(other) as bob:
        error = await failed(alice, "ask_agent", message="Hi")
        assert error["code"] == "forbidden"
        assert CLIENT in error["message"]
        assert "user_impersonation" in error["message"]
        assert (await ask(bob, "[say Good day]"))["text"] == "Good day"
        assert (await alice.list_tools()).tools


async def test_who_may_only_ask_is_told_so_by_listings_too(
    service: Service, people: tuple[str, str]
) -> None:
    service.emulator.rights(people[0], "consumer")
    async with service.client(people[0]) as alice:
        for tool in ("list_connections", "list_deployments"):
            error = await failed(alice, tool)
            assert error["code"] == "forbidden"
            assert "not permitted to you" in error["message"]
        assert "not permitted to you" in (await refused(alice, "deployments"))[1]


async def test_a_claims_challenge_becomes_one_of_http(
    service: Service, people: tuple[str, str]
) -> None:
    service.issuer.on_exchange = always(
        lambda: refusal("interaction_required", 50076, claims=CLAIMS)
    )
    status, headers, _ = await rpc(service.url, modern(1, "tools/list"), service.headers(people[0]))
    told = headers["www-authenticate"]
    assert status == 401
    assert 'error="insufficient_claims"' in told
    assert 'claims="eyJ' in told
    assert "resource_metadata=" in told
    assert "scope=" in told


async def test_an_authority_that_is_down_is_a_tools_error(
    service: Service, people: tuple[str, str]
) -> None:
    one, other = people
    async with service.client(one) as alice:
        service.issuer.on_exchange = always(lambda: web.Response(status=503))
        async with service.client(other) as bob:
            error = await failed(bob, "ask_agent", message="Hi")
        assert error["code"] == "service_unavailable"
        assert (await ask(alice, "[say Still here]"))["text"] == "Still here"
