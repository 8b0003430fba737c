"""Chat completions of a deployment, whole or streamed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from mcp_foundry.emulator.http.calls import RATE_HEADERS, Call, Routes, reply, reply_with_fault
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.model.acts import CallFunction, Citation, Fail, Leave, Pause, Say, Stop
from mcp_foundry.emulator.model.question import Question
from mcp_foundry.emulator.openai.models import deployed
from mcp_foundry.emulator.openai.passing_on import pass_on
from mcp_foundry.emulator.openai.questions import question_of
from mcp_foundry.emulator.runs.stream import EventStream
from mcp_foundry.emulator.wire.limits import check_range, check_tools
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import (
    CHARACTERS_PER_TOKEN,
    Json,
    as_object,
    encode,
    new_id,
    now,
    to_bytes,
)

ONE_CHOICE = "The scripted model gives one choice: ask again for another, without 'n'."
ENDS = {"max_output_tokens": "length", "content_filter": "content_filter"}


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/chat/completions."""
    deployment = deployed(call, "chat_completion", "chatCompletion")
    answer = await pass_on(call, "chat/completions")
    if answer is not None:  # aiohttp 3.11 counts a reply without items as false
        return answer
    check_tools(call.body)
    for name in ("max_tokens", "max_completion_tokens"):
        check_range(call.body, name, 1, kind="an integer")
    if call.body.get("n") not in {None, 1}:
        raise Refusal(501, "not_implemented", ONE_CHOICE, param="n", kind="error")
    question = question_of(call)
    completion = Completion(call, question, deployment["modelName"])
    if call.fault.refuses:
        return await reply_with_fault(call)
    await asyncio.sleep(call.engine.first_token)
    if not call.body.get("stream"):
        return reply(await completion.whole(), headers=RATE_HEADERS)
    stream = EventStream(call.engine.changed)
    task = call.engine.spawn(completion.write(stream))
    try:
        return await send_events(call, stream)
    finally:
        task.cancel()  # nobody hears the rest


@dataclass
class Completion:
    """What a model says in one chat completion.

    Attributes:
        model: What the model behind the deployment is called.
    """

    call: Call
    question: Question
    model: str
    finish: str = "stop"
    tokens: int = 0
    id: str = field(default_factory=lambda: new_id("chatcmpl").replace("_", "-"))
    created: int = field(default_factory=now)

    async def whole(self) -> Json:
        """The completion in one piece.

        Raises:
            Refusal: The model was told to fail.
        """
        message: Json = {"role": "assistant", "content": None, "refusal": None}
        async for delta in self._deltas():
            for name in ("content", "refusal"):
                if name in delta:
                    message[name] = (message[name] or "") + delta[name]
            for called in delta.get("tool_calls", []):
                known = {key: value for key, value in called.items() if key != "index"}
                message.setdefault("tool_calls", []).append(known)
        choice = {"index": 0, "message": message, "finish_reason": self.finish, "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    async def write(self, stream: EventStream) -> None:
        """Write the completion to a stream, as its pieces come."""
        try:
            self._put(stream, {"role": "assistant", "content": "", "refusal": None}, None)
            async for delta in self._deltas():
                self._put(stream, delta, None)
            self._put(stream, {}, self.finish)
            if as_object(self.call.body.get("stream_options")).get("include_usage"):
                chunk: Json = {**self._head("chat.completion.chunk"), "choices": []}
                chunk["usage"] = self._usage()
                stream.put(_event(encode(chunk)))
            stream.put(_event("[DONE]"))
        except Refusal as refusal:
            error = {"message": refusal.message, "type": refusal.kind, "code": refusal.code}
            stream.put(_event(encode({"error": error})))
        finally:
            stream.end()

    def _put(self, stream: EventStream, delta: Json, finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        chunk = {**self._head("chat.completion.chunk"), "choices": [choice]}
        stream.put(_event(encode(chunk)))

    def _head(self, kind: str) -> Json:
        head: Json = {"id": self.id, "object": kind, "created": self.created}
        return {**head, "model": self.model, "system_fingerprint": None}

    def _usage(self) -> Json:
        given = sum(len(encode(each)) for each in self.question.history)
        given += len(self.question.message) + len(self.question.instructions)
        prompt = 10 + given // CHARACTERS_PER_TOKEN
        counts: Json = {"prompt_tokens": prompt, "completion_tokens": self.tokens}
        return {**counts, "total_tokens": prompt + self.tokens}

    async def _deltas(self) -> AsyncIterator[Json]:
        """What the model does, as far as a chat completion has words for it."""
        calls = said = 0
        async for act in self.call.engine.model.answer(self.question):
            if isinstance(act, Say):
                if said:
                    yield {"content": "\n\n"}
                said += 1
                async for piece in self.call.engine.paced(act):
                    text = piece.marker if isinstance(piece, Citation) else piece
                    self.tokens += 1
                    yield {"refusal" if act.refusal else "content": text}
            elif isinstance(act, CallFunction) or (
                isinstance(act, Leave) and act.kind == "custom_tool_call"
            ):
                self.finish = "tool_calls"
                self.tokens += 1
                yield {"tool_calls": [{"index": calls, **_called(act)}]}
                calls += 1
            elif isinstance(act, Pause):
                await asyncio.sleep(act.seconds)
            elif isinstance(act, Stop):
                self.finish = ENDS.get(act.reason, "stop")
                return
            elif isinstance(act, Fail):
                raise Refusal(500, act.code, act.message, kind="server_error")


def _called(act: CallFunction | Leave) -> Json:
    called: Json = {"id": new_id("call"), "type": "function"}
    if isinstance(act, Leave):
        known = {name: act.fields[name] for name in ("name", "input")}
        return {**called, "type": "custom", "custom": known}
    return {**called, "function": {"name": act.name, "arguments": act.arguments}}


def _event(data: str) -> bytes:
    return to_bytes(f"data: {data}\n\n")


ROUTES: Routes = {"POST /openai/v1/chat/completions": create}
