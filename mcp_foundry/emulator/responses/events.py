"""The events of a response, as recorded, and the output items that they tell of."""

import time

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.responses.shapes import obfuscation
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.runs.run import Run
from mcp_foundry.emulator.wire.sse import sse
from mcp_foundry.emulator.wire.values import Json, as_text, encode, new_id


class ResponseEvents(Run):
    """What a response can say of itself.

    Args:
        body: The response as the service shows it.
        engine: The model, its pace, the books.
        fault: What is to go wrong.
    """

    def __init__(self, body: Json, engine: Engine, fault: Fault) -> None:
        super().__init__(body["id"], engine, fault)
        self.body = body
        self.output: list[Json] = body["output"]
        self.sequence = 0
        self._born = time.monotonic()

    @property
    def session(self) -> str:
        """In which session of a hosted agent it is worked on; empty for none."""
        return as_text(self.body.get("agent_session_id"))

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.body["status"] in {"queued", "in_progress"}

    @property
    def visible(self) -> bool:
        """Whether others than the one who asked can find it: a foreground one once it has ended."""
        return bool(self.body["background"]) or not self.under_way

    @property
    def age(self) -> float:
        """Seconds since it was created."""
        return time.monotonic() - self._born

    def show(self) -> Json:
        """The response as it is now: recorded without any output until it has ended."""
        return {**self.body, "output": []} if self.under_way else self.body

    def keep_partial(self) -> None:
        """Let the text so far stand in the output, of a message that is never finished."""
        if not self.output or self.output[-1]["status"] != "in_progress":
            return
        last = self.output[-1]
        last["status"] = "incomplete"
        if self.saying and last.get("content") == []:
            part: Json = {"type": "output_text", "text": "".join(self.saying)}
            last["content"] = [{**part, "annotations": [], "logprobs": []}]

    def padding(self, delta: str) -> Json:
        """The padding of a delta; recorded: those of a background response have none."""
        return {} if self.body["background"] else {"obfuscation": obfuscation(delta)}

    def emit(self, name: str, **fields: object) -> None:
        """Put one event on the stream."""
        data = {"type": name, **fields, "sequence_number": self.sequence}
        self.sequence += 1
        self.stream.put(sse(name, encode(data)))

    def open(self, kind: str, prefix: str, **fields: object) -> tuple[int, Json]:
        """Begin an output item; its index and the item."""
        item: Json = {"type": kind, "id": new_id(prefix)}
        if "agent_reference" in self.body:
            # Recorded both ways of hosted agents; null is the one that a reader trips over.
            hosted = "agent_session_id" in self.body
            item["agent_reference"] = None if hosted else self.body["agent_reference"]
        item.update({"response_id": self.id, **fields, "status": "in_progress"})
        index = len(self.output)
        self.output.append(item)
        self.emit("response.output_item.added", item=item, output_index=index)
        return index, item

    def close(self, index: int, item: Json, **fields: object) -> None:
        """Complete an output item."""
        item.update({**fields, "status": "completed"})
        self.emit("response.output_item.done", item=item, output_index=index)

    def progress(self, kind: str, item: Json, index: int, *steps: str) -> None:
        """Say how far a tool call is."""
        for step in steps:
            self.emit(f"response.{kind}.{step}", item_id=item["id"], output_index=index)

    def arguments(self, kind: str, item: Json, index: int, arguments: str) -> None:
        """Stream the arguments of a call."""
        place: Json = {"item_id": item["id"], "output_index": index}
        self.emit(f"response.{kind}.delta", **place, delta=arguments, **self.padding(arguments))
        self.emit(f"response.{kind}.done", **place, arguments=arguments)
