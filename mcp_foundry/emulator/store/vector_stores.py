"""Stores that are searched: what each is, which files it has, and what is found in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, now

SECONDS_A_DAY = 86_400
STATUSES = ("in_progress", "completed", "failed", "cancelled")


@dataclass(frozen=True)
class Found:
    """A piece of a file that was found.

    Attributes:
        file_id: The file.
        filename: What it is called.
        score: How well it fits: 0 to 1.
        text: The piece.
        attributes: Those of the file in its store.
    """

    file_id: str
    filename: str
    score: float
    text: str
    attributes: Json = field(default_factory=dict[str, Any])


@dataclass
class FileBatch:
    """Files that were added together."""

    info: Json
    files: list[Json]
    cancelled: bool = False

    def body(self) -> Json:
        """The batch as the service shows it."""
        counts = _counts(self.files)
        status = "in_progress" if counts["in_progress"] else "completed"
        shown = "cancelled" if self.cancelled else status
        return {**self.info, "status": shown, "file_counts": counts}


@dataclass
class VectorStore:
    """A store that is searched: what it is, and its files and batches by id."""

    info: Json
    files: dict[str, Json] = field(default_factory=dict[str, Json])
    batches: dict[str, FileBatch] = field(default_factory=dict[str, FileBatch])

    @property
    def id(self) -> str:
        """The id."""
        return str(self.info["id"])

    @property
    def expires_at(self) -> int | None:
        """When it expires, in seconds since 1970; it is put off by each use."""
        days = as_object(self.info.get("expires_after")).get("days")
        return int(self.info["last_active_at"] + days * SECONDS_A_DAY) if days else None

    @property
    def expired(self) -> bool:
        """Whether nothing is found in it any more."""
        return self.expires_at is not None and self.expires_at <= now()

    def use(self) -> None:
        """Note that it was used."""
        self.info["last_active_at"] = now()

    def body(self) -> Json:
        """The store as the service shows it."""
        counts = _counts(list(self.files.values()))
        status = "in_progress" if counts["in_progress"] else "completed"
        return {
            **self.info,
            "status": "expired" if self.expired else status,
            "expires_at": self.expires_at,
            "file_counts": counts,
            "usage_bytes": sum(each["usage_bytes"] for each in self.files.values()),
        }


def _counts(files: list[Json]) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    for each in files:
        counts[each["status"]] += 1
    return {**counts, "total": len(files)}


def condition(given: Json) -> Callable[[Json], bool]:
    """Return what tells whether attributes meet a filter.

    Raises:
        Refusal: It is no filter.
    """
    kind = as_text(given.get("type"))
    if kind in {"and", "or"}:
        parts = [condition(as_object(each)) for each in as_list(given.get("filters"))]
        combine = all if kind == "and" else any
        return lambda attributes: combine(part(attributes) for part in parts)
    key, value = as_text(given.get("key")), given.get("value")
    if kind not in COMPARISONS or not key or "value" not in given:
        raise invalid(
            "Invalid filter: expected a comparison or a compound filter.", param="filters"
        )
    if (kind in {"in", "nin"}) != isinstance(value, list):
        raise invalid(f"Invalid filter: '{kind}' does not take that value.", param="filters")
    compare = COMPARISONS[kind]
    return lambda attributes: compare(attributes.get(key), value)


def _same(one: object, other: object) -> bool:
    # `True` is not 1 in JSON.
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _among(one: object, others: object) -> bool:
    return any(_same(one, each) for each in as_list(others))


def _order(one: object, other: object) -> int | None:
    """-1, 0 or 1; None where the two cannot be compared."""
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (one > other) - (one < other)
    return None


# What an attribute that a file does not have is to a filter is not documented: here it differs
# from every value.
COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "eq": _same,
    "ne": lambda one, other: not _same(one, other),
    "gt": lambda one, other: _order(one, other) == 1,
    "gte": lambda one, other: _order(one, other) in {0, 1},
    "lt": lambda one, other: _order(one, other) == -1,
    "lte": lambda one, other: _order(one, other) in {0, -1},
    "in": _among,
    "nin": lambda one, others: not _among(one, others),
}
