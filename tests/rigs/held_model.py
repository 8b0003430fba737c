"""A project whose runs wait for the test, and not for the clock."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from mcp_foundry.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

HOLD = "Hold"
ENOUGH_FOR_OTHERS = 2
"""Seconds to wait for answers of which one is held: the others come at once, on a busy machine."""


class HeldModel:
    """A chat-completions server that repeats each question; what begins with `HOLD` only later."""

    def __init__(self) -> None:
        self._released = asyncio.Event()

    def release(self) -> None:
        """Let the runs that are held go on, and those to come."""
        self._released.set()

    def hold(self) -> None:
        """Hold those to come again."""
        self._released = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """Repeat the last message, once that may be."""
        question = str((await request.json())["messages"][-1]["content"])
        if question.startswith(HOLD):
            await self._released.wait()
        said = json.dumps({"choices": [{"delta": {"content": question}}]})
        return web.Response(text=f"data: {said}\n\ndata: [DONE]\n\n")


@asynccontextmanager
async def held_project() -> AsyncGenerator[tuple[Emulator, HeldModel]]:
    """Yield a project, and the model that holds its runs."""
    model = HeldModel()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with Emulator(model_url=url, model_name="held") as emulator:
            yield emulator, model
    finally:
        await runner.cleanup()
