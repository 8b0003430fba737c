"""What the service shows for itself at an exchange: the first that is set, as it is now."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.emulator import Emulator
from mcp_foundry.entra.exchange import open_exchange
from tests.rigs.exchanging import SECRET, caller, exchanging, settings_for
from tests.rigs.issuer import CLIENT, TENANT, Issuer, a_key, issuing, make_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.entra.exchange import Exchange

pytestmark = pytest.mark.anyio
IDENTITY = "1f0e2d3c-4b5a-4968-8776-655443322110"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def shown(issuer: Issuer, exchange: Exchange, nonce: str = "") -> str:
    """Return the assertion that one more exchange showed."""
    found = await exchange.for_caller(caller(), issuer.token(uti=nonce))
    assert found.token, found.refusal
    form = issuer.exchanges[-1]
    assert form["client_assertion_type"] == BEARER
    assert "client_secret" not in form
    return form["client_assertion"]


async def test_a_token_file_is_read_anew_for_each_exchange(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first.projected.token\n")
    async with exchanging(tmp_path, token_file=str(file)) as (issuer, exchange):
        assert await shown(issuer, exchange, "1") == "first.projected.token"
        file.write_text("second.projected.token\n")
        assert await shown(issuer, exchange, "2") == "second.projected.token"


async def test_a_token_file_that_went_away_is_told_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("a.projected.token")
    async with exchanging(tmp_path, token_file=str(file)) as (issuer, exchange):
        file.unlink()
        failure = (await exchange.for_caller(caller(), issuer.token())).refusal
    assert failure is not None
    assert failure.code == "not_configured"
    assert str(file) not in str(failure), "a caller has nothing to do with our disk"
    assert str(file) in caplog.text


async def test_a_certificate_signs_for_the_application_and_this_authority(tmp_path: Path) -> None:
    file = tmp_path / "bridge.pem"
    make_certificate(file, "bridge", key=a_key())
    async with exchanging(tmp_path, client_certificate=str(file)) as (issuer, exchange):
        assertion = await shown(issuer, exchange)
    public = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    audience = f"{issuer.authority}/{TENANT}/oauth2/v2.0/token"
    claims = jwt.decode(assertion, pem, algorithms=["PS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    digest = urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")
    assert jwt.get_unverified_header(assertion)["x5t#S256"] == digest


async def test_a_certificate_that_was_renewed_signs_from_the_next_exchange_on(
    tmp_path: Path,
) -> None:
    file, signed_by = tmp_path / "bridge.pem", set[str]()
    make_certificate(file, "bridge", key=a_key())
    async with exchanging(tmp_path, client_certificate=str(file)) as (issuer, exchange):
        for nonce in "123":
            assertion = await shown(issuer, exchange, nonce)
            signed_by.add(jwt.get_unverified_header(assertion)["x5t#S256"])
            if nonce == "2":
                make_certificate(file, "bridge", key=a_key())
    assert len(signed_by) == 2


@pytest.mark.parametrize("secret", ["", SECRET], ids=["alone", "before a secret"])
async def test_a_managed_identity_is_asked_once_and_shown_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    async with Emulator() as emulator:
        monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.places["identity_endpoint"])
        monkeypatch.setenv("IDENTITY_HEADER", emulator.places["identity_header"])
        told = {"federated_client_id": IDENTITY, "client_secret": secret}
        async with exchanging(tmp_path, **told) as (issuer, exchange):
            tokens = {await shown(issuer, exchange, nonce) for nonce in "12"}
        assert emulator.entrance.identity.given == 1
    assert len(tokens) == 1


async def test_a_managed_identity_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with Emulator() as emulator:
        monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.places["identity_endpoint"])
        monkeypatch.setenv("IDENTITY_HEADER", "another")
        async with exchanging(tmp_path, federated_client_id=IDENTITY) as (issuer, exchange):
            failure = (await exchange.for_caller(caller(), issuer.token())).refusal
    assert failure is not None
    assert failure.code == "not_configured"
    assert IDENTITY in caplog.text
    assert not issuer.exchanges


@pytest.mark.parametrize(
    ("written", "told"),
    [(None, "cannot be read"), (b"", "is empty"), (b"no PEM", "cannot be used")],
    ids=["no file", "empty", "something else"],
)
async def test_a_certificate_that_is_none_stops_the_start(
    tmp_path: Path, written: bytes | None, told: str
) -> None:
    file = tmp_path / "bridge.pem"
    if written is not None:
        file.write_bytes(written)
    async with issuing(tmp_path) as issuer:
        with pytest.raises(NotSent, match=told):
            async with open_exchange(settings_for(issuer, client_certificate=str(file))):
                pass


async def test_a_certificate_of_another_kind_of_key_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "bridge.pem"
    make_certificate(file, "bridge")
    async with issuing(tmp_path) as issuer:
        with pytest.raises(NotSent, match="none of RSA"):
            async with open_exchange(settings_for(issuer, client_certificate=str(file))):
                pass


async def test_an_empty_token_file_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch()
    async with issuing(tmp_path) as issuer:
        with pytest.raises(NotSent, match="is empty"):
            async with open_exchange(settings_for(issuer, token_file=str(file))):
                pass
