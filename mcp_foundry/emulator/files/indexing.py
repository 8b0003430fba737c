"""Files on their way into a store: checked, then read and indexed on the side."""

import asyncio

from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.store.files import Files, StoredFile
from mcp_foundry.emulator.store.texts import LONGEST, TooLong, split, text_of
from mcp_foundry.emulator.store.vector_stores import VectorStore
from mcp_foundry.emulator.wire.limits import check_metadata
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json, as_object, as_text, now

SUPPORTED = (
    ".c, .cpp, .cs, .css, .doc, .docx, .go, .html, .java, .js, .json, .md, .pdf, .php, .pptx, "
    ".py, .rb, .sh, .tex, .ts, .txt"
)
UNSUPPORTED = (
    "Files with extensions [{extension}] are not supported for retrieval. Supported file types "
    "include: [{supported}]."
)
ASSETS = (
    "The mcp-foundry emulator cannot read Azure assets: upload the file, and name its file_id "
    "instead of a data source."
)
STANDARD = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
SMALLEST, LARGEST = 100, 4096
# A smaller file is read where it is; a larger one in a thread, beside everything else.
SMALL = 256 * 1024
# So many pieces are indexed before others have their turn: about a millisecond.
TOGETHER = 20


def chunking(request: Json) -> Json:
    """Return how the files of a request are cut up.

    Raises:
        Refusal: They cannot be cut up like that.
    """
    asked = as_object(request.get("chunking_strategy"))
    if asked.get("type", "auto") == "auto":
        return {"type": "static", "static": dict(STANDARD)}
    static = as_object(asked.get("static"))
    size, overlap = (static.get(name) for name in STANDARD)
    if not (isinstance(size, int) and isinstance(overlap, int)):
        size = overlap = -1
    if not (SMALLEST <= size <= LARGEST and 0 <= overlap <= size // 2):
        raise invalid("Invalid value for 'chunking_strategy'.", param="chunking_strategy")
    return {"type": "static", "static": {name: static[name] for name in STANDARD}}


def check_attributes(request: Json) -> None:
    """Refuse attributes that no file of a store can have; they may be numbers and booleans, too.

    Raises:
        Refusal: There are too many, or one is too long.
    """
    check_metadata(request, "attributes", further=("a boolean", "an integer", "a decimal"))


def no_assets(request: Json) -> None:
    """Refuse files that are not uploads: those are in places that only Azure reaches.

    Raises:
        Refusal: There are some.
    """
    configuration = as_object(request.get("configuration"))
    if any([request.get("data_source"), request.get("data_sources"), configuration]):
        raise Refusal(501, "not_implemented", ASSETS, kind="error")


def check_file(files: Files, file_id: str) -> StoredFile:
    """Return an upload that may be in a store, or refuse."""
    found = files.uploaded(file_id)
    extension = f".{found.name.rpartition('.')[2].lower()}"
    if extension not in SUPPORTED.split(", "):
        sentence = UNSUPPORTED.format(extension=extension, supported=SUPPORTED)
        raise Refusal(400, "unsupported_file", sentence, param="file_id")
    return found


def put_in(call: Call, store: VectorStore, request: Json) -> Json:
    """Add a file to a store, and begin to index it.

    Args:
        call: The call.
        store: The store.
        request: The file's id, and perhaps its attributes and how it is cut up.

    Raises:
        Refusal: It cannot be there.
    """
    no_assets(request)
    check_attributes(request)
    files, file_id = call.store.files, as_text(request.get("file_id"))
    found = check_file(files, file_id)
    entry: Json = {
        "id": file_id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": now(),
        "vector_store_id": store.id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": chunking(request),
        "attributes": dict(as_object(request.get("attributes"))),
    }
    if file_id in store.files:
        files.remove(store, file_id)
    store.files[file_id] = entry
    store.use()
    call.engine.spawn(_index(files, store, entry, found))
    return entry


async def _index(files: Files, store: VectorStore, entry: Json, found: StoredFile) -> None:
    async with files.indexing:
        try:
            await _index_pieces(files, store, entry, found)
        except TooLong:
            sentence = f"The file has more than {LONGEST:,} characters, which is too many."
            _fail(store, entry, "invalid_file", f"token_limit_exceeded: {sentence}")
        except Exception as error:  # noqa: BLE001 - whoever polls it would wait for ever
            _fail(store, entry, "server_error", f"The emulator cannot index this file: {error!r}")
        if _wanted(store, entry):
            entry.update(status="completed", usage_bytes=found.info["bytes"])


def _fail(store: VectorStore, entry: Json, code: str, message: str) -> None:
    if _wanted(store, entry):
        entry.update(status="failed", last_error={"code": code, "message": message})


async def _index_pieces(files: Files, store: VectorStore, entry: Json, found: StoredFile) -> None:
    if not _wanted(store, entry):
        return
    small = found.info["bytes"] <= SMALL
    pieces = _pieces(found, entry) if small else await asyncio.to_thread(_pieces, found, entry)
    for at in range(0, len(pieces), TOGETHER):
        if not _wanted(store, entry):
            return
        files.index.add(store.id, entry["id"], found.name, pieces[at : at + TOGETHER])
        await asyncio.sleep(0)


def _wanted(store: VectorStore, entry: Json) -> bool:
    """Whether the file was not taken out, nor its batch cancelled."""
    return store.files.get(entry["id"]) is entry and entry["status"] == "in_progress"


def _pieces(found: StoredFile, entry: Json) -> list[str]:
    static = entry["chunking_strategy"]["static"]
    size, overlap = (static[name] for name in STANDARD)
    # A file without a text that can be read here still has a name.
    return list(split(text_of(found.name, found.data), size, overlap)) or [""]
