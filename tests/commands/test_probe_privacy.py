"""What `mcp-foundry probe --json` prints is fit for an issue report."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry import __version__
from mcp_foundry.commands.probing.blanks import Blanks
from mcp_foundry.contract.json import object_in, text_in
from tests.rigs.hosted import HOSTED
from tests.rigs.probing import AGENT, FUNCTION, SERVER, add_agent_with_tools, probed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
ID = re.compile(
    r"\b(\w*resp|conv|call|msg|mcpr|fc|asst)_[A-Za-z0-9]{6,}|[0-9a-f]{16,}|[0-9a-f]{8}-"
)
REFUSING: list[dict[str, Any]] = [
    {},
    {"lacks_role": True},
    {"forgets_calls_of_background": True, "resume_seconds": 0, "lists_responses": False},
    {"refuses_by_schema": ("background", "metadata")},
]


@pytest.mark.parametrize("behaviour", REFUSING, ids=lambda words: ",".join(words) or "none")
async def test_the_json_names_nothing_of_the_project_and_says_nothing_that_was_said(
    emulator: Emulator, behaviour: dict[str, Any]
) -> None:
    await add_agent_with_tools(emulator)
    emulator.behave(**behaviour)
    emulator.script(*["The quick brown fox. [call raise_salary {}]"] * 3)
    printed = (await probed(emulator, AGENT)).stdout
    port, path = emulator.endpoint.split(":")[2].split("/", 1)
    inputs = [text_in(object_in(request.body).get("input")) for request in emulator.received]
    prompts = set(filter(None, inputs))
    private = {AGENT, FUNCTION, SERVER, "post_entry", "127.0.0.1", f":{port}"}
    private |= prompts | {path, "Answer with", "quick brown", "scripted model", "Bearer"}
    private |= set(emulator.store.responses)
    assert [text for text in private if text in printed] == []
    assert ID.findall(printed) == []


REFUSING_HOSTED: list[dict[str, Any]] = [
    {},
    {"hosted_at_project": True},
    {"lacks_role": True},
    {"cold": "refuses", "cold_start": 1000},
]


@pytest.mark.parametrize("behaviour", REFUSING_HOSTED, ids=lambda words: ",".join(words) or "none")
async def test_the_json_names_no_hosted_agent_and_none_of_its_sessions(
    emulator: Emulator, behaviour: dict[str, Any]
) -> None:
    emulator.store.add_agent(AGENT, definition=HOSTED)
    emulator.behave(**behaviour)
    # What a service may say of a session that was made.
    emulator.fail_next(
        403,
        on=f"GET /agents/{AGENT}/endpoint/sessions",
        message=f"Session 'payroll-session-7' of {AGENT} is not accessible to a@b.example.",
    )
    printed = (await probed(emulator, AGENT)).stdout
    port, path = emulator.endpoint.split(":")[2].split("/", 1)
    private = {AGENT, "127.0.0.1", f":{port}", path, "payroll-session-7", "b.example"}
    private |= set(emulator.store.responses) | set(emulator.store.sessions)
    assert emulator.store.sessions or "lacks_role" in behaviour
    assert [text for text in private if text in printed] == []
    assert ID.findall(printed) == []


async def test_the_json_tells_versions_and_the_kind_of_the_agent(emulator: Emulator) -> None:
    report = json.loads((await probed(emulator)).stdout)
    assert report["mcp_foundry"] == __version__
    assert report["python"].startswith("3.")
    assert report["sdks"]["azure-ai-projects"] == version("azure-ai-projects")
    assert (report["agent_kind"], report["emulated"]) == ("prompt", True)
    assert set(report["findings"][0]) == {
        *("number", "point", "expected", "came", "verdict", "follows")
    }


# What services were seen to say, and how it is told.
SAID = {
    "Agent 'acme-payroll' of project contoso not found at https://contoso.example/x?y=1.": (
        "Agent '<name>' of project <name> not found at <url>"
    ),
    "The principal `01234567-89ab-cdef-0123-456789abcdef` lacks `Microsoft.Cognitive/a/b`": (
        "The principal `<guid>` lacks `Microsoft.Cognitive/a/b`"
    ),
    "No tool call found for function call output with call_id call_Ab12Cd34Ef56.": (
        "No tool call found for function call output with call_id <id>."
    ),
    "Previous response with id 'resp_0123456789abcdef0123' not found.": (
        "Previous response with id '<id>' not found."
    ),
    "'previous_response_id' and 'conversation' are mutually exclusive.": (
        "'previous_response_id' and 'conversation' are mutually exclusive."
    ),
    "Cannot create a new response for agent Acme-Payroll:3 in conv_a1b2c3d4e5f6a7b8": (
        "Cannot create a new response for agent <name> in <id>"
    ),
    "ask anna.b@contoso.com or contoso.services.ai.azure.com about 10.0.0.1:443": (
        "ask <address> or <host> about <host>"
    ),
    "Bearer abcdefghijkl": "Bearer ***",
    "Deployment 'secret-model' is not there, says the agent's owner.": (
        "Deployment '<name>' is not there, says the agent's owner."
    ),
    "response.output_text.delta": "response.output_text.delta",
    "HTTP 400, previous_response_not_found, param previous_response_id": (
        "HTTP 400, previous_response_not_found, param previous_response_id"
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_what_the_service_says_is_told_without_names(said: str) -> None:
    endpoint = "https://contoso.services.ai.azure.com/api/projects/payroll-prod"
    assert Blanks(endpoint, [AGENT, ""])(said) == SAID[said]
