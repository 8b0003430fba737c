"""Real balancers before replicas on loopback: nginx, set up as it is shipped, and HAProxy."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

_SHIPPED = Path(__file__).parents[2] / "packaging" / "compose" / "nginx.conf"
# Debian keeps servers where only root looks.
_PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
_PATIENCE = 10
"""Seconds in which a balancer has to end."""

_HAPROXY = """
global
  maxconn 4096
  # Tokens of people in many groups are long.
  tune.bufsize 131072

defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  option redispatch 1

frontend clients
  bind fd@{listening}
  default_backend bridges

backend bridges
  balance roundrobin
  option httpchk
  http-check send meth GET uri /readyz
  http-check expect status 200
  default-server check inter 500ms fall 1 rise 1
{sticky}{servers}
"""
# The server mints the id, so a hash of it would lead anywhere.
_STICKY = """\
  stick-table type string len 64 size 100k expire 30m
  stick store-response res.hdr(mcp-session-id)
  stick match req.hdr(mcp-session-id)
"""


@contextmanager
def nginx(
    folder: Path, urls: Iterable[str], path: str = "/mcp", headers: Mapping[str, str] | None = None
) -> Generator[str]:
    """Run nginx before replicas; yields the URL of their endpoint behind it.

    Args:
        folder: For its configuration and what it writes.
        urls: Where the replicas are.
        path: The path of their endpoint.
        headers: What it puts in place of the client's own.
    """
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
        file = folder / "nginx.conf"
        file.write_text(_on_loopback(folder, port, urls, headers or {}), encoding="utf-8")
        switches = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        words = ("-p", str(folder), "-c", str(file), "-g", switches)
        # Sockets that were handed on, as nginx does to a newer one of itself.
        with _running("nginx", folder, *words, listening=bound, NGINX=f"{bound.fileno()};"):
            yield f"http://127.0.0.1:{port}{path}"


def _on_loopback(folder: Path, port: int, urls: Iterable[str], headers: Mapping[str, str]) -> str:
    """Return what is shipped, without TLS, for these replicas and this folder."""
    text = _SHIPPED.read_text(encoding="utf-8")
    servers = "".join(f"    server {urlsplit(url).netloc} \\g<1>\n" for url in urls)
    text, many = re.subn(r"(?:    server bridge-\d:\d+ (.*;)\n)+", servers, text)
    text, one = re.subn(r"listen \d+ ssl;", f"listen 127.0.0.1:{port};", text)
    assert (many, one) == (1, 1)
    for name, value in headers.items():
        text = re.sub(rf" *proxy_set_header {name} .*\n", "", text)
        text = text.replace("proxy_pass ", f'proxy_set_header {name} "{value}";\n      proxy_pass ')
    text = re.sub(r" *ssl_certificate.*\n", "", text)
    return text.replace("/tmp/", f"{folder}/").replace(  # noqa: S108 - as it is shipped
        "/dev/stdout", f"{folder}/access.log"
    )


@contextmanager
def haproxy(
    folder: Path, urls: Iterable[str], path: str = "/mcp", *, sticky: bool = False
) -> Generator[str]:
    """Run HAProxy before replicas, whose readiness it asks for; yields the URL of their endpoint.

    Args:
        folder: For its configuration and what it writes.
        urls: Where the replicas are.
        path: The path of their endpoint.
        sticky: Whether requests of a session go to who began it.
    """
    with socket.create_server(("127.0.0.1", 0)) as bound:
        servers = "\n".join(
            f"  server bridge-{number} {urlsplit(url).netloc}" for number, url in enumerate(urls)
        )
        file = folder / "haproxy.cfg"
        chosen = _STICKY if sticky else ""
        text = _HAPROXY.format(listening=bound.fileno(), sticky=chosen, servers=servers)
        file.write_text(text, encoding="utf-8")
        with _running("haproxy", folder, "-db", "-f", str(file), listening=bound):
            yield f"http://127.0.0.1:{bound.getsockname()[1]}{path}"


@contextmanager
def _running(
    name: str, folder: Path, *words: str, listening: socket.socket, **variables: str
) -> Generator[None]:
    """Run a balancer with that socket, on which connections can wait for it from the start."""
    program = shutil.which(name, path=_PLACES)
    assert program, f"{name} is not installed: apt-get install {name}"
    with (folder / f"{name}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - as found
            [program, *words],
            stdout=log,
            stderr=log,
            pass_fds=[listening.fileno()],
            env={**os.environ, **variables},
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            finally:
                process.kill()
                process.wait()
