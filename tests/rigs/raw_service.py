"""A service that says exactly the bytes it is told to, for what no emulator would say."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator


def reply(
    body: str | bytes, kind: str = "application/json", status: str = "200 OK", *headers: str
) -> bytes:
    """One HTTP reply, after which the connection may be used again."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def stream(*events: str) -> bytes:
    """One reply that is a stream of events."""
    return reply("".join(events), "text/event-stream")


class RawService:
    """What it is to say, in order, and what it was asked."""

    def __init__(self, *replies: bytes, greeting: bytes = b"") -> None:
        self.port = 0
        self._greeting = greeting
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._replies = list(replies)
        self._pause = 0

    @property
    def endpoint(self) -> str:
        """The project endpoint to give to a client."""
        return f"http://127.0.0.1:{self.port}/api/projects/raw"

    def say(self, *replies: bytes) -> None:
        """Give these replies to the next requests."""
        self._replies += replies

    def pause_at(self, place: int) -> None:
        """Send the first so many bytes of each reply by themselves, and let them arrive."""
        self._pause = place

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection; close it where nothing is left to say."""
        writer.write(self._greeting)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head.decode())
                self.asked.append(head.split(b"\r\n")[0].decode())
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                if not self._replies:
                    return
                reply = self._replies.pop(0)
                if 0 < self._pause < len(reply):
                    writer.write(reply[: self._pause])
                    await asyncio.sleep(0.05)  # two packets, or the reader meets them as one
                    reply = reply[self._pause :]
                writer.write(reply)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()


@asynccontextmanager
async def raw_service(
    *replies: bytes, greeting: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[RawService]:
    """A service that gives these replies, whatever is asked."""
    service = RawService(*replies, greeting=greeting)
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        service.port = server.sockets[0].getsockname()[1]
        yield service
