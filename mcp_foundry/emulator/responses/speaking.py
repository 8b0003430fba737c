"""Messages of a response: streamed, padded, and begun again where the service lost them."""

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import Citation, Say
from mcp_foundry.emulator.responses.events import ResponseEvents
from mcp_foundry.emulator.responses.shapes import annotation, obfuscation
from mcp_foundry.emulator.runs.engine import Engine, each_piece
from mcp_foundry.emulator.wire.values import Json, encode, to_bytes

# A service that loses a run has shown so many events of its text before.
SHOWN_IN_VAIN = 3


class SpeakingResponse(ResponseEvents):
    """A response that says something.

    Args:
        body: The response as the service shows it.
        engine: The model, its pace, the books.
        fault: What is to go wrong.
    """

    def __init__(self, body: Json, engine: Engine, fault: Fault) -> None:
        super().__init__(body, engine, fault)
        self._restarts = fault.restart

    async def say(self, act: Say) -> None:
        """Stream one message."""
        if self._restarts:
            self._restarts = False
            act = await self._say_in_vain(act)
        index, item, place = self._open_message(act)
        kind, field = _part_of(act)
        notes: list[Json] = []
        await self._deltas(act, place, notes)
        text = "".join(self.saying)
        logged: Json = {} if act.refusal else {"logprobs": []}
        self.emit(f"response.{kind}.done", **place, **{field: text}, **logged)
        part: Json = {"type": kind, field: text}
        part.update({} if act.refusal else {"annotations": notes, "logprobs": []})
        self.emit("response.content_part.done", **place, part=part)
        self.close(index, item, content=[part])

    def _open_message(self, act: Say) -> tuple[int, Json, Json]:
        self.saying.clear()
        index, item = self.open("message", "msg", role="assistant", content=[])
        place: Json = {"content_index": 0, "item_id": item["id"], "output_index": index}
        kind, field = _part_of(act)
        extra: Json = {} if act.refusal else {"annotations": [], "logprobs": []}
        empty: Json = {"type": kind, **extra, field: ""}
        self.emit("response.content_part.added", **place, part=empty)
        return index, item, place

    async def _deltas(self, act: Say, place: Json, notes: list[Json]) -> None:
        # Everything but the delta, the padding and the number is the same in every event of a
        # message: encoded once, a stream of tens of thousands of tokens costs a third.
        logged: Json = {} if act.refusal else {"logprobs": []}
        name = f"response.{_part_of(act)[0]}.delta"
        data = encode({"type": name, **place, **logged})
        head = to_bytes(f'event: {name}\ndata: {data[:-1]},"delta":')
        padded = not self.body["background"]
        position = 0
        async for piece in self.engine.paced(act):
            marker = piece.marker if isinstance(piece, Citation) else piece
            if not marker:
                self._annotate(piece, position, place, notes)
                continue
            padding = b',"obfuscation":"%s"' % obfuscation(marker).encode() if padded else b""
            self.stream.put(
                b'%s%s%s,"sequence_number":%d}\n\n'
                % (head, to_bytes(encode(marker)), padding, self.sequence)
            )
            self.sequence += 1
            self.tokens += 1
            self.saying.append(marker)
            self._annotate(piece, position, place, notes)
            position += len(marker)

    def _annotate(
        self, piece: str | Citation, position: int, place: Json, notes: list[Json]
    ) -> None:
        if isinstance(piece, Citation):
            note = annotation(piece, position, len(notes))
            added = "response.output_text.annotation.added"
            self.emit(added, **place, annotation=note, annotation_index=len(notes))
            notes.append(note)

    async def _say_in_vain(self, act: Say) -> Say:
        """Begin a message, lose it with all that was shown, and return it to be said anew."""
        pieces = [piece async for piece in each_piece(act)]
        earlier, tokens = list(self.output), self.tokens
        _, _, place = self._open_message(act)
        await self._deltas(Say(pieces[:SHOWN_IN_VAIN], act.refusal), place, [])
        self.tokens = tokens
        self.output.clear()
        self.emit("response.in_progress", response=self.body)
        for index, item in enumerate(earlier):
            self.output.append(item)
            self.emit("response.output_item.added", item=item, output_index=index)
            self.emit("response.output_item.done", item=item, output_index=index)
        return Say(pieces, act.refusal)


def _part_of(act: Say) -> tuple[str, str]:
    """The type of the part that a message consists of, and its field with the text."""
    return ("refusal", "refusal") if act.refusal else ("output_text", "text")
