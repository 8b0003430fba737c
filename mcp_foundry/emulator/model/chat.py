"""A model behind an OpenAI-compatible chat-completions server, such as a local one."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import aiohttp

from mcp_foundry.emulator.model.acts import Act, ModelFailed, Question, Say
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

# A local model may have to be loaded from disk before its first token.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=300)
LONGEST_ERROR = 300
OK = 200


class ChatModel:
    """Passes each question on, with the whole conversation and the agent's instructions.

    Args:
        url: The base URL, with or without `/v1`; `/chat/completions` is appended.
        name: The model to ask for.
    """

    def __init__(self, url: str, name: str) -> None:
        base = url.rstrip("/").removesuffix("/chat/completions")
        versioned = base if re.search(r"/v\d+$", base) else f"{base}/v1"
        self._url = f"{versioned}/chat/completions"
        self._name = name

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield one message, whose tokens come from the server as they arrive."""
        yield Say(self._tokens(question))

    async def _tokens(self, question: Question) -> AsyncIterator[str]:
        request = {"model": self._name, "messages": messages(question), "stream": True}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.post(self._url, json=request) as response,
            ):
                if response.status != OK:
                    text = (await response.text())[:LONGEST_ERROR]
                    raise ModelFailed(f"{self._url} answered {response.status}: {text}")
                async for line in response.content:
                    if token := _token(line):
                        yield token
        except (aiohttp.ClientError, TimeoutError, asyncio.TimeoutError) as error:
            raise ModelFailed(f"Asking {self._url} failed: {error!r}. Does it run?") from error


def _token(line: bytes) -> str:
    data = line.removeprefix(b"data:").strip()
    if not line.startswith(b"data:") or data == b"[DONE]":
        return ""
    try:
        event = as_object(json.loads(data))
    except ValueError as error:
        raise ModelFailed(f"The model's server sent no JSON: {data[:LONGEST_ERROR]!r}") from error
    if "error" in event:
        raise ModelFailed(f"The model's server failed: {event['error']}")
    choices = as_list(event.get("choices"))
    return as_text(as_object(as_object(choices[0]).get("delta")).get("content")) if choices else ""


def messages(question: Question) -> list[Json]:
    """The conversation as chat messages."""
    system = [{"role": "system", "content": question.instructions}] * bool(question.instructions)
    earlier = [{"role": role, "content": text} for role, text in question.earlier]
    replied = [
        {"role": "user", "content": _describe_reply(each.name, each.approve, each.output)}
        for each in question.replies
    ]
    content = _content(question)
    asked: list[Json] = [{"role": "user", "content": content}] * bool(content)
    return [*system, *earlier, *replied, *asked]


def _content(question: Question) -> str | list[Json]:
    """The message, and what came with it as chat completions have it."""
    parts = [*filter(None, map(_part, question.parts))]
    alone = len(parts) == 1 and parts[0]["type"] == "text"
    return question.message if alone or not parts else parts


def _part(part: Json) -> Json:
    kind = as_text(part.get("type"))
    if kind in {"input_text", "text"}:
        text = as_text(part.get("text")) or as_text(as_object(part.get("text")).get("value"))
        return {"type": "text", "text": text}
    if kind == "input_image" and part.get("image_url"):
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    if kind == "input_file" and part.get("file_data"):
        known = {name: part[name] for name in ("filename", "file_data") if name in part}
        return {"type": "file", "file": known}
    return part if kind == "image_url" else {}


def _describe_reply(name: str, approve: bool | None, output: str) -> str:
    if approve is None:
        return f"The function {name} answered: {output}"
    return f"The call of {name} was {'approved' if approve else 'denied'}."
