"""What becomes of Entra's refusals and outages: a sentence, a stable code, and never a secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from mcp_foundry.contract.errors import ERROR_CODES, FoundryError
from mcp_foundry.entra.failures import rows
from mcp_foundry.entra.kinds import FOUNDRY_APPLICATION
from mcp_foundry.transport.http.challenges import Refusal
from tests.rigs.exchanging import SECRET, always, caller, exchanging
from tests.rigs.issuer import CLIENT, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Reply = Callable[[], web.StreamResponse]

pytestmark = pytest.mark.anyio
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


async def told(folder: Path, reply: Reply) -> tuple[FoundryError | Refusal, str]:
    """Return what a caller is told of it, and the assertion that it was about."""
    async with exchanging(folder) as (issuer, exchange):
        issuer.on_exchange, assertion = always(reply), issuer.token()
        try:
            found = await exchange.for_caller(caller(), assertion)
        except Refusal as refused:
            return refused, assertion
    assert found.token == ""
    assert found.refusal is not None
    return found.refusal, assertion


def says(error: str, number: int, *, status: int = 400, **more: str) -> Reply:
    return lambda: refusal(error, number, status=status, **more)


TOOLS: dict[str, tuple[Reply, str, tuple[str, ...]]] = {
    "no consent": (
        says("invalid_grant", 65001, suberror="consent_required"),
        "forbidden",
        ("AADSTS65001", "consent", CLIENT, "user_impersonation", FOUNDRY_APPLICATION),
    ),
    "no consent, in words only": (
        lambda: web.json_response(
            {"error": "invalid_grant", "suberror": "consent_required"}, status=400
        ),
        "forbidden",
        ("user_impersonation",),
    ),
    "more is asked, but not what": (
        says("interaction_required", 50076),
        "unauthenticated",
        ("AADSTS50076", "Conditional Access"),
    ),
    "an account that may not": (says("invalid_grant", 50105), "forbidden", (CLIENT,)),
    "a tenant without Foundry": (
        says("invalid_resource", 500011),
        "not_configured",
        (f"az ad sp create --id {FOUNDRY_APPLICATION}",),
    ),
    **{
        f"our federated credential, {number}": (
            says("invalid_client", number, status=401),
            "not_configured",
            (f"AADSTS{number}", "federated credential", CLIENT),
        )
        for number in (70021, 700211, 700213)
    },
    **{
        f"our secret or certificate, {number}": (
            says("invalid_client", number, status=401),
            "not_configured",
            (f"AADSTS{number}", "secret", CLIENT),
        )
        for number in (700016, 700027, 7000112, 7000215, 7000222)
    },
    "a number that nobody has seen": (
        says("invalid_grant", 999999),
        "unauthenticated",
        ("AADSTS999999",),
    ),
    "503": (lambda: web.Response(status=503), "service_unavailable", ("AZURE_AUTHORITY_HOST",)),
    "500 in HTML": (
        lambda: web.Response(status=500, text="<h1>Sorry</h1>", content_type="text/html"),
        "service_unavailable",
        ("AZURE_AUTHORITY_HOST",),
    ),
    "200 in HTML": (
        lambda: web.Response(text="<h1>Welcome</h1>", content_type="text/html"),
        "service_unavailable",
        ("HTTPS_PROXY",),
    ),
    "200 without a token": (
        lambda: web.json_response({"access_token": "", "expires_in": 3600}),
        "service_unavailable",
        (),
    ),
    "200 with an end that is none": (
        lambda: web.json_response({"access_token": "eyJ", "expires_in": "soon"}),
        "service_unavailable",
        (),
    ),
    "JSON that is no object": (lambda: web.json_response([]), "service_unavailable", ()),
    "a way elsewhere": (
        lambda: web.Response(status=302, headers={"Location": "https://elsewhere.example"}),
        "service_unavailable",
        (),
    ),
    "429": (
        lambda: web.json_response(
            {"error": "invalid_request"}, status=429, headers={"Retry-After": "37"}
        ),
        "rate_limited",
        ("37 s",),
    ),
}
SIGN_INS: dict[str, tuple[Reply, int, str]] = {
    **{
        f"more is asked, {number}": (
            says("interaction_required", number, claims=CLAIMS),
            401,
            "insufficient_claims",
        )
        for number in (50076, 50079, 53003)
    },
    "claims with a number that nobody has seen": (
        says("invalid_grant", 999999, claims=CLAIMS),
        401,
        "insufficient_claims",
    ),
    **{
        f"the sign-in, {number}": (says("invalid_grant", number), 401, "invalid_token")
        for number in (500131, 500133, 50013)
    },
    "an application": (says("invalid_grant", 7000114), 403, "insufficient_scope"),
}


@pytest.mark.parametrize(("reply", "code", "words"), TOOLS.values(), ids=TOOLS)
async def test_a_tool_tells_what_no_sign_in_mends(
    tmp_path: Path, reply: Reply, code: str, words: tuple[str, ...]
) -> None:
    failure, _ = await told(tmp_path, reply)
    assert isinstance(failure, FoundryError)
    assert failure.code == code
    for word in words:
        assert word in str(failure)
    assert failure.retry_after == (37 if code == "rate_limited" else None)


@pytest.mark.parametrize(("reply", "status", "fault"), SIGN_INS.values(), ids=SIGN_INS)
async def test_what_a_sign_in_mends_is_asked_for_by_http(
    tmp_path: Path, reply: Reply, status: int, fault: str
) -> None:
    failure, _ = await told(tmp_path, reply)
    assert isinstance(failure, Refusal)
    assert (failure.status, failure.fault) == (status, fault)
    assert failure.claims == (CLAIMS if fault == "insufficient_claims" else "")


@pytest.mark.parametrize("claims", ["no JSON", "[1]", f'{{"x":"{"y" * 5000}"}}'])
async def test_claims_that_are_none_are_not_passed_on(tmp_path: Path, claims: str) -> None:
    failure, _ = await told(tmp_path, says("interaction_required", 50076, claims=claims))
    assert isinstance(failure, FoundryError)
    assert failure.code == "unauthenticated"


async def test_neither_answers_nor_logs_hold_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leaky = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJsZWFreSJ9.c2lnbmF0dXJl"

    def refuse() -> web.StreamResponse:
        said = f"AADSTS7000215: Invalid client secret in {leaky}."
        told = {"error": "invalid_client", "error_description": said, "error_codes": [7000215]}
        return web.json_response(told, status=401)

    failure, refused = await told(tmp_path, refuse)
    async with exchanging(tmp_path) as (issuer, exchange):
        assertion = issuer.token()
        token = (await exchange.for_caller(caller(), assertion)).token
    shown = f"{failure} {failure!r} {caplog.text}"
    assert "AADSTS7000215" in caplog.text
    for secret in (SECRET, refused, assertion, token, leaky):
        assert secret not in shown


async def test_the_log_has_entras_words_and_ids_for_whoever_runs_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trace = "0d3a4f5c-0000-4000-8000-000000000000"
    await told(tmp_path, says("invalid_client", 700213, trace_id=trace))
    (record,) = (each for each in caplog.records if each.name.startswith("mcp_foundry.entra"))
    assert "AADSTS700213: refused by a test." in record.getMessage()
    assert trace in record.getMessage()


async def test_a_refusal_that_concerns_one_person_is_not_logged_as_a_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await told(tmp_path, says("invalid_grant", 65001))
    assert not [each for each in caplog.records if each.name.startswith("mcp_foundry.entra")]


def test_the_documentation_is_told_each_failure_with_a_code_and_a_remedy() -> None:
    told = {code: advice for _, code, advice in rows()}
    assert {code.strip("`") for code in told if not code.startswith("HTTP")} <= set(ERROR_CODES)
    for said, code, advice in rows():
        assert said
        assert code
        assert advice.count(".") >= 2
        assert "{" not in advice
