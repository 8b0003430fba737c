"""Files that a response's code interpreter writes, and where its messages say that they are."""

from collections import deque

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import Citation, Say, WriteFile
from mcp_foundry.emulator.model.pictures import SIGNATURE
from mcp_foundry.emulator.responses.speaking import SpeakingResponse
from mcp_foundry.emulator.runs.engine import Engine, each_piece
from mcp_foundry.emulator.wire.values import Json, new_id

KIND = "container_file_citation"


class WritingResponse(SpeakingResponse):
    """A response that can write files.

    Args:
        body: The response as the service shows it.
        engine: The model, its pace, the books, the files.
        fault: What is to go wrong.
    """

    def __init__(self, body: Json, engine: Engine, fault: Fault) -> None:
        super().__init__(body, engine, fault)
        self.container = new_id("cntr")
        # By name; one that was written twice is there twice.
        self._written: dict[str, deque[Citation]] = {}
        self._figures: list[str | Citation] = []

    async def write_file(self, act: WriteFile) -> None:
        """Write a file; recorded: a picture leaves a figure of its own beside it."""
        code = f"open({f'/mnt/data/{act.name}'!r}, 'wb').write(data)"
        self.interpret(code)
        if act.cited and act.data.startswith(SIGNATURE):
            identifier = new_id("cfile")
            name = f"{identifier}.png"
            self._figures.append(self._keep(act, name, identifier, ""))
        marker = f"sandbox:/mnt/data/{act.name}"
        kept = self._keep(act, act.name, new_id("cfile"), marker)
        if act.cited:
            self._written.setdefault(act.name, deque()).append(kept)

    def _keep(self, act: WriteFile, name: str, identifier: str, marker: str) -> Citation:
        if not act.gone:
            self.engine.files.write(self.container, name, act.data, identifier=identifier)
        return Citation(KIND, marker, name, "", identifier, self.container)

    def interpret(self, code: str) -> None:
        """Show a run of the code interpreter."""
        kind = "code_interpreter_call"
        index, item = self.open(kind, "ci", code="", container_id=self.container, outputs=None)
        place: Json = {"item_id": item["id"], "output_index": index}
        self.progress(kind, item, index, "in_progress")
        self.emit(f"response.{kind}_code.delta", **place, delta=code, **self.padding(code))
        self.emit(f"response.{kind}_code.done", **place, code=code)
        self.progress(kind, item, index, "interpreting", "completed")
        self.close(index, item, code=code)

    async def say(self, act: Say) -> None:
        """Stream one message, with the places of what was written."""
        if self._written:
            pieces = [self._placed(piece) async for piece in each_piece(act)]
            act = Say([*self._figures, *pieces], act.refusal)
            self._figures = []
        await super().say(act)

    def _placed(self, piece: str | Citation) -> str | Citation:
        if isinstance(piece, Citation) and piece.kind == KIND and self._written.get(piece.title):
            return self._written[piece.title].popleft()
        return piece
