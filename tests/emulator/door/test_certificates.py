"""Certificates are kept while they are good, made anew when not, and never half."""

from __future__ import annotations

import ssl
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from mcp_foundry.emulator import CannotKeepCertificatesError, Emulator
from mcp_foundry.emulator.door import signing
from mcp_foundry.emulator.door.certificates import certificates
from tests.rigs.left_running import folders, needs_folders

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.anyio, needs_folders]


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's certificates are: in the folder of the test."""
    for name, folder in folders(tmp_path).items():
        monkeypatch.setenv(name, folder)
    return tmp_path / "data" / "mcp-foundry" / "certificates"


async def accepted(
    emulator: Emulator, flags: ssl.VerifyFlags = ssl.VerifyFlags.VERIFY_DEFAULT
) -> bool:
    """Whether a client that trusts the bundle takes the certificate, by each name."""
    context = ssl.create_default_context(cafile=emulator.places["bundle"])
    context.verify_flags |= flags
    for name in ("127.0.0.1", "localhost"):
        address = emulator.endpoint.replace("127.0.0.1", name)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{address}/agents", ssl=context) as reply,
        ):
            assert reply.status == 401
    return True


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def authority(emulator: Emulator) -> bytes:
    return Path(emulator.places["authority"]).read_bytes()


async def test_a_second_emulator_uses_what_the_first_made(kept: Path) -> None:
    async with Emulator(https=True) as first, Emulator(https=True) as second:
        assert first.places["authority"] == second.places["authority"]
        assert await accepted(first)
        assert await accepted(second)
    assert names(kept) == ["1"]


async def test_a_client_that_does_not_trust_the_authority_refuses_it() -> None:
    async with Emulator(https=True) as emulator, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(emulator.endpoint)


def test_private_keys_are_their_owners_alone(kept: Path) -> None:
    Emulator(https=True)
    secret = [each for each in (kept / "1").iterdir() if b"PRIVATE KEY" in each.read_bytes()]
    assert {each.name for each in secret} == {"authority-key.pem", "localhost.pem"}
    assert [stat.S_IMODE(each.stat().st_mode) for each in secret] == [0o600, 0o600]


def test_the_bundle_has_the_usual_authorities_and_ours_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "usual.pem"
    usual.write_bytes(signing.new_authority().certificate_pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(usual))
    bundle = Path(Emulator(https=True).places["bundle"])
    assert bundle.read_bytes().startswith(usual.read_bytes())
    assert bundle.read_text().count("BEGIN CERTIFICATE") == 2
    # As in a shell that --env has been told before: what is set there is ours, and grows no more.
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(usual))
    assert Path(Emulator(https=True).places["bundle"]).read_text().count("BEGIN CERT") == 2


def test_a_second_start_from_a_shell_that_was_told_leaves_the_bundle_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "proxy.pem"
    usual.write_bytes(signing.new_authority().certificate_pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(usual))
    bundle = Path(Emulator(https=True).places["bundle"])
    before = bundle.read_bytes()
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    Emulator(https=True)
    assert bundle.read_bytes() == before, "the proxy of the first shell is trusted still"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_bundle_of_ours_is_known_behind_a_link(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Path(Emulator(https=True).places["bundle"])
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    link = tmp_path / "link"
    link.symlink_to(kept)
    (kept / "2").mkdir()  # unfit, so that the next is made
    once = certificates(link).bundle.read_text().count("BEGIN CERTIFICATE")
    assert once == bundle.read_text().count("BEGIN CERTIFICATE")


def test_without_a_choice_the_usual_authorities_are_those_of_certifi(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    bundle = Path(Emulator(https=True).places["bundle"]).read_text()
    assert bundle.count("BEGIN CERTIFICATE") > 50


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def swap(path: Path) -> None:
    """Put there what is good, and somebody else's."""
    other = signing.new_authority()
    path.write_bytes(other.certificate_pem() + other.key_pem())


@pytest.mark.parametrize("file", ["authority.pem", "authority-key.pem", "localhost.pem"])
@pytest.mark.parametrize("harm", [Path.unlink, cut, swap])
async def test_what_is_unfit_is_made_anew(
    kept: Path, file: str, harm: Callable[[Path], None]
) -> None:
    Emulator(https=True)
    harm(kept / "1" / file)
    async with Emulator(https=True) as emulator:
        assert Path(emulator.places["bundle"]).parent == kept / "2"
        assert await accepted(emulator)


def aged(folder: Path, days: int, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Make certificates as they were made so many days ago; return the authority's."""

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) - timedelta(days=days)

    with monkeypatch.context() as patch:
        patch.setattr(signing, "datetime", Earlier)
        return certificates(folder).authority.read_bytes()


async def test_a_certificate_that_soon_expires_is_made_anew_by_the_same_authority(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = aged(kept, signing.CERTIFICATE_DAYS - 29, monkeypatch)
    async with Emulator(https=True) as emulator:
        assert Path(emulator.places["authority"]).parent == kept / "2"
        assert authority(emulator) == before
        assert await accepted(emulator)


async def test_an_authority_that_has_expired_is_made_anew(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = aged(kept, signing.AUTHORITY_DAYS + 1, monkeypatch)
    async with Emulator(https=True) as emulator:
        assert authority(emulator) != before
        assert await accepted(emulator)


def test_those_who_start_at_once_agree(kept: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(certificates, [kept] * 8))
    assert {each.folder for each in found} == {kept / "1"}
    assert found[0].good()
    assert names(kept) == ["1"]


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(kept: Path) -> None:
    kept.parent.mkdir(parents=True)
    kept.touch()
    with pytest.raises(CannotKeepCertificatesError, match=f"{kept}.* or leave --https out"):
        Emulator(https=True)


def test_a_file_in_the_way_is_passed_by(kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "1").touch()
    assert Path(Emulator(https=True).places["bundle"]).parent == kept / "2"


async def test_the_strict_checks_of_newer_pythons_pass() -> None:
    async with Emulator(https=True) as emulator:
        assert await accepted(emulator, ssl.VerifyFlags.VERIFY_X509_STRICT)
