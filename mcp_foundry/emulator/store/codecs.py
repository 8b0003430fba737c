"""How things are written down as JSON, and made again from it."""

import json
import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from mcp_foundry.emulator.wire.values import Json

T = TypeVar("T")


Stamp = Callable[[Any], object]
"""Tells what can be hashed of an entry, and differs once that has changed."""


def whole(value: Any) -> int:  # noqa: ANN401 - any JSON
    """The stamp that misses no change."""
    try:
        # A fourth of what JSON costs, and it never leaves the process; version 2, for the later
        # ones tell equal values apart by who else refers to them.
        return hash(marshal.dumps(value, 2))
    except ValueError:  # of what is like JSON, as a string of a class of its own
        return hash(json.dumps(value))


def _never(_: object) -> bool:
    return False


@dataclass(frozen=True)
class Codec(Generic[T]):
    """How things of one kind are written down, and made again.

    Attributes:
        write: Shows one as JSON.
        make: Makes one from that.
        split: The fields that can grow long: lists and objects whose entries are written down one
            by one, where their stamp has changed.
        in_use: Whether work goes on that changes it: such a one stays in memory, and is written
            down once more when the work is over.
        resume: Goes on with that work for one that was read from disk.
        forget: Told the key of each that is deleted.
        stays: Whether it stays in memory for a while.
    """

    write: Callable[[T], Json]
    make: Callable[[Json], T]
    split: Mapping[str, Stamp] = field(default_factory=dict[str, Stamp])
    in_use: Callable[[T], bool] = _never
    resume: Callable[[T], object] = _never
    forget: Callable[[str], object] = _never
    stays: bool = True


def as_it_is() -> Codec[Json]:
    """The codec of what is JSON already."""
    return Codec(dict, dict)


def by_fields(
    kind: Callable[..., T],
    split: Mapping[str, Stamp] | None = None,
    passing: tuple[str, ...] = (),
    in_use: Callable[[T], bool] = _never,
) -> Codec[T]:
    """The codec of a dataclass whose fields are JSON.

    Args:
        kind: The dataclass; a field that was not written down gets its default.
        split: See `Codec`.
        passing: The fields that are not written down.
        in_use: See `Codec`.
    """
    names = [each.name for each in fields(kind) if each.name not in passing]  # pyright: ignore[reportArgumentType] - a dataclass

    def write(record: Any) -> Json:  # noqa: ANN401 - whatever dataclass
        return {name: getattr(record, name) for name in names}

    def make(written: Json) -> T:
        return kind(**written)

    return Codec(write, make, split or {}, in_use)
