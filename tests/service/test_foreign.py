"""Every foreign exception in words of ours: a stable code and what to do."""

from __future__ import annotations

import subprocess
import sys
from json import JSONDecodeError
from typing import Any

import pytest
from azure.core import exceptions as azure

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.explain import explain, text_of
from mcp_foundry.service.refusals import error_body


class Response:
    """A refusal that an SDK carries in its exception."""

    def __init__(self, status: int, body: str | None) -> None:
        self.status_code, self.headers, self._body = status, {"x-request-id": "r"}, body
        self.reason = "No"

    def text(self) -> str:
        if self._body is None:
            raise azure.IncompleteReadError("cut off")
        return self._body


class Several(Exception):  # noqa: N818 - it stands for an ExceptionGroup, which 3.10 lacks
    """Exceptions in a group."""

    def __init__(self, *exceptions: Exception) -> None:
        super().__init__("several")
        self.exceptions = exceptions


def foreign() -> list[tuple[BaseException, str, str]]:
    answered: Any = Response(404, '{"error": {"message": "Agent \'x\' not found"}}')
    cut: Any = Response(503, None)
    no_login = azure.ClientAuthenticationError("AzureCliCredential: Please run 'az login'")
    chain = azure.ClientAuthenticationError(
        "Attempted credentials:\n"
        "\tEnvironmentCredential: EnvironmentCredential authentication unavailable. It is not set."
        "\n"
        "Visit https://aka.ms/x to troubleshoot.\n\tAzureCliCredential: Not found on path"
    )
    told = "tried: EnvironmentCredential: It is not set; AzureCliCredential: Not found on path"
    return [
        (chain, "unauthenticated", told),
        (azure.ClientAuthenticationError("No  way"), "unauthenticated", "tried: No way"),
        (azure.HttpResponseError(response=answered), "agent_not_found", "list_agents"),
        (azure.HttpResponseError(response=cut), "service_unavailable", "HTTP 503"),
        (no_login, "unauthenticated", "What was tried: AzureCliCredential: Please run"),
        (azure.IncompleteReadError("x"), "connection_failed", "broke"),
        (azure.ServiceResponseError("x"), "connection_failed", "broke"),
        (JSONDecodeError("x", "", 0), "service_unavailable", "something else than JSON"),
        (TimeoutError(), "timeout", "in time"),
        (ConnectionResetError(), "connection_failed", "broke (ConnectionResetError)"),
        (ZeroDivisionError("secret"), "internal", "log on stderr"),
        (FoundryError("not_allowed", "No."), "not_allowed", "No."),
        (Several(TimeoutError(), OSError()), "timeout", "in time"),
    ]


@pytest.mark.parametrize(("exception", "code", "says"), foreign())
def test_foreign_exceptions_are_told_in_our_words(
    exception: BaseException, code: str, says: str
) -> None:
    told = explain(exception, "list_agents")
    assert told.code == code
    assert says in told.message
    assert "secret" not in told.message


def test_a_failure_before_azure_was_imported_is_told_without_it() -> None:
    code = (
        "import sys; from mcp_foundry.service.explain import explain; "
        "print(explain(OSError(), 'check').code, any(m.startswith('azure') for m in sys.modules))"
    )
    told = subprocess.run(  # noqa: S603 - this Python, and a package of ours
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=30
    )
    assert told.stdout.split() == ["connection_failed", "False"]


def test_a_body_that_cannot_be_read_says_nothing() -> None:
    cut: Any = Response(500, None)
    assert text_of(cut) == ""
    assert error_body("") == {"message": ""}
