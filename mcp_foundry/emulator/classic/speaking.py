"""Messages of a classic run, and the files that its code interpreter writes."""

from collections import deque
from dataclasses import replace

from mcp_foundry.emulator.classic.deltas import MessageDeltas
from mcp_foundry.emulator.classic.events import ClassicEvents
from mcp_foundry.emulator.classic.shapes import answer_message, text_content
from mcp_foundry.emulator.classic.steps import code_call
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import Citation, RunCode, Say, WriteFile
from mcp_foundry.emulator.model.pictures import SIGNATURE
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.wire.values import Json, now


class SpeakingRun(ClassicEvents):
    """A classic run that says something.

    Args:
        body: The run as the service shows it.
        messages: The messages of its thread, oldest first.
        engine: The model, its pace, the books, the files.
        fault: What is to go wrong.
        input_tokens: What the input costs.
    """

    def __init__(
        self, body: Json, messages: list[Json], engine: Engine, fault: Fault, input_tokens: int
    ) -> None:
        super().__init__(body, engine, fault, input_tokens)
        self._messages = messages
        self._message: Json | None = None
        # By name; one that was written twice is there twice.
        self._written: dict[str, deque[str]] = {}
        self._figures: list[str] = []

    async def say(self, act: Say) -> None:
        """Stream one message."""
        self.saying.clear()
        message = self._message = answer_message(self.body)
        creation = {"message_id": message["id"]}
        self.open_step({"type": "message_creation", "message_creation": creation})
        self._messages.append(message)
        self.emit("thread.message.created", message)
        self.emit("thread.message.in_progress", message)
        notes = await self._deltas(act, message["id"])
        self._fill(act, message, notes)
        message.update(status="completed", completed_at=now())
        self._message = None
        self.emit("thread.message.completed", message)
        self.close_step()

    def break_off(self, reason: str) -> None:
        """Close the message that the run was at, if it was at one."""
        if self._message:
            self._fill(Say(()), self._message, [])
            self._message.update(status="incomplete", incomplete_at=now())
            self._message.update(incomplete_details={"reason": reason})
            self.emit("thread.message.incomplete", self._message)

    def _fill(self, act: Say, message: Json, notes: list[Json]) -> None:
        text = "".join(self.saying)
        refusal: Json = {"type": "refusal", "refusal": text}
        message["content"] = [refusal if act.refusal else text_content(text, notes)]
        for index, figure in enumerate(self._figures, 1):
            part: Json = {"type": "image_file", "image_file": {"file_id": figure}}
            delta = {"content": [{"index": index, **part}]}
            shown = {"id": message["id"], "object": "thread.message.delta", "delta": delta}
            self.emit("thread.message.delta", shown)
            message["content"].append(part)
        self._figures = []

    async def _deltas(self, act: Say, message_id: str) -> list[Json]:
        deltas = MessageDeltas(message_id, refusal=act.refusal)
        async for piece in self.engine.paced(act):
            said = self._placed(piece)
            if isinstance(said, Citation) and said.kind == "container_file_citation":
                continue  # the classic generation has no such citation
            self.stream.put(deltas.encode(said))
            self.tokens += 1
            self.saying.append(said.marker if isinstance(said, Citation) else said)
        return deltas.annotations

    def _placed(self, piece: str | Citation) -> str | Citation:
        if isinstance(piece, Citation) and self._written.get(piece.title):
            return replace(piece, kind="file_path", file_id=self._written[piece.title].popleft())
        return piece

    async def write_file(self, act: WriteFile) -> None:
        """Write a file, which stays with the project; a picture is shown, too."""
        self.use(code_call(RunCode(f"open({act.name!r}, 'wb').write(data)", "")))
        kept = self.engine.files.upload(act.name, act.data, "assistants_output")
        if act.gone:
            del self.engine.files.uploads[kept["id"]]
        if act.cited:
            self._written.setdefault(act.name, deque()).append(kept["id"])
            self._figures += [kept["id"]] * act.data.startswith(SIGNATURE)
