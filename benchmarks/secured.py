"""A project behind TLS whose tokens come from a login server, as Azure's do.

Both are one loopback server with a certificate of its own making. The login server answers as
Microsoft Entra ID does to EnvironmentCredential; what goes to the project is handed through to
the emulator.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.processes import LineProcess

_TOKEN = {"access_token": "emulator", "expires_in": 86_399, "token_type": "Bearer"}


class SecuredProject(LineProcess):
    """The server, for the project at `endpoint`.

    Attributes:
        endpoint: The project, behind TLS.
        environment: What the credential and the trust in the certificate need.
    """

    def __init__(self, endpoint: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        certificate = str(Path(self._folder.name, "certificate.pem"))
        super().__init__("-m", "benchmarks.secured", endpoint, certificate)
        port = int(self.line())
        self.endpoint = f"https://127.0.0.1:{port}{urlsplit(endpoint).path}"
        self.environment = {
            "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
            "AZURE_AUTHORITY_HOST": f"https://127.0.0.1:{port}",
            "AZURE_TENANT_ID": "tenant",
            "AZURE_CLIENT_ID": "client",
            "AZURE_CLIENT_SECRET": "secret",
            "REQUESTS_CA_BUNDLE": certificate,
        }

    def end(self) -> None:
        """End it and forget its certificate."""
        super().end()
        self._folder.cleanup()


async def serve(endpoint: str, certificate: str) -> None:
    """Serve until cancelled; the port is the one line on stdout."""
    _certify(Path(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    port = urlsplit(endpoint).port or 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve_connection(reader, writer, port)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _serve_connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if b"/oauth2/v2.0/token" in head.partition(b"\r\n")[0]:
        body = json.dumps(_TOKEN).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        return
    project_reader, project_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        project_writer.write(head)
        await asyncio.gather(_hand(reader, project_writer), _hand(project_reader, writer))
    finally:
        project_writer.close()


async def _hand(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


def _certify(path: Path) -> None:
    """Write a key and the certificate of 127.0.0.1 that it signed itself."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.timezone.utc)
    hour = dt.timedelta(hours=1)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - hour)
        .not_valid_after(now + hour)
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
