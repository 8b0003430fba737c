"""What a project behind https needs on this machine: certificates, and somebody signed in."""

from __future__ import annotations

import ssl
import sys
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from json import dumps
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJl"  # noqa: S105 - it opens nothing
needs_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="`az` is a shell script here")


def sign_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an `az` on the path that is signed in; return the file that counts its starts."""
    starts = folder / "starts"
    answer = dumps({"accessToken": TOKEN, "expires_on": 4_000_000_000, "tenant": "test"})
    az = folder / "az"
    az.write_text(f"#!/bin/sh\necho start >> '{starts}'\necho '{answer}'\n")
    az.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    return starts


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself; return the file of it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(pem) + secret)
    return file


def server_tls(file: Path) -> ssl.SSLContext:
    """Serve with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
