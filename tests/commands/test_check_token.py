"""`mcp-foundry check --token`: which rule of a service an access token breaks, and what to do."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from mcp_foundry.commands.checking.token import look_at_token
from mcp_foundry.settings.values import Settings
from tests.rigs.bad_tokens import UNAUTHORIZED, application
from tests.rigs.command_line import Finished, run
from tests.rigs.issuer import ALICE, CLIENT, TENANT, Issuer, issuing, key_id
from tests.rigs.service import PUBLIC_URL, SCOPE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncGenerator[Issuer]:
    async with issuing(tmp_path) as made:
        yield made


async def checked(issuer: Issuer, given: str, *words: str, **changes: str) -> Finished:
    told = {
        "MCP_FOUNDRY_AUTH": "entra",
        "MCP_FOUNDRY_PUBLIC_URL": PUBLIC_URL,
        "MCP_FOUNDRY_TENANT_ID": TENANT,
        "MCP_FOUNDRY_CLIENT_ID": CLIENT,
        "AZURE_AUTHORITY_HOST": issuer.authority,
        "SSL_CERT_FILE": issuer.ca,
        "REQUESTS_CA_BUNDLE": issuer.ca,
        **changes,
    }
    done = await run("check", "--token", *(words or ("-",)), given=given, **told)
    assert len(given) < 10 or given.strip() not in done.stdout + done.stderr
    signature = given.strip().rpartition(".")[2]
    assert len(signature) < 10 or signature not in done.stdout + done.stderr
    return done


def failures(done: Finished) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("FAIL")]


async def test_a_right_token_keeps_every_rule_from_a_file_or_stdin(
    issuer: Issuer, tmp_path: Path
) -> None:
    file = tmp_path / "token.txt"
    token = issuer.token(roles=["Agents.Manage", "Other"])
    file.write_text(f"Authorization: Bearer {token}\n")
    for done in (
        await checked(issuer, f" {token}\r\n"),
        await checked(issuer, "", str(file)),
    ):
        assert done.code == 0, done.stdout
        lines = done.stdout.splitlines()
        assert {line[:4] for line in lines} == {"ok  "}
        assert len(lines) == 11
        assert f"ok    person (oid): {ALICE}" in lines
        told = "scopes: Agents.Ask; roles: Agents.Manage, Other"
        assert f"ok    permission (scp, roles): {told}" in lines
        assert lines[-1] == f"ok    signature: by a key of {issuer.issuer}"


BROKEN: dict[str, tuple[list[str], str]] = {
    "of version 1": (["version", "issuer", "audience"], "requestedAccessTokenVersion"),
    "for the App ID URI": (["audience"], SCOPE),
    "of its issuer with a slash": (["issuer"], "letter for letter"),
    "of another tenant": (["tenant"], "MCP_FOUNDRY_TENANT_ID"),
    "ended five minutes ago": (["end"], "get a new token"),
    "valid in five minutes": (["begin"], "clocks"),
    "an ID token": (["person", "permission"], "access token"),
    "without its beginning": (["claims", "begin"], "nbf missing"),
    "with an end that never is": (["end"], "seconds of the epoch"),
    "signed with a foreign key": (["signature"], "not that of the key"),
    "signed with an unknown key": (["signature"], "no key of the id"),
    "not signed": (["signature"], "RS256"),
    "of 100 KB": (["token"], "groupMembershipClaims"),
    "no JSON web token": (["token"], "three parts"),
    "empty": (["token"], "there is none"),
}


def broken(issuer: Issuer, wrong: str) -> str:
    if wrong == "of version 1":
        place = f"https://sts.windows.net/{TENANT}/"
        return issuer.token(ver="1.0", aud=PUBLIC_URL, iss=place)
    return UNAUTHORIZED[wrong](issuer)


@pytest.mark.parametrize("wrong", ["of version 1", "signed with a foreign key"])
async def test_a_broken_rule_is_a_failure(issuer: Issuer, wrong: str) -> None:
    done = await checked(issuer, broken(issuer, wrong))
    rules, remedy = BROKEN[wrong]
    assert done.code == 1
    assert done.stderr == ""
    assert [line.split()[1].rstrip(":") for line in failures(done)] == rules, done.stdout
    assert remedy in done.stdout


async def test_whatever_the_door_refuses_check_refuses_with_what_to_do(issuer: Issuer) -> None:
    """A process for each would take minutes: what `check` itself calls is called here."""
    settings = Settings(
        public_url=PUBLIC_URL,
        tenant_id=TENANT,
        client_id=CLIENT,
        identity="server",
        authority=issuer.authority,
        ca_bundle=issuer.ca,
    )
    assert BROKEN.keys() <= UNAUTHORIZED.keys()
    for wrong in UNAUTHORIZED:
        lines = [line async for line in look_at_token(broken(issuer, wrong), settings)]
        failed = [line for line in lines if line.word == "FAIL"]
        assert failed, wrong
        rules, remedy = BROKEN.get(wrong, ([], ""))
        assert not rules or [line.what.split()[0] for line in failed] == rules, wrong
        assert remedy in "\n".join(map(str, failed)), wrong


async def test_a_forged_token_is_said_to_be_one_whatever_else_is_wrong(issuer: Issuer) -> None:
    forged = Issuer(issuer.authority, published=issuer.published)
    headers = {"kid": key_id(issuer.key)}
    done = await checked(issuer, forged.sign(forged.claims(tid="other"), **headers))
    assert [line.split()[1] for line in failures(done)] == ["tenant", "signature:"]


async def test_missing_permissions_are_told_beside_those_that_are_there(issuer: Issuer) -> None:
    person = await checked(issuer, issuer.token(scp="User.Read Agents.Manage", roles=["Other"]))
    (told,) = failures(person)
    assert "scopes: User.Read, Agents.Manage; roles: Other. The token lacks the scope" in told
    assert told.endswith(f"To do: ask for the scope {SCOPE}")
    robot = await checked(issuer, application(issuer, "Other"), MCP_FOUNDRY_IDENTITY="server")
    assert "give the application one of the roles Agents.Ask, " in failures(robot)[0]
    robot = await checked(issuer, application(issuer, "Agents.Ask"))
    assert "people's names" in failures(robot)[0]
    right = application(issuer, "Agents.Ask")
    robot = await checked(issuer, right, MCP_FOUNDRY_IDENTITY="server")
    assert robot.code == 0
    assert f"application (oid): {ALICE}" in robot.stdout


async def test_without_the_authority_the_rest_is_looked_at(issuer: Issuer) -> None:
    async def html() -> web.StreamResponse:
        return web.Response(text="<html>", content_type="text/html")

    issuer.on_keys = html
    bundle = {"REQUESTS_CA_BUNDLE": "none.pem"}
    done = await checked(issuer, issuer.token())
    assert done.code == 0
    assert "skip  signature: not looked at" in done.stdout
    assert done.stderr == ""
    done = await checked(issuer, issuer.token(exp=int(time()) - 300), **bundle)
    assert (done.code, len(failures(done))) == (1, 1)
    assert "none.pem" in done.stdout


async def test_it_says_what_it_needs(issuer: Issuer, tmp_path: Path) -> None:
    missing = await checked(issuer, "", str(tmp_path / "none"))
    assert (missing.code, missing.stdout) == (2, "")
    assert "none cannot be read: No such file" in missing.stderr
    unset = await checked(issuer, issuer.token(), MCP_FOUNDRY_CLIENT_ID="")
    assert unset.code == 1
    assert "FAIL  settings: set MCP_FOUNDRY_CLIENT_ID" in unset.stdout


async def test_what_a_token_says_cannot_draw_on_the_terminal(issuer: Issuer) -> None:
    done = await checked(issuer, issuer.token(aud="\x1b[2Jx\nok    signature: y", scp="\x1b]0;z"))
    assert done.code == 1
    assert "\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 11
