"""Every refusal of the service in words of ours: a stable code and what to do."""

from __future__ import annotations

from email.utils import formatdate
from json import dumps
from time import time
from typing import Any, get_args

import pytest

from mcp_foundry.contract.errors import ERROR_CODES, ErrorCode
from mcp_foundry.service.refusals import (
    refused,
    retry_after,
    run_failed,
    stream_failed,
)


def enveloped(message: str, **further: Any) -> str:  # noqa: ANN401 - fields of the envelope
    return dumps({"error": {"message": message, **further}})


LACKING = (
    "The principal `p` lacks the required data action `Microsoft.CognitiveServices/accounts/"
    "AIServices/agents/write` to perform `POST /api/projects/{projectName}/openai/*` operation."
)
FORKED = "This agent does not support conversation forking. Use the latest response."
NOT_THERE = "The API deployment for this resource does not exist."
BUSY = "Cannot create a new response while an in-progress response exists for agent a."
LOST = "Previous response with id 'resp_1' not found."
FILTER: dict[str, Any] = {
    "code": "ResponsibleAIPolicyViolation",
    "content_filter_result": {"hate": {"filtered": True}, "violence": {"filtered": False}},
}
REFUSALS: list[tuple[int, str, str, str]] = [
    (401, enveloped("Token expired"), "unauthenticated", "az login"),
    (403, enveloped("No access"), "forbidden", "`Foundry User` (formerly `Azure AI User`)"),
    (401, enveloped(LACKING), "forbidden", "Foundry User"),
    (401, enveloped("No.", code="PermissionDenied"), "forbidden", "Foundry User"),
    (404, enveloped("Agent 'x' not found", code="not_found"), "agent_not_found", "list_agents"),
    (404, enveloped("AgentVersion 'x:9' not found", code="agent_version_not_found"),
     "agent_not_found", "list_agents"),
    (404, enveloped("No assistant found with id 'asst_x'."), "agent_not_found", "list_agents"),
    (400, enveloped(LOST, code="previous_response_not_found"), "conversation_not_found",
     "conversation_id empty"),
    (404, enveloped("Conversation 'conv_x' not found"), "conversation_not_found", "earlier"),
    (404, enveloped("No thread found with id 'thread_x'."), "conversation_not_found", "earlier"),
    (404, enveloped("Item not found", param="conversation"), "conversation_not_found", "earlier"),
    (404, enveloped(NOT_THERE, code="DeploymentNotFound"), "invalid_request", "list_deployments"),
    (404, enveloped("MemoryStore 'm' not found"), "invalid_request", "FOUNDRY_MEMORY_STORE"),
    (404, enveloped("Resource not found"), "invalid_request", "FOUNDRY_PROJECT_ENDPOINT"),
    (400, enveloped("Thread t already has an active run r."), "conversation_busy", "replies"),
    (400, enveloped(BUSY), "conversation_busy", "wait for its answer"),
    (409, enveloped("The conversation is locked."), "conversation_busy", "wait for its answer"),
    (409, enveloped("Agent 'a' already exists"), "invalid_request", "already exists"),
    (400, enveloped("Filtered", code="content_filter", innererror=FILTER), "content_filtered",
     "Filtered for: hate."),
    (400, enveloped("Filtered", innererror=FILTER), "content_filtered", "in other words"),
    (400, enveloped("Filtered", code="content_filter", innererror="?"), "content_filtered", "."),
    (413, "", "invalid_request", "Shorten the message"),
    (400, enveloped("1.5 M", code="content_size_exceeded"), "invalid_request", "Shorten the"),
    (400, enveloped("Too many", code="token_limit_exceeded"), "invalid_request", "Shorten the"),
    (409, enveloped(FORKED, code="conversation_fork_not_supported"), "invalid_request",
     "conversation_id of this conversation's latest answer"),
    (409, enveloped("Conversation is locked — task is in_progress", code="conversation_locked"),
     "conversation_busy", "wait for its answer"),
    (400, enveloped("Malformed identifier.", param="responseId{x}"), "conversation_not_found",
     "(responseId{x})"),
    (400, enveloped("No tool call found for function call output with call_id call_1."),
     "invalid_request", "could not be attached"),
    (400, enveloped("No tool output found for function call call_Ab1."), "invalid_request",
     "replies=[{id: call_Ab1, output: its result}]"),
    (400, enveloped("Not allowed when agent is specified.", param="tools"), "invalid_request",
     "Not allowed when agent is specified (tools)."),
    (429, enveloped("Please retry after 12 seconds."), "rate_limited", "asks to wait 12 s"),
    (408, "", "service_unavailable", "try again later"),
    (429, enveloped("Too fast"), "rate_limited", "in a minute"),
    (500, enveloped("Oops"), "service_unavailable", "Request id for Azure support: req-1."),
    (502, "<html><script>x()</script><h1>Bad</h1> gateway</html>", "service_unavailable",
     "Bad gateway"),
    (400, "", "invalid_request", "HTTP 400"),
    (400, "[1, 2]", "invalid_request", "[1, 2]"),
    (400, '{"error": "plain"}', "invalid_request", "plain"),
    (400, '{"message": "bare"}', "invalid_request", "bare"),
    (400, '{"error": null}', "invalid_request", "HTTP 400"),
    (400, f'{{"error": {"9" * 5000}}}', "invalid_request", "HTTP 400"),
    (400, "[" * 5000, "invalid_request", "HTTP 400"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "code", "says"), REFUSALS)
