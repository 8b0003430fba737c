"""A response under way: acts in, recorded events out."""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import (
    AskApproval,
    AskConsent,
    CallFunction,
    Leave,
)
from mcp_foundry.emulator.responses.shapes import content_filters
from mcp_foundry.emulator.responses.using import UsingResponse
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.wire.shapes import usage
from mcp_foundry.emulator.wire.values import Json, as_text, new_id, now

# How the ids of such items begin.
LEFT = {
    "custom_tool_call": "ctc",
    "local_shell_call": "lsh",
    "computer_call": "cu",
}


@dataclass(frozen=True)
class Hooks:
    """What a response does beyond itself.

    Attributes:
        finished: Called once, when the response has ended; told whether its output counts.
        streamed: Whether its events are asked for, and may be so again.
        include: What the request wants to see beside the usual.
        memory: Lets the agent's memory tool do its work, and answers what it did.
    """

    finished: Callable[[bool], None]
    streamed: bool
    include: frozenset[str] = frozenset()
    memory: Callable[[], Json] | None = None


class ResponseRun(UsingResponse):
    """One response.

    Args:
        body: The response as the service shows it.
        engine: The model, its pace, the books.
        fault: What is to go wrong.
        input_tokens: What the input costs.
        hooks: What else is to happen.
    """

    def __init__(
        self,
        body: Json,
        engine: Engine,
        fault: Fault,
        input_tokens: int,
        hooks: Hooks,
    ) -> None:
        super().__init__(body, engine, fault, hooks.include)
        self._input_tokens = input_tokens
        self._hooks = hooks
        self.replayable = bool(body["background"]) and hooks.streamed
        if body["background"]:
            body["status"] = "queued"

    def begin(self) -> None:
        """Announce the response."""
        self.emit("response.created", response=self.body)
        if self.body["background"]:
            self.emit("response.queued", response=self.body)
        self.body["status"] = "in_progress"
        self.emit("response.in_progress", response=self.body)

    async def ask_approval(self, act: AskApproval) -> None:
        """Leave a request for approval in the output."""
        asked = {"server_label": act.server, "name": act.tool, "arguments": act.arguments}
        index, item = self.open("mcp_approval_request", "mcpr", **asked)
        self.close(index, item)

    async def call_function(self, act: CallFunction) -> None:
        """Leave a call of a function in the output."""
        called = {"call_id": new_id("call"), "name": act.name, "arguments": ""}
        index, item = self.open("function_call", "fc", **called)
        self.arguments("function_call_arguments", item, index, act.arguments)
        self.close(index, item, arguments=act.arguments)

    async def ask_consent(self, act: AskConsent) -> None:
        """Leave a request to sign in in the output."""
        asked = {"server_label": act.server, "consent_link": act.link}
        index, item = self.open("oauth_consent_request", "oauthreq", **asked)
        self.close(index, item)

    async def leave(self, act: Leave) -> None:
        """Leave a call that the caller carries out in the output."""
        given = as_text(act.fields.get("input"))
        shown: Json = {**act.fields, "input": ""} if given else act.fields
        index, item = self.open(act.kind, LEFT[act.kind], call_id=new_id("call"), **shown)
        if given:
            place: Json = {"item_id": item["id"], "output_index": index}
            name = "response.custom_tool_call_input"
            self.emit(f"{name}.delta", **place, delta=given, **self.padding(given))
            self.emit(f"{name}.done", **place, input=given)
        self.close(index, item, **act.fields)

    def complete(self) -> None:
        """End well; what was asked of the caller stands in the output."""
        if self._hooks.memory:
            index, item = self.open("memory_search_call", "memupdateo", **self._hooks.memory())
            # Recorded: the update goes on behind the response, so the item stays in progress.
            self.emit("response.output_item.done", item=item, output_index=index)
        self._finish("completed", counts=True)

    def fail(self, code: str, message: str) -> None:
        """End as failed."""
        self.keep_partial()
        self.body["error"] = {"code": code, "message": message}
        self._finish("failed", counts=False)

    def stop(self, reason: str) -> None:
        """End as incomplete."""
        self.body["incomplete_details"] = {"reason": reason}
        self._finish("incomplete", counts=True)

    def expire(self) -> None:
        """End as failed: a response knows no expiry of its own."""
        self.fail(self.fault.code or "expired", self.fault.message or "The response expired.")

    def cancelled(self) -> None:
        """End as cancelled: without output, and as `failed` to those who read the stream."""
        self.output.clear()
        self.body["status"] = "cancelled"
        self.emit("response.failed", response=self.body)
        self._hooks.finished(False)
        self.ended()

    def _finish(self, status: str, *, counts: bool) -> None:
        spent = usage(self._input_tokens, self.tokens)
        filters = content_filters(len("".join(self.saying)))
        self.body.update(status=status, service_tier="default")
        if "usage" in self.body:
            self.body["usage"] = spent
        self.body.update(content_filters=filters)
        if status == "completed":
            self.body["completed_at"] = now()
        elif self.output and status == "incomplete":
            self.output[-1]["status"] = "incomplete"
        self.emit(f"response.{status}", response=self.body)
        self._hooks.finished(counts)
        self.ended()
