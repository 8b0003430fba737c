"""The events of a response, as recorded, and the output items that they tell of."""

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.responses.shapes import obfuscation
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.runs.run import Run
from mcp_foundry.emulator.wire.sse import sse
from mcp_foundry.emulator.wire.values import Json, encode, new_id


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

    def show(self) -> Json:
        """The response as it is now, with the text so far."""
        if self.saying and self.output and self.output[-1].get("content") == []:
            part: Json = {"type": "output_text", "text": "".join(self.saying)}
            part.update(annotations=[], logprobs=[])
            return {
                **self.body,
                "output": [*self.output[:-1], {**self.output[-1], "content": [part]}],
            }
        return self.body

    def keep_partial(self) -> None:
        """Let the text so far stand in the output, of a message that is never finished."""
        self.body.update(self.show())
        if self.body["output"] and self.body["output"][-1]["status"] == "in_progress":
            self.body["output"][-1]["status"] = "incomplete"

    def emit(self, name: str, **fields: object) -> None:
        """Put one event on the stream."""
        data = {"type": name, **fields, "sequence_number": self.sequence}
        self.sequence += 1
        self.stream.put(sse(name, encode(data)))

    def open(self, kind: str, prefix: str, **fields: object) -> tuple[int, Json]:
        """Begin an output item; its index and the item."""
        item: Json = {"type": kind, "id": new_id(prefix)}
        if "agent_reference" in self.body:
            item["agent_reference"] = self.body["agent_reference"]
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
        padding = obfuscation(arguments)
        self.emit(f"response.{kind}.delta", **place, delta=arguments, obfuscation=padding)
        self.emit(f"response.{kind}.done", **place, arguments=arguments)
