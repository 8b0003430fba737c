"""Keys and certificates: made, signed, read back and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

AUTHORITY_DAYS = 3650
# What Apple's systems accept at most is 825, of an authority that was added by hand.
CERTIFICATE_DAYS = 397
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKeyTypes

    @classmethod
    def read(cls, certificate: Path, key: Path, *, spare_days: int) -> Pair | None:
        """Return what the files hold; None where that is no pair, or not for so many days more."""
        try:
            made = x509.load_pem_x509_certificate(certificate.read_bytes())
            secret = serialization.load_pem_private_key(key.read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
            return None
        now = datetime.now(timezone.utc)
        lasts = made.not_valid_before_utc <= now < made.not_valid_after_utc - _days(spare_days)
        return cls(made, secret) if lasts and secret.public_key() == made.public_key() else None

    def signed_by(self, authority: Pair) -> bool:
        """Whether that authority signed the certificate."""
        try:
            self.certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def certificate_pem(self) -> bytes:
        """Return the certificate as a file has it."""
        return self.certificate.public_bytes(PEM)

    def key_pem(self) -> bytes:
        """Return the private key as a file has it."""
        plain = serialization.NoEncryption()
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)


def new_authority() -> Pair:
    """Return an authority that can vouch for this machine's own names, and for no others."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("mcp-foundry emulator, an authority for localhost")
    own = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_network("127.0.0.1/32")),
        x509.IPAddress(ip_network("::1/128")),
    ]
    made = (
        _builder(name, name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(own, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(made, key)


def new_certificate(authority: Pair) -> Pair:
    """Return a certificate for localhost, 127.0.0.1 and ::1."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ]
    subject = _name("localhost")
    made = (
        _builder(subject, authority.certificate.subject, key.public_key(), CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # Python 3.13 and newer refuse a certificate that does not name its authority's key.
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer.value),
            critical=False,
        )
        .sign(_signing(authority.key), hashes.SHA256())
    )
    return Pair(made, key)


def _signing(key: PrivateKeyTypes) -> ec.EllipticCurvePrivateKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"an authority of ours has no key of the type {type(key).__name__}")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        # Clocks in containers and virtual machines lag behind.
        .not_valid_before(now - _days(1))
        .not_valid_after(now + _days(days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _days(count: int) -> timedelta:
    return timedelta(days=count)
