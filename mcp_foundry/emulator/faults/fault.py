"""What can go wrong on request: one dataclass, and the list of what is still to come."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

ENDS = ("failed", "incomplete", "expired", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong with the next request that matches; all fields combine."""

    on: str = "run"
    """Which requests: `run` (starts a run or response), `resume` (tool outputs or approvals),
    `get` (reads a response, run or messages as it is now), `resume_stream` (streams a response
    again, with `?stream=true`; no longer a `get` too, so that either can fail alone), `list`
    (lists responses), `cancel`, `any`, or a part of "METHOD path"."""
    times: int = 1
    """For how many requests, one after the other."""

    status: int = 0
    """The HTTP status of a refusal; nothing is started unless `after_start`."""
    code: str = ""
    """The error's code, of a refusal, an `error_event` or an `end`."""
    message: str = ""
    """The error's sentence, likewise."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Further headers of the refusal."""
    body: str | bytes | Json | None = None
    """The refusal's body as it is (HTML, empty, anything) instead of the service's envelope."""
    retry_after: float | str | None = None
    """The Retry-After header: seconds, or an HTTP date."""
    delay: float = 0.0
    """Seconds before anything is done with the request."""
    hang: bool = False
    """Accept the request and never answer."""
    disconnect: bool = False
    """Close the connection before any byte of a reply."""
    empty: bool = False
    """Answer 200 and a stream of events, and close the connection before the first of them."""
    after_start: bool = False
    """With `status`, `hang`, `disconnect` or `empty`: the run was started, and goes on at the
    service."""

    drop_after_bytes: int | None = None
    """Close the connection after so many bytes of the stream; a run in the background, and every
    classic one, goes on at the service."""
    drop_after_events: int | None = None
    """Likewise after so many events."""
    drop_before_event: str = ""
    """Likewise before the first event of that name."""
    drop_in_event: int = 0
    """Likewise in the middle of that event, counted from 1."""
    drop_in_utf8: bool = False
    """Likewise inside the first character of several bytes."""
    broken_chunk: bool = False
    """Where a drop closes the connection, write first what is no chunk of HTTP."""
    chunk: int = 0
    """Write the stream in pieces of so many bytes."""
    crlf: bool = False
    """End lines with CRLF."""
    comments: bool = False
    """Put a `: keep-alive` comment before each event."""
    gzip: bool = False
    """Compress the stream, event by event."""
    content_type: str = ""
    """The Content-Type of the stream, instead of the usual one."""
    big_event: int = 0
    """Let the run call a tool whose output has so many bytes, in one event."""
    malformed: bool = False
    """Send one event whose data is not JSON before the first event of text."""
    error_event: bool = False
    """Send an `error` event after the first event of text, and end the stream there."""
    restart: bool = False
    """Let the service lose the run after the third event of text and recover it: a second
    `response.in_progress` shows it without output, and the message is streamed from its beginning
    again. Only responses know this."""
    end: str = ""
    """End the run as `failed`, `incomplete`, `expired` or `cancelled` once it has spoken."""
    reason: str = ""
    """The reason of `end="incomplete"`."""
    silence: int | None = None
    """After so many events send nothing more, and keep the connection open."""
    silence_comments: float = 0.0
    """While silent, a keep-alive comment every so many seconds; alone: silent from the start."""
    slow: float = 0.0
    """Seconds before each event."""

    def __post_init__(self) -> None:
        if self.end and self.end not in ENDS:
            raise ValueError(f"end={self.end!r} is none of {', '.join(ENDS)}")
        if self.broken_chunk and not self._drops:
            raise ValueError("broken_chunk says how a stream breaks: say where with a word drop_…")

    @property
    def _drops(self) -> bool:
        where = (self.drop_before_event, self.drop_in_event, self.drop_in_utf8)
        counted = (self.drop_after_bytes, self.drop_after_events)
        return any(where) or any(each is not None for each in counted)

    @property
    def refuses(self) -> bool:
        """Whether the request gets no reply of its own."""
        return bool(self.status) or self.hang or self.disconnect or self.empty


NO_FAULT = Fault()
REPLIES = {
    "function_call_output",
    "custom_tool_call_output",
    "local_shell_call_output",
    "computer_call_output",
    "mcp_approval_response",
}
_WORDS = {each.name for each in fields(Fault)}


def fault_from(words: dict[str, Any]) -> Fault:
    """A fault from its words.

    Raises:
        TypeError: A word is unknown; the message lists those that are known.
        ValueError: `end` is not an end, or a word lacks the one that it depends on.
    """
    unknown = sorted(set(words) - _WORDS)
    if unknown:
        known = ", ".join(sorted(_WORDS))
        raise TypeError(f"unknown words in a fault: {', '.join(unknown)}; known are {known}")
    return Fault(**words)


@dataclass
class RandomFaults:
    """Faults drawn by chance, for soaks; the same seed draws the same ones."""

    probability: float
    choices: Sequence[Fault]
    on: str = "run"
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    def draw(self) -> Fault | None:
        """A fault, or none, as chance has it."""
        if self._random.random() >= self.probability:
            return None
        return self._random.choice(self.choices)


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._random: RandomFaults | None = None

    def add(self, fault: Fault) -> None:
        """Let this happen to the next request that matches."""
        self._waiting.append(fault)

    def draw_from(self, faults: RandomFaults) -> None:
        """Let chance decide from now on."""
        self._random = faults

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._waiting.clear()
        self._random = None

    def take(self, kinds: set[str], line: str) -> Fault:
        """The fault for a request, used up once.

        Args:
            kinds: What the request is, in the words of `Fault.on`.
            line: "METHOD path" of the request.
        """
        for position, fault in enumerate(self._waiting):
            if matches(fault.on, kinds, line):
                if fault.times > 1:
                    self._waiting[position] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[position]
                return fault
        if self._random and matches(self._random.on, kinds, line):
            return self._random.draw() or NO_FAULT
        return NO_FAULT


def matches(on: str, kinds: set[str], line: str) -> bool:
    """Whether `on` selects a request."""
    return on == "any" or on in kinds or (on not in _KINDS and on in line)


_KINDS = {"run", "resume", "get", "resume_stream", "list", "cancel", "any"}


def kinds_of(method: str, path: str, body: object, query: dict[str, str]) -> set[str]:
    """What a request is, in the words of `Fault.on`; the path is below the project."""
    kinds: set[str] = set()
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if method == "POST" and last == "submit_tool_outputs":
        kinds.add("resume")
    elif method == "POST" and last == "cancel":
        kinds.add("cancel")
    elif method == "POST" and starts_run(path):
        kinds.add("run")
        if _carries_replies(body):
            kinds.add("resume")
    elif method == "GET" and ("/responses/" in path or path.startswith("/threads/")):
        kinds.add("resume_stream" if query.get("stream") == "true" else "get")
    elif method == "GET" and path.endswith("/responses"):
        kinds.add("list")
    return kinds


def starts_run(path: str) -> bool:
    """Whether a POST to this path, below the project, asks for a run or a response."""
    if path.endswith(("/openai/v1/responses", "/protocols/openai/responses")):
        return True
    return path.startswith("/threads/") and path.endswith("/runs")


def _carries_replies(body: object) -> bool:
    given = as_list(as_object(body).get("input"))
    return any(as_text(as_object(item).get("type")) in REPLIES for item in given)
