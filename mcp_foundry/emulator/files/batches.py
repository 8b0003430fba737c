"""Batches of files of vector stores, of both generations."""

from aiohttp import web

from mcp_foundry.emulator.files.indexing import (
    check_attributes,
    check_file,
    chunking,
    no_assets,
    put_in,
)
from mcp_foundry.emulator.files.vector_stores import CLASSIC, NEW, find, listed
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.vector_stores import FileBatch
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}/file_batches."""
    no_assets(call.body)
    store = find(call)
    shared = {name: call.body.get(name) for name in ("attributes", "chunking_strategy")}
    files = [{**shared, **as_object(each)} for each in as_list(call.body.get("files"))]
    files += [{**shared, "file_id": each} for each in as_list(call.body.get("file_ids"))]
    # Whether one that is named twice counts twice is not known.
    files = [*{as_text(each.get("file_id")): each for each in files}.values()]
    if not files:
        raise invalid("Missing required parameter: 'file_ids'.", param="file_ids")
    # Whether the service takes a batch with a file that it cannot index is not known: here the
    # batch is refused as a single file is, before any other is added.
    for each in files:
        check_file(call.store.files, as_text(each.get("file_id")))
        chunking(each)
        check_attributes(each)
    info: Json = {"id": new_id("vsfb"), "object": "vector_store.file_batch", "created_at": now()}
    info["vector_store_id"] = store.id
    batch = FileBatch(info, [put_in(call, store, each) for each in files])
    store.batches[info["id"]] = batch
    return reply(batch.body())


def _find(call: Call) -> FileBatch:
    name = call.part("batch")
    if found := find(call).batches.get(name):
        return found
    raise Refusal(404, "", f"No file batch found with id '{name}'.", param="batch_id")


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/file_batches/{batch}."""
    return reply(_find(call).body())


async def cancel(call: Call) -> web.StreamResponse:
    """POST …/file_batches/{batch}/cancel: what is indexed by then stays."""
    batch = _find(call)
    pending = [each for each in batch.files if each["status"] == "in_progress"]
    for each in pending:
        each["status"] = "cancelled"
        call.store.files.index.remove(find(call).id, each["id"])
    batch.cancelled = batch.cancelled or bool(pending)
    return reply(batch.body())


async def list_files(call: Call) -> web.StreamResponse:
    """GET …/file_batches/{batch}/files."""
    return listed(_find(call).files, call.query)


ROUTES: Routes = {
    f"{line.replace('BATCHES', f'{place}/{{store}}/file_batches')}": does
    for place in (NEW, CLASSIC)
    for line, does in {
        "POST BATCHES": create,
        "GET BATCHES/{batch}": get,
        "POST BATCHES/{batch}/cancel": cancel,
        "GET BATCHES/{batch}/files": list_files,
    }.items()
}
