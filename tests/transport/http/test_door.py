"""The door of a service: what is told to everybody, and to whom nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_foundry import __version__
from tests.rigs.doors import Guarded, guarding
from tests.rigs.issuer import Issuer, issuing
from tests.rigs.service import HOST, PUBLIC_URL, SCOPE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from aiohttp import web

    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio
PAGE = "https://chat.example"
WELL_KNOWN = "/.well-known/oauth-protected-resource"
LIES = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": HOST,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "443",
    "X-Original-Host": HOST,
    "X-Host": HOST,
    "Forwarded": f"for=127.0.0.1;host={HOST};proto=https",
}


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncGenerator[Issuer]:
    async with issuing(tmp_path) as made:
        yield made


@pytest.fixture
async def guarded(settings: Settings, issuer: Issuer) -> AsyncGenerator[Guarded]:
    async with guarding(settings, issuer, origins=(PAGE,)) as made:
        yield made


@pytest.mark.parametrize("path", [WELL_KNOWN, f"{WELL_KNOWN}/mcp"])
async def test_everybody_is_told_where_to_sign_in(guarded: Guarded, path: str) -> None:
    page = {"Origin": "https://any.example"}
    answer = await guarded.ask("GET", guarded.at(path), page)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.body["resource"] == PUBLIC_URL
    assert answer.body["authorization_servers"] == [guarded.issuer.issuer]
    assert answer.body["scopes_supported"] == [SCOPE]
    assert answer.body["bearer_methods_supported"] == ["header"]
    asked = page | {"Access-Control-Request-Method": "GET"}
    assert (await guarded.ask("OPTIONS", guarded.at(path), asked)).status == 204
    assert (await guarded.ask("HEAD", guarded.at(path))).status == 200
    refused = await guarded.ask("POST", guarded.at(path))
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_what_it_tells_is_of_the_public_url_whatever_a_proxy_says(guarded: Guarded) -> None:
    plain = await guarded.ask("GET", guarded.at(WELL_KNOWN))
    lied = await guarded.ask(
        "GET", guarded.at(WELL_KNOWN), LIES | {"X-Forwarded-Host": "evil.example"}
    )
    assert lied.body == plain.body
    assert "evil" not in str(await guarded.lists(X_Forwarded_Host="evil.example"))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", f"{HOST}:8443", f"{HOST}.evil.org"])
async def test_under_another_name_nothing_is_served_whatever_a_proxy_says(
    guarded: Guarded, host: str
) -> None:
    lies = {name.replace("-", "_"): text for name, text in LIES.items()}
    assert (await guarded.signed_in(Host=host)).status == 421
    assert (await guarded.signed_in(Host=host, **lies)).status == 421


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}:443"])
async def test_its_own_name_may_be_written_in_each_way(guarded: Guarded, host: str) -> None:
    assert (await guarded.signed_in(Host=host)).status == 200


async def test_nobody_is_in_for_an_address_that_a_proxy_names(guarded: Guarded) -> None:
    lies = {name.replace("-", "_"): text for name, text in LIES.items()}
    assert (await guarded.lists(**lies)).status == 401


@pytest.mark.parametrize("origin", [PAGE, PAGE.upper(), "https://bridge.example"])
async def test_a_page_that_may_call_can_read_every_answer(guarded: Guarded, origin: str) -> None:
    answers = [
        await guarded.signed_in(Origin=origin),
        await guarded.lists(Origin=origin),
        await guarded.signed_in("abc", Origin=origin),
        await guarded.signed_in(guarded.issuer.token(scp="x"), Origin=origin),
        await guarded.signed_in(Origin=origin, Host="evil.example"),
    ]
    assert [answer.status for answer in answers] == [200, 401, 401, 403, 421]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == origin
        assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]
        assert "Mcp-Session-Id" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://bridge.example", f"{PAGE}.evil.org", f"{PAGE}:8443"],
)
async def test_any_other_page_is_refused_with_a_token_or_without(
    guarded: Guarded, origin: str
) -> None:
    preflight = {"Host": HOST, "Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (
        await guarded.signed_in(Origin=origin),
        await guarded.lists(Origin=origin),
        await guarded.ask("OPTIONS", guarded.url, preflight),
    ):
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers
        assert not answer.challenge


async def test_two_origins_are_none_that_may_call(guarded: Guarded) -> None:
    headers = [("Host", HOST), ("Origin", PAGE), ("Origin", "https://evil.example")]
    assert (await guarded.ask("POST", guarded.url, headers)).status == 403


async def test_a_browser_is_let_ask_for_what_the_page_sends(guarded: Guarded) -> None:
    asked = "authorization,content-type,mcp-method,mcp-param-message"
    answer = await guarded.ask(
        "OPTIONS",
        guarded.url,
        {
            "Host": HOST,
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-headers"] == asked
    assert {"GET", "POST", "DELETE"} <= set(
        answer.headers["access-control-allow-methods"].split(", ")
    )
    bare = await guarded.ask("OPTIONS", guarded.url, {"Host": HOST, "Origin": PAGE})
    assert bare.status == 401


@pytest.mark.parametrize(
    "path",
    ["/", "/mcp/", "/mcp/x", "/MCP", "//mcp", "/.well-known/oauth-authorization-server", "/docs"],
)
async def test_another_path_is_not_there(guarded: Guarded, path: str) -> None:
    answer = await guarded.ask("GET", guarded.at(path), {"Host": HOST})
    assert answer.status == 404
    token = {"Host": HOST, "Authorization": f"Bearer {guarded.issuer.token()}"}
    assert (await guarded.ask("POST", guarded.at(path), token)).status == 404


async def test_it_is_alive_before_it_has_keys_and_ready_with_them(
    settings: Settings, issuer: Issuer
) -> None:
    async def down() -> web.StreamResponse | None:
        raise ConnectionError

    issuer.on_keys = down
    async with guarding(settings, issuer, ready=False) as guarded:
        for host in (HOST, "10.0.0.7:8000"):
            alive = await guarded.ask("GET", guarded.at("/healthz"), {"Host": host})
            assert (alive.status, alive.body["version"]) == (200, __version__)
            unready = await guarded.ask("GET", guarded.at("/readyz"), {"Host": host})
            assert (unready.status, unready.body) == (503, {"status": "starting"})
        refused = await guarded.signed_in()
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert not refused.challenge
        assert (await guarded.lists()).status == 401
        assert (await guarded.ask("GET", guarded.at(WELL_KNOWN))).status == 200


async def test_who_drains_is_not_ready_and_serves_on(guarded: Guarded) -> None:
    ready = await guarded.ask("GET", guarded.at("/readyz"))
    assert (ready.status, ready.headers["cache-control"]) == (200, "no-store")
    guarded.door.draining = True
    answer = await guarded.ask("GET", guarded.at("/readyz"))
    assert (answer.status, answer.body) == (503, {"status": "draining"})
    assert "retry-after" in answer.headers
    assert (await guarded.ask("GET", guarded.at("/healthz"))).status == 200
    assert (await guarded.signed_in()).status == 200
