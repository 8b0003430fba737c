"""The deltas of one message, encoded once as far as they are the same."""

from mcp_foundry.emulator.classic.shapes import annotation
from mcp_foundry.emulator.model.acts import Citation
from mcp_foundry.emulator.wire.values import Json, encode, to_bytes


class MessageDeltas:
    """Encodes the pieces of one message as `thread.message.delta` events.

    Args:
        message_id: The message.
        refusal: Whether it is a refusal, which carries no annotations.
    """

    def __init__(self, message_id: str, *, refusal: bool) -> None:
        self.annotations: list[Json] = []
        shown = {"id": message_id, "object": "thread.message.delta"}
        part = '"type":"text","text":{"value":'
        if refusal:
            part = '"type":"refusal","refusal":'
        self._head = to_bytes(
            f"event: thread.message.delta\ndata: {encode(shown)[:-1]}"
            f',"delta":{{"content":[{{"index":0,{part}'
        )
        self._tail = b"}]}}\n\n" if refusal else b"}}]}}\n\n"
        self._refusal = refusal
        self._position = 0

    def encode(self, piece: str | Citation) -> bytes:
        """The event of one piece."""
        text = piece.marker if isinstance(piece, Citation) else piece
        extra = b""
        if isinstance(piece, Citation):
            note = annotation(piece, self._position)
            extra = to_bytes(f',"annotations":{encode([{"index": len(self.annotations), **note}])}')
            self.annotations.append(note)
        elif not (self._position or self._refusal):
            extra = b',"annotations":[]'  # recorded: the first delta alone has the empty list
        self._position += len(text)
        return b"".join((self._head, to_bytes(encode(text)), extra, self._tail))
