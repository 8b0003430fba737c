"""Every fault that a network and a service can make, and what a caller then gets.

A row's words are those of `mcp_foundry.emulator.faults.fault.Fault`. `test_fault_matrix.py` runs
each row for both generations of agents and for each tool that asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal["answer", "incomplete", "error"]
PERHAPS = "so a run may have been started; it was not started again"


@dataclass(frozen=True)
class Row:
    """One fault, and its result.

    Attributes:
        name: For the test's id.
        faults: What goes wrong, one after the other.
        outcome: `answer`: the same text as unbroken; `incomplete`: that text, cut short by the
            service; `error`: a failure with `code`.
        code: The stable code of the error.
        says: What the error's text contains.
        never_says: What it does not.
        created: Run-creating requests that the service received.
        taken: Runs that it started.
        classic: Fields that differ for the classic generation.
    """

    name: str
    faults: tuple[dict[str, Any], ...]
    outcome: Outcome = "answer"
    code: str = ""
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    created: int = 1
    taken: int = 1
    classic: dict[str, Any] = field(default_factory=dict[str, Any])


def answered(name: str, *faults: dict[str, Any], created: int = 1, **more: Any) -> Row:  # noqa: ANN401 - further fields of `Row`
    """A fault that the caller never notices."""
    return Row(name, faults, created=created, **more)


def refused(name: str, fault: dict[str, Any], code: str, *says: str, **more: Any) -> Row:  # noqa: ANN401 - further fields of `Row`
    """A refusal that is passed on: nothing was started."""
    more = {"taken": 0, "never_says": ("may have been started",)} | more
    return Row(name, (fault,), "error", code, says, **more)


def unclear(name: str, fault: dict[str, Any], code: str, *says: str, **more: Any) -> Row:  # noqa: ANN401 - further fields of `Row`
    """A failure after which nobody knows whether a run was started."""
    return Row(name, (fault,), "error", code, (PERHAPS, *says), **more)


FILTERED: dict[str, Any] = {
    "error": {
        "code": "content_filter",
        "message": "The prompt was filtered.",
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True}, "hate": {"filtered": False}},
        },
    }
}
HTML = "<html><head><style>b{}</style></head><body><h1>Bad gateway</h1></body></html>"
FIRST_ID = {"drop_after_events": 1}

REFUSALS = (
    answered("429 with a time", {"status": 429, "retry_after": 0.2}, created=2),
    answered("429 with a date", {"status": 429, "retry_after": "soon"}, created=2),
    answered("429 without a time", {"status": 429}, created=2),
    answered(
        "429 in milliseconds", {"status": 429, "headers": {"retry-after-ms": "200"}}, created=2
    ),
    answered("429 with no time at all", {"status": 429, "retry_after": 0}, created=2),
    answered("429 twice", *({"status": 429, "retry_after": 0.1},) * 2, created=3),
    refused("429 for an hour", {"status": 429, "retry_after": 3600}, "rate_limited", "3600 s"),
    answered("503 with a time", {"status": 503, "retry_after": 0.2}, created=2),
    refused(
        "503 for an hour", {"status": 503, "retry_after": 3600}, "service_unavailable", "3600 s"
    ),
    unclear("503 without a time", {"status": 503}, "service_unavailable", "HTTP 503", taken=0),
    unclear("500", {"status": 500}, "service_unavailable", "Request id", taken=0),
    unclear(
        "502 in HTML", {"status": 502, "body": HTML}, "service_unavailable", "Bad gateway", taken=0
    ),
    unclear("504 without a word", {"status": 504, "body": ""}, "service_unavailable", taken=0),
    answered("504 with the run started", {"status": 504, "after_start": True}),
    refused("400", {"status": 400, "message": "Bad."}, "invalid_request", "HTTP 400: Bad."),
    refused("400 in HTML", {"status": 400, "body": HTML}, "invalid_request", "Bad gateway"),
    refused("400 without a word", {"status": 400, "body": ""}, "invalid_request", "HTTP 400"),
    refused("400 in no encoding", {"status": 400, "body": b"\xff\x00"}, "invalid_request"),
    refused("filtered", {"status": 400, "body": FILTERED}, "content_filtered", "violence"),
    refused("401", {"status": 401}, "unauthenticated", "az login"),
    refused("403", {"status": 403}, "forbidden", "Azure AI User"),
    refused(
        "404", {"status": 404, "message": "Agent 'x' not found"}, "agent_not_found", "list_agents"
    ),
    refused(
        "409",
        {"status": 409, "message": "The thread is locked."},
        "conversation_busy",
        "wait for its answer",
    ),
    refused("413", {"status": 413}, "invalid_request", "Shorten the message"),
    answered("late", {"delay": 0.2}),
    unclear("hang", {"hang": True}, "timeout", "nothing for 1 s", taken=0),
    answered("hang with the run started", {"hang": True, "after_start": True}),
    unclear("disconnect", {"disconnect": True}, "connection_failed", taken=0),
    answered("disconnect with the run started", {"disconnect": True, "after_start": True}),
)

STREAMS = (
    answered("drop before the first byte", {"drop_after_bytes": 0}),
    answered("drop after the first byte", {"drop_after_bytes": 1}),
    answered("drop in the first event", {"drop_in_event": 1}),
    answered("drop after the first event", {"drop_after_events": 1}),
    answered("drop after four events", {"drop_after_events": 4}),
    answered("drop in an event", {"drop_in_event": 9}),
    answered("drop in a character", {"drop_in_utf8": True}),
    answered(
        "drop before the end",
        {"drop_before_event": "response.completed"},
        classic={"faults": ({"drop_before_event": "thread.run.completed"},)},
    ),
    answered("byte by byte", {"chunk": 1}),
    answered("CRLF", {"crlf": True}),
    answered("comments", {"comments": True}),
    answered("CRLF and comments in pieces", {"chunk": 7, "crlf": True, "comments": True}),
    answered("one event of 8 MB", {"big_event": 8_000_000}),
    answered("malformed JSON", {"malformed": True}),
    answered("an error event", {"error_event": True}),
    answered("slow", {"slow": 0.02}),
    answered("silence from the start", {"silence": 0}),
    answered("silence after the first event", {"silence": 1}),
    answered("silence after five events", {"silence": 5}),
    Row(
        "failed",
        ({"end": "failed", "code": "server_error", "message": "It broke."},),
        "error",
        "run_failed",
        ("server_error", "It broke"),
    ),
    Row(
        "failed for its rate",
        ({"end": "failed", "code": "rate_limit_exceeded", "message": "Too much."},),
        "error",
        "run_failed",
        ("quota",),
    ),
    Row(
        "failed for its content",
        ({"end": "failed", "code": "content_filter", "message": "Filtered."},),
        "error",
        "content_filtered",
        ("in other words",),
    ),
    Row("incomplete", ({"end": "incomplete", "reason": "content_filter"},), "incomplete"),
    Row("expired", ({"end": "expired"},), "error", "run_failed", ("expired",)),
    Row("cancelled", ({"end": "cancelled"},), "error", "run_failed", ("cancelled",)),
)

COMBINED = (
    answered(
        "429, then a drop",
        {"status": 429, "retry_after": 0.1},
        {"drop_after_events": 5},
        created=2,
    ),
    answered("a drop, then 500", {"drop_after_events": 5}, {"on": "get", "status": 500}),
    answered("a drop, then 429", FIRST_ID, {"on": "get", "status": 429, "retry_after": 0.1}),
    answered("a drop, then HTML", FIRST_ID, {"on": "get", "status": 502, "body": HTML}),
    answered("a drop, then another", FIRST_ID, {"on": "get", "disconnect": True}),
    Row(
        "a drop, then 403",
        (FIRST_ID, *({"on": kind, "status": 403} for kind in ("resume_stream", "get"))),
        "error",
        "forbidden",
        ("get_answer",),
        classic={"says": (PERHAPS,), "code": "connection_failed"},
    ),
)

ROWS: tuple[Row, ...] = (*REFUSALS, *STREAMS, *COMBINED)
