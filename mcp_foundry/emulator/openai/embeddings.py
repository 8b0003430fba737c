"""Embeddings: vectors without a meaning, each always the same for the same text."""

import hashlib
import math
from array import array
from base64 import b64encode

from aiohttp import web

from mcp_foundry.emulator.http.calls import RATE_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.openai.models import deployed
from mcp_foundry.emulator.openai.passing_on import pass_on
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import CHARACTERS_PER_TOKEN, Json, as_list, encode, to_bytes

USUAL, MOST = 1536, 3072
MOST_INPUTS = 2048


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/embeddings."""
    deployment = deployed(call, "embeddings", "embeddings")
    answer = await pass_on(call, "embeddings")
    if answer is not None:  # aiohttp 3.11 counts a reply without items as false
        return answer
    inputs = _inputs(call.body.get("input"))
    size = call.body.get("dimensions", USUAL)
    if not isinstance(size, int) or not 1 <= size <= MOST:
        raise invalid(f"'dimensions' must be from 1 to {MOST}.", param="dimensions")
    packed = call.body.get("encoding_format") == "base64"
    data: list[Json] = []
    for index, text in enumerate(inputs):
        values = _vector(text, size)
        shown = b64encode(values.tobytes()).decode() if packed else values.tolist()
        data.append({"object": "embedding", "index": index, "embedding": shown})
    tokens = sum(max(1, len(each) // CHARACTERS_PER_TOKEN) for each in inputs)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    body: Json = {"object": "list", "data": data, "model": deployment["modelName"], "usage": usage}
    return reply(body, headers=RATE_HEADERS)


def _inputs(given: object) -> list[str]:
    """The texts; tokens, which may stand for one, are written out as numbers."""
    if isinstance(given, str):
        texts = [given]
    else:
        items = as_list(given)
        numbers = bool(items) and all(isinstance(each, int) for each in items)
        several = [items] if numbers else items
        texts = [each if isinstance(each, str) else encode(each) for each in several if each]
        if len(texts) < len(several) or len(texts) > MOST_INPUTS:
            texts = []
    if not texts or "" in texts:
        sentence = f"Invalid 'input': expected 1 to {MOST_INPUTS} texts, none of them empty."
        raise invalid(sentence, param="input")
    return texts


def _vector(text: str, size: int) -> "array[float]":
    """A vector of length 1."""
    raw = array("i", hashlib.shake_128(to_bytes(text)).digest(4 * size))
    length = math.sqrt(sum(each * each for each in raw)) or 1.0
    return array("f", (each / length for each in raw))


ROUTES: Routes = {"POST /openai/v1/embeddings": create}
