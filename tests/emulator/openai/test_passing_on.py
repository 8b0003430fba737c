"""Requests of the OpenAI client that a model of one's own answers."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from openai import APIStatusError, AsyncOpenAI, InternalServerError

from mcp_foundry.emulator import Emulator
from tests.rigs.sdk_clients import openai_client

pytestmark = pytest.mark.anyio

HI: Any = [{"role": "user", "content": "Hi"}]


class OwnServer:
    """A server of OpenAI's API that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200

    async def chat(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if self.asked[-1].get("stream"):
            chunk = {"id": "x", "choices": [{"index": 0, "delta": {"content": "Own"}}]}
            text = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
            return web.Response(text=text, content_type="text/event-stream")
        if self.status > 200:
            error = {"error": {"message": "Too fast.", "code": "slow_down"}}
            return web.json_response(error, status=self.status)
        message = {"role": "assistant", "content": "Own"}
        return web.json_response({"id": "x", "choices": [{"index": 0, "message": message}]})

    async def embed(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        return web.json_response({"data": [{"index": 0, "embedding": [0.5]}]})


@asynccontextmanager
async def own(server: OwnServer) -> AsyncGenerator[AsyncOpenAI]:
    """A client of an emulator in front of that server."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_post("/v1/embeddings", server.embed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with (
        Emulator(model_url=url, model_name="llama") as emulator,
        openai_client(emulator) as client,
    ):
        yield client
    await runner.cleanup()


async def test_a_request_is_passed_on_as_it_is_under_the_name_of_the_model() -> None:
    server = OwnServer()
    async with own(server) as openai:
        told = await openai.chat.completions.create(
            model="gpt-4o", messages=HI, seed=7, logit_bias={"1": 2}
        )
        made = await openai.embeddings.create(
            model="scripted-embedding", input="tea", encoding_format="float"
        )
    assert told.choices[0].message.content == "Own"
    assert made.data[0].embedding == [0.5]
    chat, embedding = server.asked
    assert chat == {"model": "llama", "messages": HI, "seed": 7, "logit_bias": {"1": 2}}
    assert embedding == {"model": "llama", "input": "tea", "encoding_format": "float"}


async def test_a_stream_and_a_refusal_come_back_as_they_are() -> None:
    server = OwnServer()
    async with own(server) as openai:
        stream = await openai.chat.completions.create(model="gpt-4o", messages=HI, stream=True)
        said = [each.choices[0].delta.content async for each in stream]
        server.status = 429
        with pytest.raises(APIStatusError, match="Too fast") as told:
            await openai.chat.completions.create(model="gpt-4o", messages=HI)
    assert said == ["Own"]
    assert (told.value.status_code, told.value.code) == (429, "slow_down")


async def test_a_server_that_is_not_there_is_named() -> None:
    async with (
        Emulator(model_url="http://127.0.0.1:9") as emulator,
        openai_client(emulator) as openai,
    ):
        with pytest.raises(InternalServerError, match=r"127\.0\.0\.1:9/v1/chat/completions failed"):
            await openai.chat.completions.create(model="gpt-4o", messages=HI)