def test_a_refusal_has_its_code_and_its_remedy(
    status: int, body: str, code: str, says: str
) -> None:
    error = refused(status, {"X-Request-Id": "req-1"}, body, "agent 'helper'")
    assert (error.code, error.status, error.request_id) == (code, status, "req-1")
    assert error.message.startswith("agent 'helper': ")
    assert says in error.message


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (enveloped("No.", param="background"), "background"),
        (enveloped("No.", param="$.input"), "input"),
        (enveloped("No.", param="/", details=[{"param": "/input/0"}, {"param": "/tools"}]),
         "input/0, tools"),
        (enveloped("No.", param=None, details="none"), ""),
        (enveloped("No.", param=7), ""),
    ],
)  # fmt: skip
def test_the_field_that_is_blamed_is_carried_and_told(body: str, param: str) -> None:
    error = refused(400, {}, body, "agent 'helper'")
    assert error.param == param
    assert param in error.message


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Rate limit reached. Please retry after 12 seconds.", 12),
        ("Try again in 1.5s.", 1.5),
        ("Retry after 500 milliseconds.", 0.5),
        ("Please try again in 2 minutes.", 120),
        ("Too Many Requests", None),
        ("Limit of 40 seconds of audio", None),
    ],
)
def test_a_time_to_wait_may_be_in_the_text_alone(said: str, seconds: float | None) -> None:
    assert refused(429, {}, enveloped(said), "agent 'helper'").retry_after == seconds
    headed = refused(429, {"Retry-After": "3"}, enveloped(said), "agent 'helper'")
    assert headed.retry_after == 3


def test_nothing_is_said_twice_in_a_sentence() -> None:
    error = refused(404, {}, enveloped("Agent 'x' not found"), "agent 'x'")
    assert error.message == (
        "agent 'x' not found. Call list_agents to see the agents and versions there are."
    )


def test_a_failed_run_is_told_with_its_id() -> None:
    error = run_failed("agent 'a'", {"code": "server_error", "message": "Oops"}, "", "resp_1")
    assert error.message.endswith("look at run resp_1 in the portal.")


def test_a_role_that_the_agent_s_own_identity_lacks_is_told_as_that() -> None:
    event = dumps({"code": "server_error", "message": f"(PermissionDenied) {LACKING}"})
    error = stream_failed("agent 'a'", event.encode())
    assert error.code == "run_failed"
    assert "hosted agent's own identity that lacks a role" in error.message


@pytest.mark.parametrize("data", [b"", b"\xff", b"half {", b"[]", b'{"error": "plain"}'])
def test_an_error_event_may_say_anything(data: bytes) -> None:
    assert stream_failed("agent 'a'", data).code == "run_failed"


def test_the_codes_are_those_that_were_promised() -> None:
    promised = (
        "not_configured unauthenticated forbidden agent_not_found conversation_not_found "
        "conversation_busy rate_limited content_filtered invalid_request run_failed "
        "service_unavailable timeout connection_failed not_allowed budget_exhausted file_gone "
        "internal"
    )
    assert promised.split() == list(ERROR_CODES) == list(get_args(ErrorCode))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "12"}, 12),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "500", "Retry-After": "9"}, 0.5),
        ({"Retry-After": formatdate(time() - 60, usegmt=True)}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"retry-after-ms": "nan"}, None),
    ],
)
def test_every_form_of_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_in_the_future_is_seconds_from_now() -> None:
    seconds = retry_after({"Retry-After": formatdate(time() + 1000, usegmt=True)})
    assert seconds == pytest.approx(1000, abs=60)  # pyright: ignore[reportUnknownMemberType] - pytest leaves it untyped


def test_an_absurd_time_is_named() -> None:
    error = refused(429, {"Retry-After": "86400"}, "", "agent 'helper'")
    assert "asks to wait 86400 s" in error.message
    assert error.retry_after == 86400


def test_a_request_id_that_came_twice_is_told_once() -> None:
    error = refused(503, {"X-Request-ID": "8fcf9c04,8fcf9c04"}, "", "agent 'helper'")
    assert error.request_id == "8fcf9c04"
    assert "Request id for Azure support: 8fcf9c04." in error.message
