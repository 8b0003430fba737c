"""Ten thousand documents in a vector store, and what they are asked.

They are made of words of no language, of which few are common and most are rare, as words are.
"""

from __future__ import annotations

import random
import time
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.connections import Connections

DOCUMENTS = 10_000
_WORDS, _LENGTH = 20_000, 200
_BATCH = 500
_BOUNDARY = "document"
_STORES = "/openai/v1/vector_stores"
_PATIENCE = 120.0


def _word(number: int) -> str:
    """A word that no stemming makes into another: letters of the number, to the base of 20."""
    letters = "bcdfghjklmnpqrstvwxz"
    word = ""
    while number or not word:
        number, place = divmod(number, 20)
        word += letters[place] + "aou"[place % 3]
    return word


# A word that few documents have; words that nearly all have; and a long sentence of both.
QUESTIONS = (
    _word(15_000),
    " ".join(map(_word, range(5))),
    " ".join(_word(3**place) for place in range(9)) + " of the " + " ".join(map(_word, range(15))),
)


def fill(connections: Connections) -> str:
    """Upload the documents and put them into a store; return where that is searched.

    Raises:
        TimeoutError: They are not indexed in time.
    """
    uploads = f"{_STORES.rpartition('/')[0]}/files"
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    ids = [
        connections.send(connections.request("POST", uploads, each, kind))["id"]
        for each in _documents()
    ]
    store = f"{_STORES}/{connections.ask('POST', _STORES)['id']}"
    for start in range(0, DOCUMENTS, _BATCH):
        connections.ask("POST", f"{store}/file_batches", file_ids=ids[start : start + _BATCH])
    deadline = time.monotonic() + _PATIENCE
    while connections.ask("GET", store)["file_counts"]["completed"] < DOCUMENTS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{DOCUMENTS:,} files were not indexed in {_PATIENCE:g} s")
        time.sleep(0.2)
    return f"{store}/search"


def _documents() -> Iterator[bytes]:
    """Yield the documents as they are sent."""
    chance = random.Random(13)  # noqa: S311 - the same documents every time
    words = [_word(number) for number in range(_WORDS)]
    # As in any language, the second word is half as common as the first, the third a third.
    weights = list(accumulate(1 / (number + 1) for number in range(_WORDS)))
    for number in range(DOCUMENTS):
        text = " ".join(chance.choices(words, cum_weights=weights, k=_LENGTH))
        yield (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{number}.txt"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n'
            f"--{_BOUNDARY}--\r\n"
        ).encode()
