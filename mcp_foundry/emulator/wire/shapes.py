"""Shapes that several planes share: items of conversations, pages of lists, usage."""

from collections.abc import Iterator
from itertools import islice

from mcp_foundry.emulator.wire.limits import check_kind, check_range, check_value
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id

ORDERS = ("asc", "desc")
LONGEST_NUMBER = 9


def input_items(given: object) -> list[Json]:
    """The input of a request as stored items, whether it came as text or as items."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    return [stored_item(as_object(each)) for each in as_list(given)]


PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "mcp_approval_response": "mcpa",
}


def stored_item(item: Json) -> Json:
    """An item as a conversation keeps it: typed, with an id, its text as parts."""
    kind = as_text(item.get("type")) or "message"
    known = {key: value for key, value in item.items() if key not in {"type", "id", "status"}}
    if kind == "message":
        known["content"] = _parts(item.get("content"), as_text(item.get("role")))
    kept = as_text(item.get("id")) or new_id(PREFIXES.get(kind, "item"))
    return {"type": kind, "id": kept, **known, "status": "completed"}


def _parts(content: object, role: str) -> list[Json]:
    if isinstance(content, str):
        kind = "output_text" if role == "assistant" else "input_text"
        return [{"type": kind, "text": content}]
    return [as_object(each) for each in as_list(content)]


def text_of(item: Json) -> str:
    """The text of a message item."""
    parts = (as_object(part) for part in as_list(item.get("content")))
    return "".join(as_text(part.get("text")) or as_text(part.get("refusal")) for part in parts)


def page(
    items: list[Json],
    query: dict[str, str],
    *,
    newest_first: bool = True,
    key: str = "id",
    most: int = 100,
) -> Json:
    """A page of a list, by `limit`, `order`, `after` and `before`; items come oldest first.

    Raises:
        Violation: The limit is not from 1 to `most`, or the order none.
    """
    newest_first = is_newest_first(query, newest_first=newest_first)
    listed = list(reversed(items)) if newest_first else list(items)
    ids = [as_text(item.get(key)) for item in listed]
    if (after := query.get("after", "")) in ids:
        listed = listed[ids.index(after) + 1 :]
    elif (before := query.get("before", "")) in ids:
        listed = listed[: ids.index(before)]
    return first_page(iter(listed), query, most)


def is_newest_first(query: dict[str, str], *, newest_first: bool = True) -> bool:
    """Whether a list begins with what is newest.

    Raises:
        Violation: The order is none.
    """
    order = query.get("order") or ("desc" if newest_first else "asc")
    check_value(order, ORDERS, "order")
    return order == "desc"


def first_page(listed: Iterator[Json], query: dict[str, str], most: int = 100) -> Json:
    """The first page, by `limit`, of what comes one by one.

    Raises:
        Violation: The limit is not from 1 to `most`.
    """
    limit = _limit(query.get("limit", "20"), most)
    shown = list(islice(listed, limit))
    return {"object": "list", "data": shown, "has_more": next(listed, None) is not None}


def _limit(given: str, most: int) -> int:
    # Documented: from 1 to 100, and for files to 10,000. An endpoint that takes no more than that
    # may as well cut it; none is known to.
    if not (given.isascii() and given.isdecimal()) or len(given) > LONGEST_NUMBER:
        check_kind(given, "an integer", "limit")
    check_range({"limit": int(given)}, "limit", 1, most, kind="an integer")
    return int(given)


def with_ends(listed: Json, key: str = "id") -> Json:
    """A page that names its first and its last entry, where it has any."""
    if listed["data"]:
        listed["first_id"] = listed["data"][0][key]
        listed["last_id"] = listed["data"][-1][key]
    return listed


def usage(input_tokens: int, output_tokens: int) -> Json:
    """What a response cost, in tokens."""
    return {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input_tokens + output_tokens,
    }
