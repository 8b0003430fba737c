"""What the client sends and is sent over stdio, as the two streams that the SDK's loop serves.

On their way past, the requests without an answer are counted, so that the end of the input can
wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PROTOCOL_VERSION_META_KEY,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    JSONRPCResponse,
)

from mcp_foundry.transport.stdio.json_rpc import NoMessageError, decode, encode, refusal
from mcp_foundry.transport.stdio.pipes import MAX_LINE, InputLines, LineTooLongError, Output

if TYPE_CHECKING:
    from collections.abc import Callable

_UNANSWERED_OF_FILE = 16
"""Requests of a file that are under way at once: as many as Foundry is asked at once by default,
so that none spends its patience on waiting for a slot."""

_UNANSWERED_OF_PIPE = 1000
"""Requests of a client that does not read its answers, before its further ones stay unread."""


class Unanswered:
    """How many requests are under way."""

    def __init__(self) -> None:
        self._count = 0
        self._fewer = anyio.Event()

    def more(self) -> None:
        """Counts a request that goes to the server."""
        self._count += 1

    async def one_less(self) -> None:
        """Counts a request that was answered, or that the client has cancelled."""
        self._count -= 1
        self._fewer.set()
        self._fewer = anyio.Event()

    async def at_most(self, count: int) -> None:
        """Waits until no more than `count` requests are under way."""
        while self._count > count:
            await self._fewer.wait()


class Answers(ObjectSendStream[SessionMessage]):
    """Everything that is sent to the client; all its connections share it."""

    def __init__(self, output: Output, unanswered: Unanswered) -> None:
        self._output = output
        self._unanswered = unanswered

    async def send(self, item: SessionMessage) -> None:
        """Writes a message as one line.

        Raises:
            anyio.BrokenResourceError: stdout is closed.
        """
        line = encode(item.message)
        try:
            await self._output.write(line)
        finally:
            if isinstance(item.message, JSONRPCResponse | JSONRPCError):
                await self._unanswered.one_less()

    async def aclose(self) -> None:
        """Does nothing: the output outlives a connection."""


class Client:
    """The one at the other end, and how far it has been served."""

    def __init__(
        self, lines: InputLines, output: Output, *, drain: float, ended: Callable[[], None]
    ) -> None:
        """Reads `lines`; calls `ended` when they have ended and their answers had their time."""
        self._lines = lines
        self._output = output
        self._drain = drain
        self._ended = ended
        self._unanswered = Unanswered()
        self._put_back: JSONRPCRequest | None = None
        self.answers = Answers(output, self._unanswered)

    async def put_back(self, request: JSONRPCRequest) -> None:
        """Keeps the request for the next connection; waits until this one has answered."""
        self._put_back = request
        await self._unanswered.at_most(0)

    async def next(self) -> JSONRPCMessage:
        """The next message.

        Raises:
            anyio.EndOfStream: The input has ended.
        """
        message, self._put_back = self._put_back, None
        while message is None:
            await self._wait_while_it_does_not_read()
            message = await self._read()
        return message

    def hand_over(self, message: JSONRPCMessage) -> SessionMessage:
        """The message as the SDK takes it; a request is under way from now on."""
        if not isinstance(message, JSONRPCRequest):
            return SessionMessage(message)
        self._unanswered.more()
        settled = ServerMessageMetadata(on_request_unanswered=self._unanswered.one_less)
        return SessionMessage(message, settled)

    async def _wait_while_it_does_not_read(self) -> None:
        if self._lines.is_file:
            await self._unanswered.at_most(_UNANSWERED_OF_FILE - 1)
        elif self._output.is_stuck:
            await self._unanswered.at_most(_UNANSWERED_OF_PIPE - 1)

    async def _read(self) -> JSONRPCMessage | None:
        """The message of the next line; None where the line is none and was refused."""
        try:
            line = await self._lines.next()
            if line is not None:
                return decode(line)
        except LineTooLongError:
            text = f"Invalid request: a line of more than {MAX_LINE} bytes. Send less at once."
            await self._output.write(encode(refusal(INVALID_REQUEST, text)))
            return None
        except NoMessageError as error:
            if error.answer is not None:
                await self._output.write(encode(error.answer))
            return None
        await self._let_answers_finish()
        self._ended()
        raise anyio.EndOfStream

    async def _let_answers_finish(self) -> None:
        # The calls of a file have bounds of their own; the client of a pipe may have gone.
        with anyio.move_on_after(None if self._lines.is_file else self._drain):
            await self._unanswered.at_most(0)
            await self._output.flush()


class Connection(ObjectReceiveStream[SessionMessage | Exception]):
    """The messages of a client up to where it changes the protocol's era.

    The SDK settles the era with the first request. Clients probe with `server/discover` and then
    may shake hands on the same pipe (anthropics/claude-code#96183), so a connection that has seen
    nothing but probes ends where a request belongs to the other era, which opens the next one.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._modern: bool | None = None
        self._only_probed = True

    async def receive(self) -> SessionMessage:
        """The next message of this connection.

        Raises:
            anyio.EndOfStream: The connection has ended, or the input has.
        """
        message = await self._client.next()
        if isinstance(message, JSONRPCRequest):
            if self._only_probed and self._changes_era(message):
                await self._client.put_back(message)
                raise anyio.EndOfStream
            self._only_probed &= message.method == "server/discover"
        return self._client.hand_over(message)

    async def aclose(self) -> None:
        """Does nothing: the input outlives a connection."""

    def _changes_era(self, request: JSONRPCRequest) -> bool:
        if self._modern is None:
            self._modern = _is_modern(request)
            return False
        return request.method == "initialize" if self._modern else _is_modern(request)


def _is_modern(request: JSONRPCRequest) -> bool:
    """Whether the SDK opens a connection of 2026-07-28 with this request."""
    meta: Any = (request.params or {}).get("_meta")
    return (
        request.method != "initialize"
        and isinstance(meta, dict)
        and PROTOCOL_VERSION_META_KEY in cast("dict[str, Any]", meta)
    )
