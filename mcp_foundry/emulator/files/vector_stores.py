"""Vector stores, as far as they were recorded: made, listed, filled; nothing searches them yet."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.files import VectorStore
from mcp_foundry.emulator.wire.limits import check_metadata
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now

STORES = "/openai/v1/vector_stores"
SUPPORTED = (
    ".c, .cpp, .cs, .css, .doc, .docx, .go, .html, .java, .js, .json, .md, .pdf, .php, .pptx, "
    ".py, .rb, .sh, .tex, .ts, .txt"
)
UNSUPPORTED = (
    "Files with extensions [{extension}] are not supported for retrieval. Supported file types "
    "include: [{supported}]."
)


def _find(call: Call) -> VectorStore:
    return call.store.files.vector_store(call.part("store"))


def _shown(store: VectorStore) -> Json:
    counts = dict.fromkeys(("in_progress", "failed", "cancelled"), 0)
    counts |= {"completed": len(store.files), "total": len(store.files)}
    size = sum(each["usage_bytes"] for each in store.files.values())
    return {**store.info, "file_counts": counts, "usage_bytes": size}


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores."""
    check_metadata(call.body)
    info: Json = {
        "id": new_id("vs"),
        "object": "vector_store",
        "created_at": now(),
        "name": call.body.get("name"),
        "status": "completed",
        "expires_after": call.body.get("expires_after"),
        "expires_at": None,
        "last_active_at": now(),
        "metadata": as_object(call.body.get("metadata")),
    }
    store = VectorStore(info)
    for file_id in as_list(call.body.get("file_ids")):
        _add(call, store, as_text(file_id))
    call.store.files.vector_stores[info["id"]] = store
    return reply(_shown(store))


async def list_stores(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores."""
    stores = [_shown(each) for each in call.store.files.vector_stores.values()]
    return reply(with_ends(page(stores, call.query)))


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}."""
    return reply(_shown(_find(call)))


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/vector_stores/{store}."""
    name = _find(call).info["id"]
    del call.store.files.vector_stores[name]
    return reply({"id": name, "object": "vector_store.deleted", "deleted": True})


async def add_file(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}/files."""
    return reply(_add(call, _find(call), as_text(call.body.get("file_id"))))


def _add(call: Call, store: VectorStore, file_id: str) -> Json:
    found = call.store.files.uploaded(file_id)
    extension = f".{found.name.rpartition('.')[2].lower()}"
    if extension not in SUPPORTED.split(", "):
        sentence = UNSUPPORTED.format(extension=extension, supported=SUPPORTED)
        raise Refusal(400, "unsupported_file", sentence, param="file_id")
    chunking = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
    store.files[file_id] = {
        "id": file_id,
        "object": "vector_store.file",
        "usage_bytes": len(found.data),
        "created_at": now(),
        "vector_store_id": store.info["id"],
        "status": "completed",
        "last_error": None,
        "chunking_strategy": {"type": "static", "static": chunking},
        "attributes": {},
    }
    return store.files[file_id]


def _file(call: Call) -> Json:
    name = call.part("file")
    if found := _find(call).files.get(name):
        return found
    raise Refusal(404, "", f"No file found with id '{name}' in this store.", param="file_id")


async def list_files(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/files."""
    return reply(with_ends(page(list(_find(call).files.values()), call.query)))


async def get_file(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/files/{file}."""
    return reply(_file(call))


async def remove_file(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/vector_stores/{store}/files/{file}."""
    name = _file(call)["id"]
    del _find(call).files[name]
    return reply({"id": name, "object": "vector_store.file.deleted", "deleted": True})


ROUTES: Routes = {
    f"POST {STORES}": create,
    f"GET {STORES}": list_stores,
    f"GET {STORES}/{{store}}": get,
    f"DELETE {STORES}/{{store}}": delete,
    f"POST {STORES}/{{store}}/files": add_file,
    f"GET {STORES}/{{store}}/files": list_files,
    f"GET {STORES}/{{store}}/files/{{file}}": get_file,
    f"DELETE {STORES}/{{store}}/files/{{file}}": remove_file,
}
