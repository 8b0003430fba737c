"""Requests that a model's own server answers, as it answers them."""

import asyncio

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call, close_connection
from mcp_foundry.emulator.wire.refusals import Refusal

SAME = ("Content-Type", "Retry-After")


async def pass_on(call: Call, what: str) -> web.StreamResponse | None:
    """Pass a request on to the server that was given, under the name that it knows.

    Args:
        call: The call.
        what: Where below the server's base URL.

    Returns:
        Its answer, already sent; None where the model is a scripted one.

    Raises:
        Refusal: There is no answer.
    """
    from aiohttp import ClientError, ClientSession

    from mcp_foundry.emulator.model.chat import TIMEOUT, ChatModel

    model = call.engine.model
    if not isinstance(model, ChatModel):
        return None
    url = model.url(what)
    sent: web.StreamResponse | None = None
    try:
        async with (
            ClientSession(timeout=TIMEOUT) as session,
            session.post(url, json={**call.body, "model": model.name}) as answer,
        ):
            headers = {name: answer.headers[name] for name in SAME if name in answer.headers}
            sent = web.StreamResponse(status=answer.status, headers=headers)
            await sent.prepare(call.request)
            async for piece in answer.content.iter_any():
                await sent.write(piece)
            await sent.write_eof()
    except (ClientError, TimeoutError, asyncio.TimeoutError) as error:
        if sent is None:
            sentence = f"Asking {url} failed: {error!r}. Does it run?"
            raise Refusal(500, "server_error", sentence, kind="server_error") from error
        close_connection(call.request)  # it broke off, and so must this
    return sent
