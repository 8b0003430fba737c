"""Vector stores, of both generations: made, changed, filled, and searched."""

from aiohttp import web

from mcp_foundry.emulator.files.indexing import (
    check_attributes,
    check_file,
    chunking,
    no_assets,
    put_in,
)
from mcp_foundry.emulator.http.calls import Call, Handler, Routes, reply
from mcp_foundry.emulator.store.texts import text_of
from mcp_foundry.emulator.store.vector_stores import VectorStore
from mcp_foundry.emulator.wire.limits import check_kinds, check_metadata, check_range
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now

MOST_RESULTS = 50


def find(call: Call) -> VectorStore:
    """The store that the path names, or a refusal."""
    return call.store.files.vector_store(call.part("store"))


def listed(items: list[Json], query: dict[str, str]) -> web.Response:
    """A page of stores or files, those alone whose status the query's `filter` names."""
    wanted = query.get("filter")
    shown = [each for each in items if not wanted or each["status"] == wanted]
    # The ends are named on an empty page, too: that is what stops the classic SDK's pager.
    return reply({"first_id": None, "last_id": None, **with_ends(page(shown, query))})


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores."""
    _check(call.body)
    no_assets(call.body)
    file_ids = [as_text(each) for each in as_list(call.body.get("file_ids"))]
    for each in file_ids:
        check_file(call.store.files, each)
    how = {"chunking_strategy": chunking(call.body)}
    store = new_store(call, call.body)
    for each in file_ids:
        put_in(call, store, {"file_id": each, **how})
    return reply(store.body())


def new_store(call: Call, request: Json) -> VectorStore:
    """Open a store without files."""
    info: Json = {
        "id": new_id("vs"),
        "object": "vector_store",
        "created_at": now(),
        "name": request.get("name"),
        "expires_after": _end(request),
        "last_active_at": now(),
        "metadata": dict(as_object(request.get("metadata"))),
    }
    store = VectorStore(info)
    call.store.files.open_store(store)
    return store


def _check(request: Json) -> None:
    check_kinds(request, {"name": "a string"})
    check_metadata(request)


def _end(request: Json) -> Json | None:
    given = request.get("expires_after")
    days = as_object(given).get("days")
    if given is not None and not (isinstance(days, int) and days > 0):
        raise invalid("Invalid value for 'expires_after.days'.", param="expires_after")
    return given


async def list_stores(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores."""
    return listed([each.body() for each in call.store.files.vector_stores.values()], call.query)


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}."""
    return reply(find(call).body())


async def update(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}: what is not named stays as it is."""
    store = find(call)
    _check(call.body)
    changes: Json = {"name": call.body["name"]} if call.body.get("name") is not None else {}
    if call.body.get("metadata") is not None:
        changes["metadata"] = call.body["metadata"]
    if "expires_after" in call.body:
        changes["expires_after"] = _end(call.body)
    store.info.update(changes)
    return reply(store.body())


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/vector_stores/{store}."""
    name = find(call).id
    call.store.files.drop_store(name)
    return reply({"id": name, "object": "vector_store.deleted", "deleted": True})


async def search(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}/search."""
    store, query = find(call), call.body.get("query")
    queries = [query] if isinstance(query, str) else [as_text(each) for each in as_list(query)]
    if not queries:
        raise invalid("Missing required parameter: 'query'.", param="query")
    most = call.body.get("max_num_results", 10)
    if not isinstance(most, int) or not 1 <= most <= MOST_RESULTS:
        sentence = f"'max_num_results' must be from 1 to {MOST_RESULTS}."
        raise invalid(sentence, param="max_num_results")
    ranking = as_object(call.body.get("ranking_options"))
    check_range(ranking, "score_threshold", 0, 1)
    least = ranking.get("score_threshold") or 0
    filters = as_object(call.body.get("filters")) or None
    found = call.store.files.find([store.id], " ".join(queries), most, filters)
    data = [
        {
            "file_id": each.file_id,
            "filename": each.filename,
            "score": each.score,
            "attributes": each.attributes,
            "content": [{"type": "text", "text": each.text}],
        }
        for each in found
        if each.score >= least
    ]
    shown: Json = {"object": "vector_store.search_results.page", "search_query": queries}
    return reply({**shown, "data": data, "has_more": False, "next_page": None})


async def add_file(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}/files."""
    return reply(put_in(call, find(call), call.body))


def _file(call: Call) -> Json:
    name = call.part("file")
    if found := find(call).files.get(name):
        return found
    raise Refusal(404, "", f"No file found with id '{name}' in this store.", param="file_id")


async def list_files(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/files."""
    return listed(list(find(call).files.values()), call.query)


async def get_file(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/files/{file}."""
    return reply(_file(call))


async def update_file(call: Call) -> web.StreamResponse:
    """POST /openai/v1/vector_stores/{store}/files/{file}: its attributes, all of them."""
    file = _file(call)
    check_attributes(call.body)
    file["attributes"] = as_object(call.body.get("attributes"))
    return reply(file)


async def file_content(call: Call) -> web.StreamResponse:
    """GET /openai/v1/vector_stores/{store}/files/{file}/content: the text that is searched."""
    found = call.store.files.uploaded(_file(call)["id"])
    text = "" if _file(call)["status"] == "failed" else text_of(found.name, found.data)
    data = [{"type": "text", "text": text}] if text else []
    shown: Json = {"object": "vector_store.file_content.page", "data": data}
    return reply({**shown, "has_more": False, "next_page": None})


async def remove_file(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/vector_stores/{store}/files/{file}."""
    name = _file(call)["id"]
    call.store.files.remove(find(call), name)
    return reply({"id": name, "object": "vector_store.file.deleted", "deleted": True})


_BOTH: dict[str, Handler] = {
    "POST STORES": create,
    "GET STORES": list_stores,
    "GET STORES/{store}": get,
    "POST STORES/{store}": update,
    "DELETE STORES/{store}": delete,
    "POST STORES/{store}/files": add_file,
    "GET STORES/{store}/files": list_files,
    "GET STORES/{store}/files/{file}": get_file,
    "DELETE STORES/{store}/files/{file}": remove_file,
}
_NEW: dict[str, Handler] = {
    "POST STORES/{store}/search": search,
    "POST STORES/{store}/files/{file}": update_file,
    "GET STORES/{store}/files/{file}/content": file_content,
}
NEW, CLASSIC = "/openai/v1/vector_stores", "/vector_stores"
ROUTES: Routes = {
    line.replace("STORES", place): does
    for place, table in ((NEW, {**_BOTH, **_NEW}), (CLASSIC, _BOTH))
    for line, does in table.items()
}
