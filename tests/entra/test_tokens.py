"""Whose tokens are taken: each way in which one can be wrong is tried at the door itself."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.bad_tokens import UNAUTHORIZED, application
from tests.rigs.doors import Guarded, guarding
from tests.rigs.issuer import ALICE, issuing
from tests.rigs.service import PUBLIC_URL, SCOPE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio
METADATA = "https://bridge.example/.well-known/oauth-protected-resource/mcp"


@pytest.fixture
async def guarded(settings: Settings, tmp_path: Path) -> AsyncGenerator[Guarded]:
    async with issuing(tmp_path) as issuer, guarding(settings, issuer) as made:
        yield made


async def test_a_token_that_breaks_a_rule_is_refused(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    let_in: list[str] = []
    for wrong, make in UNAUTHORIZED.items():
        token = make(guarded.issuer)
        answer = await guarded.signed_in(token) if token else await guarded.lists("Bearer ")
        if answer.status != 401 or 'error="invalid_token"' not in answer.challenge:
            let_in.append(f"{wrong}: {answer.status} {answer.challenge}")
        assert f'resource_metadata="{METADATA}", scope="{SCOPE}"' in answer.challenge, wrong
        assert len(token) < 10 or token not in f"{answer} {caplog.text}"
    assert let_in == []
    assert (await guarded.signed_in()).status == 200


@pytest.mark.parametrize(
    "authorization",
    [(), ("",), ("Basic YWxpY2U6c2VjcmV0",), ("Negotiate abc",), ("bearer",)],
)
async def test_who_shows_no_token_is_told_where_to_get_one_and_of_no_error(
    guarded: Guarded, authorization: tuple[str, ...]
) -> None:
    answer = await guarded.lists(*authorization)
    assert answer.status == 401
    if authorization == ("bearer",):
        assert "invalid_token" in answer.challenge
    else:
        assert answer.challenge == f'Bearer resource_metadata="{METADATA}", scope="{SCOPE}"'


async def test_two_tokens_at_once_are_none(guarded: Guarded) -> None:
    good = f"Bearer {guarded.issuer.token()}"
    assert (await guarded.lists(good, good)).status == 401
    assert (await guarded.lists(good, "Bearer x")).status == 401
    assert (await guarded.lists("Bearer x", good)).status == 401


async def test_a_token_beside_the_header_is_not_read(guarded: Guarded) -> None:
    with_query = await guarded.ask(
        "POST", f"{guarded.url}?access_token={guarded.issuer.token()}", {"Host": "bridge.example"}
    )
    assert with_query.status == 401
    assert "error=" not in with_query.challenge


@pytest.mark.parametrize("scopes", ["", "Agents.Manage", "agents.ask", "Agents.Ask.All User.Read"])
async def test_a_token_with_other_scopes_is_forbidden_and_told_which_it_lacks(
    guarded: Guarded, scopes: str
) -> None:
    answer = await guarded.signed_in(guarded.issuer.token(scp=scopes))
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.challenge
    assert f'resource_metadata="{METADATA}", scope="{SCOPE}"' in answer.challenge


async def test_more_scopes_and_other_claims_are_no_harm(guarded: Guarded) -> None:
    bound: dict[str, Any] = {
        "cnf": {"jkt": "x"},
        "groups": ["g"] * 150,
        "idtyp": "user",
        "roles": ["Other"],
    }
    for claims in ({"scp": "User.Read Agents.Ask"}, {"azp": None}, {"ver": None}, bound):
        token = guarded.issuer.token(ALICE, **claims)
        assert (await guarded.signed_in(token)).status == 200, claims


async def test_clocks_may_be_half_a_minute_apart(guarded: Guarded) -> None:
    now = int(time())
    for claims in ({"exp": now - 30, "nbf": now - 99}, {"nbf": now + 30, "iat": now + 30}):
        token = guarded.issuer.token(ALICE, **claims)
        assert (await guarded.signed_in(token)).status == 200, claims


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (("Agents.Ask",), 200),
        (("Agents.Ask.All",), 200),
        (("Other", "Agents.Manage"), 200),
        (("Other",), 403),
        ((), 401),
    ],
)
async def test_an_application_is_let_in_by_its_role(
    guarded: Guarded, roles: tuple[str, ...], status: int
) -> None:
    answer = await guarded.signed_in(application(guarded.issuer, *roles))
    assert answer.status == status
    assert status != 403 or 'error="insufficient_scope"' in answer.challenge


async def test_an_application_has_no_name_to_ask_in(settings: Settings, tmp_path: Path) -> None:
    async with (
        issuing(tmp_path) as issuer,
        guarding(settings, issuer, identity="user", client_secret="unused") as guarded,  # noqa: S106 - it opens nothing
    ):
        answer = await guarded.signed_in(application(issuer, "Agents.Ask"))
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.challenge
    assert "people's names" in answer.body["error_description"]


async def test_what_a_refusal_says_can_stand_in_a_header(guarded: Guarded) -> None:
    answer = await guarded.signed_in("ünïcode")
    assert answer.status == 401
    assert answer.challenge.isascii()
    assert PUBLIC_URL in answer.challenge
