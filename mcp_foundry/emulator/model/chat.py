"""A model behind an OpenAI-compatible chat-completions server, such as a local one."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence

import aiohttp

from mcp_foundry.emulator.model.acts import Act, CallFunction, Citation, Leave, Say, Stop
from mcp_foundry.emulator.model.question import ModelFailed, Question
from mcp_foundry.emulator.model.requests import CUSTOM, chat_request
from mcp_foundry.emulator.model.using import Used, approved, sentences, use_service
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

# A local model may have to be loaded from disk before its first token.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=300)
LONGEST_ERROR = 300
# A server may send a whole call, with a whole file in its arguments, in one event.
LONGEST_LINE = 2**24
OK = 200


class ChatModel:
    """Passes each question on: the conversation, instructions, functions, schema and limits.

    The tools of the service are no business of such a server: they are used as the scripted
    model uses them, the model is told what came of it, and the answer says so.

    Args:
        url: The base URL, with or without `/v1` and `/chat/completions`.
        name: The model to ask for.
    """

    def __init__(self, url: str, name: str) -> None:
        base = url.rstrip("/").removesuffix("/chat/completions")
        self._base = base if re.search(r"/v\d+$", base) else f"{base}/v1"
        self.name = name

    def url(self, what: str = "chat/completions") -> str:
        """Where the server answers that."""
        return f"{self._base}/{what}"

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what the tools of the service do, then what the server answers, as it arrives."""
        for act in approved(question):
            yield act
        used = [*use_service(question)] if question.asks else []
        for each in used:
            yield each.act
        if any(each.waits for each in used):
            return
        request = {"model": self.name, "stream": True, **chat_request(question, used)}
        url = self.url()
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT, read_bufsize=LONGEST_LINE) as session,
                session.post(url, json=request) as response,
            ):
                if response.status != OK:
                    text = (await response.text())[:LONGEST_ERROR]
                    raise ModelFailed(f"{url} answered {response.status}: {text}")
                async for act in _acts(_Answer(response), question, used):
                    yield act
        except (aiohttp.ClientError, TimeoutError, asyncio.TimeoutError) as error:
            raise ModelFailed(f"Asking {url} failed: {error!r}. Does it run?") from error


async def _acts(answer: "_Answer", question: Question, used: Sequence[Used]) -> AsyncIterator[Act]:
    """The text, once there is some, then the calls, then why it was cut short, if it was."""
    told = [] if question.text_format.get("type", "text") != "text" else [*sentences(used)]
    first = await answer.next_token()
    if first or not answer.calls:
        yield Say(_pieces(answer, first, told))
    custom = [tool.get("name") for tool in question.tools if tool.get("type") == CUSTOM]
    for call in answer.calls:
        name, arguments = call["name"], call["arguments"] or "{}"
        if name in custom:
            fields = {"name": name, "input": _custom_input(arguments)}
            yield Leave("custom_tool_call", fields)
        else:
            yield CallFunction(name, arguments)
    if answer.finish == "length":
        yield Stop("max_output_tokens")


async def _pieces(
    answer: "_Answer", first: str, told: Sequence[str | Citation]
) -> AsyncIterator[str | Citation]:
    token = first
    while token:
        yield token
        token = await answer.next_token()
    for each in told:
        yield each


def _custom_input(arguments: str) -> str:
    try:
        return as_text(as_object(json.loads(arguments)).get("input"))
    except ValueError:
        return arguments


class _Answer:
    """What a server streams: text to be read, and calls that are whole at its end."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._lines = response.content
        self._begun = False
        self._open: dict[str, Json] = {}
        self.calls: list[Json] = []
        self.finish = ""

    async def next_token(self) -> str:
        """The next piece of text; empty at the end.

        Raises:
            ModelFailed: The server says so, or it streams nothing at all.
        """
        async for line in self._lines:
            self._begun = self._begun or line.startswith(b"data:")
            if token := self._heard(_event(line)):
                return token
        if not self._begun:
            raise ModelFailed("The model's server answered with no stream of events.")
        return ""

    def _heard(self, event: Json) -> str:
        choices = as_list(event.get("choices"))
        choice = as_object(choices[0]) if choices else {}
        delta = as_object(choice.get("delta"))
        self.finish = as_text(choice.get("finish_reason")) or self.finish
        for given in map(as_object, as_list(delta.get("tool_calls"))):
            function = as_object(given.get("function"))
            call = self._call(given, begins=bool(function.get("name")))
            for key in ("name", "arguments"):
                call[key] += as_text(function.get(key))
        return as_text(delta.get("content"))

    def _call(self, given: Json, *, begins: bool) -> Json:
        """The call that a piece belongs to; some servers number every call alike, or none."""
        place, name = given.get("index"), as_text(given.get("id"))
        call = self._open.get(str(place))
        other = call is not None and bool(name) and call["id"] not in {"", name}
        if call is None or other or (place is None and begins):
            call = {"id": name, "name": "", "arguments": ""}
            self._open[str(place)] = call
            self.calls.append(call)
        return call


def _event(line: bytes) -> Json:
    data = line.removeprefix(b"data:").strip()
    if not line.startswith(b"data:") or data == b"[DONE]":
        return {}
    try:
        event = as_object(json.loads(data))
    except ValueError as error:
        raise ModelFailed(f"The model's server sent no JSON: {data[:LONGEST_ERROR]!r}") from error
    if event.get("error"):
        raise ModelFailed(f"The model's server failed: {event['error']}")
    return event
