"""What the service is like as a whole, where services differ: one dataclass of words."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

LOCKS = ("busy", "locked", "empty")
ISOLATION = ("endpoints", "everywhere", "hosted")
COLD = ("waits", "refuses")
_LISTS = ("refused_fields", "refuses_by_schema")


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How the project behaves until it is told otherwise; without a word, as it should.

    All of it concerns the current generation alone, but for `lacks_role`, `consumer_only` and
    `unversioned`.
    """

    resume_seconds: float = 300.0
    """How long after its creation a background response can be streamed again."""
    lists_responses: bool = True
    """Whether responses can be listed at all."""
    lists_running: bool = True
    """Whether the list shows responses that have not ended."""
    get_breaks: bool = False
    """Reading a response by its id fails with 500; listing and streaming work."""
    hosted_at_project: bool = False
    """Hosted agents are asked and read at the project's route, too."""
    cold_start: float = 0.0
    """Seconds that a new session of a hosted agent takes before it is ready."""
    cold: Literal["waits", "refuses"] = "waits"
    """What a question gets in a session that is not ready: `waits` its reply, once it is;
    `refuses` a 424 at once."""

    isolation: Literal["endpoints", "everywhere", "hosted"] = "endpoints"
    """Where users do not meet each other's responses and conversations: at agents' own
    `endpoints`, `everywhere`, so at the project's routes, too, or only with `hosted` agents."""

    unversioned: bool = False
    """Requests need not name a version of the API in their query."""
    lacks_role: bool = False
    """The caller's token is good, and yet may not start or create anything."""
    consumer_only: bool = False
    """The caller has the role *Foundry Agent Consumer* alone, as the token `consumer` always has:
    nothing but asking agents at their own endpoints is allowed."""
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
        if self.isolation not in ISOLATION:
            raise ValueError(f"isolation={self.isolation!r} is none of {', '.join(ISOLATION)}")
        if self.cold not in COLD:
            raise ValueError(f"cold={self.cold!r} is none of {', '.join(COLD)}")


_WORDS = {each.name for each in fields(Behaviour)}


def changed(behaviour: Behaviour, words: dict[str, Any]) -> Behaviour:
    """The behaviour with some of its words replaced; lists may come as JSON has them.

    Raises:
        TypeError: A word is unknown; the message lists those that are known.
        ValueError: `locks` is no way to lock, `isolation` none to keep apart, `cold` none to start.
    """
    unknown = sorted(set(words) - _WORDS)
    if unknown:
        known = ", ".join(sorted(_WORDS))
        raise TypeError(f"unknown words in a behaviour: {', '.join(unknown)}; known are {known}")
    return replace(
        behaviour,
        **{name: tuple(value) if name in _LISTS else value for name, value in words.items()},
    )
