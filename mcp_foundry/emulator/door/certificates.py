"""Certificates for https on loopback, signed by an authority that is the user's own.

They lie in numbered folders, each of which appears whole, by one rename: whoever finds the newest
one unfit makes the next, and of two who do so at once the slower takes what the quicker made.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mcp_foundry.emulator.door.errors import CannotKeepCertificatesError
from mcp_foundry.emulator.door.signing import Pair, new_authority, new_certificate

# More than the two that a race takes: a file in the way would stop every one of them.
ATTEMPTS = 5


@dataclass(frozen=True)
class Certificates:
    """What one numbered folder holds."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The file of the authority's certificate."""
        return self.folder / "authority.pem"

    @property
    def bundle(self) -> Path:
        """The file of the authorities that the user trusts anyway, and of this one."""
        return self.folder / "bundle.pem"

    @property
    def _authority_key(self) -> Path:
        return self.folder / "authority-key.pem"

    @property
    def _served(self) -> Path:
        return self.folder / "localhost.pem"

    def context(self) -> ssl.SSLContext:
        """Return what a server on localhost, 127.0.0.1 or ::1 speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._served)
        return context

    def read_authority(self) -> Pair | None:
        """Return the authority, if it can go on signing."""
        return Pair.read(self.authority, self._authority_key, spare_days=400)

    def good(self) -> bool:
        """Whether a server can use them for another month."""
        authority = Pair.read(self.authority, self._authority_key, spare_days=30)
        served = Pair.read(self._served, self._served, spare_days=30)
        return bool(authority and served and served.signed_by(authority))

    def write(self, authority: Pair) -> None:
        """Fill the folder, which is empty, with that authority and a new certificate."""
        served = new_certificate(authority)
        _write_for_its_owner(self.authority, authority.certificate_pem())
        _write_for_its_owner(self._authority_key, authority.key_pem())
        _write_for_its_owner(self._served, served.certificate_pem() + served.key_pem())

    def write_bundle(self) -> None:
        """Bring the bundle up to date: the usual authorities change with their package.

        Where it is what a shell was told, it stays: which authorities were usual there before, such
        as that of a proxy, nobody knows any more.
        """
        if self.bundle.exists() and any(each.samefile(self.bundle) for each in _chosen()):
            return
        text = _usual_authorities(self.folder.parent) + b"\n" + self.authority.read_bytes()
        if self.bundle.exists() and self.bundle.read_bytes() == text:
            return
        handle, new = tempfile.mkstemp(prefix="bundle-", dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        Path(new).replace(self.bundle)


def certificates(folder: Path) -> Certificates:
    """Return good certificates, made anew where those in the folder are not, or not much longer.

    Raises:
        CannotKeepCertificatesError: The folder cannot be read or written.
    """
    try:
        for _ in range(ATTEMPTS):
            newest = _newest(folder)
            if newest and newest.good():
                newest.write_bundle()
                return newest
            _make_next(folder, newest)
    except OSError as wrong:
        raise _cannot(folder, f"{wrong.filename or folder}: {wrong.strerror or wrong}") from wrong
    raise _cannot(folder, "what is written there does not stay")


def _cannot(folder: Path, why: str) -> CannotKeepCertificatesError:
    return CannotKeepCertificatesError(
        f"the certificates of --https cannot be kept in {folder} ({why}). Make it writable, "
        "set XDG_DATA_HOME to a folder that is (on Linux), or leave --https out."
    )


def _newest(folder: Path) -> Certificates | None:
    if not folder.exists():
        return None
    numbers = [int(each.name) for each in folder.iterdir() if each.name.isdecimal()]
    return Certificates(folder / str(max(numbers))) if numbers else None


def _make_next(folder: Path, newest: Certificates | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    number = int(newest.folder.name) + 1 if newest else 1
    made = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    try:
        # A person may have told other programs to trust the authority, so it stays while it can.
        Certificates(made).write((newest and newest.read_authority()) or new_authority())
        made.rename(folder / str(number))
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not (folder / str(number)).exists():
            raise


def _write_for_its_owner(path: Path, text: bytes) -> None:
    # Windows knows no such mode: there, the user's folder is the user's own already.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)


def _chosen() -> list[Path]:
    """The bundles that the user's programs are told of."""
    named = [os.environ.get(name, "") for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    return [path for path in map(Path, named) if path.is_file()]


def _usual_authorities(ours: Path) -> bytes:
    """Return the authorities that the user's programs trust now, such as those of a proxy."""
    for chosen in _chosen():
        # A bundle of ours is no one's usual one: it is there from the last time.
        if ours.resolve() not in chosen.resolve().parents:
            return chosen.read_bytes()
    try:
        import certifi  # brought by azure-core, through requests
    except ImportError:
        known = ssl.create_default_context().get_ca_certs(binary_form=True)
        return "".join(map(ssl.DER_cert_to_PEM_cert, known)).encode()
    return Path(certifi.where()).read_bytes()
