"""What the service is like as a whole, where services differ: one dataclass of words."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

LOCKS = ("busy", "locked", "empty")
_LISTS = ("refused_fields", "refuses_by_schema")


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How the project behaves until it is told otherwise; without a word, as it should.

    All of it concerns the current generation alone, but for `lacks_role`.
    """

    resume_seconds: float = 300.0
    """How long after its creation a background response can be streamed again."""
    lists_responses: bool = True
    """Whether responses can be listed at all."""
    lists_running: bool = True
    """Whether the list shows responses that have not ended."""
    get_breaks: bool = False
    """Reading a response by its id fails with 500; listing and streaming work."""
    hosted_only_at_endpoint: bool = False
    """What a hosted agent answered is found at the agent's own endpoint only."""

    lacks_role: bool = False
    """The caller's token is good, and yet may not start or create anything."""
    refused_fields: tuple[str, ...] = ()
    """Fields of a request that are refused where an agent is asked, named in `param` alone;
    beside those that always are."""
    refuses_by_schema: tuple[str, ...] = ()
    """The same, refused as a violation of the schema and named in `details` alone."""
    ignores_background: bool = False
    """Takes `background: true`, and runs in the foreground."""
    drops_metadata: bool = False
    """Takes `metadata`, and forgets it."""

    locks: Literal["busy", "locked", "empty"] = "busy"
    """What a second turn gets on a conversation with one under way: `busy` a 400, `locked` a 409,
    `empty` a stream without a single event that breaks off (the 409 where nothing is streamed)."""
    forbids_forks: bool = False
    """A response can be followed by one other response only."""
    forgets_calls_of_background: bool = False
    """A function call of a background response can not be answered by `previous_response_id`."""

    def __post_init__(self) -> None:
        if self.locks not in LOCKS:
            raise ValueError(f"locks={self.locks!r} is none of {', '.join(LOCKS)}")


_WORDS = {each.name for each in fields(Behaviour)}


def changed(behaviour: Behaviour, words: dict[str, Any]) -> Behaviour:
    """The behaviour with some of its words replaced; lists may come as JSON has them.

    Raises:
        TypeError: A word is unknown; the message lists those that are known.
        ValueError: `locks` is no way to lock.
    """
    unknown = sorted(set(words) - _WORDS)
    if unknown:
        known = ", ".join(sorted(_WORDS))
        raise TypeError(f"unknown words in a behaviour: {', '.join(unknown)}; known are {known}")
    return replace(
        behaviour,
        **{name: tuple(value) if name in _LISTS else value for name, value in words.items()},
    )
