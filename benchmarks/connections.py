"""Plain HTTP over sockets that stay open, many requests at once: costs little beside a server."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from benchmarks.processes import Json

_PATIENCE = 120.0
_JSON = "application/json"


class Connections:
    """Open connections to the project at `endpoint`."""

    def __init__(self, endpoint: str, count: int = 1) -> None:
        parts = urlsplit(endpoint)
        self._path = parts.path
        address = (parts.hostname or "", parts.port or 0)
        self._sockets = [socket.create_connection(address, _PATIENCE) for _ in range(count)]
        self.spent = 0.0
        """Seconds of processor time that this process used for requests."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            each.close()

    def request(self, method: str, path: str, body: bytes = b"", kind: str = _JSON) -> bytes:
        """Return a request as it goes over a connection; the path is below the project."""
        head = (
            f"{method} {self._path}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer emulator\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def ask(self, method: str, path: str, **body: object) -> Json:
        """Return what one request is answered."""
        return self.send(self.request(method, path, json.dumps(body).encode() if body else b""))

    def send(self, request: bytes) -> Json:
        """Return what a request is answered that is written already."""
        self._sockets[0].sendall(request)
        return json.loads(_read(self._sockets[0]))

    def ask_often(self, request: bytes, times: int) -> float:
        """Send a request so many times, over all connections at once; return the seconds."""
        spent, begun = time.process_time(), time.perf_counter()
        for number in range(times + len(self._sockets)):
            connection = self._sockets[number % len(self._sockets)]
            # Each is sent the next as soon as it has brought the last: the server never waits.
            if number >= len(self._sockets):
                _read(connection)
            if number < times:
                connection.sendall(request)
        self.spent += time.process_time() - spent
        return time.perf_counter() - begun


def _read(connection: socket.socket) -> bytes:
    """Return the body of the next response.

    Raises:
        AssertionError: It is not a 200.
    """
    read = connection.recv(65_536)
    while b"\r\n\r\n" not in read:
        read += _more(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise AssertionError(read)
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection)
    return body


def _more(connection: socket.socket) -> bytes:
    if chunk := connection.recv(65_536):
        return chunk
    raise EOFError("The server closed the connection.")
