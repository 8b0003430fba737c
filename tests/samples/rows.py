"""What is said of a sample in the table, and what all of them are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECTS, AGENTS = "azure-ai-projects", "azure-ai-agents"

# What samples read beside the variables of `emulator --env`: names of what the emulator holds.
ENVIRONMENT = {
    "CONNECTION_NAME": "openai",
    "MCP_PROJECT_CONNECTION_ID": "github-mcp",
    "OPENAPI_PROJECT_CONNECTION_ID": "search",
    "OPENAPI_CONNECTION_ID": "search",
    "AI_SEARCH_PROJECT_CONNECTION_ID": "search",
    "AI_SEARCH_INDEX_NAME": "articles",
    "AI_AZURE_AI_CONNECTION_ID": "search",
    "BING_PROJECT_CONNECTION_ID": "search",
    "BING_CUSTOM_SEARCH_PROJECT_CONNECTION_ID": "search",
    "BING_CUSTOM_SEARCH_INSTANCE_NAME": "articles",
    "AZURE_BING_CONNECTION_ID": "search",
    "SHAREPOINT_PROJECT_CONNECTION_ID": "search",
    "FABRIC_PROJECT_CONNECTION_ID": "search",
    "FABRIC_IQ_PROJECT_CONNECTION_ID": "search",
    "WORK_IQ_PROJECT_CONNECTION_ID": "search",
    "WEB_IQ_PROJECT_CONNECTION_ID": "search",
    "A2A_PROJECT_CONNECTION_ID": "search",
    "BROWSER_AUTOMATION_PROJECT_CONNECTION_ID": "search",
    "STORAGE_INPUT_QUEUE_NAME": "questions",
    "STORAGE_OUTPUT_QUEUE_NAME": "answers",
    "STORAGE_QUEUE_SERVICE_ENDPOINT": "https://emulator.queue.core.windows.net",
    "STORAGE_SERVICE_ENDPONT": "https://emulator.queue.core.windows.net",
    # What the samples of telemetry show is written only where it is asked for.
    "AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING": "true",
}


@dataclass(frozen=True)
class Row:
    """A sample that is run.

    Attributes:
        typed: What a person types into it.
        files: What it reads that differs from sample to sample, by path below the samples.
    """

    typed: str = "Tell me about tents.\n"
    files: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Passes(Row):
    """It ends well, with all that `evidence` demands by its source, and `shows`."""

    shows: str = ""


@dataclass(frozen=True)
class Fails(Row):
    """It does not, for a reason; `error` is an expression for what it says then."""

    why: str = ""
    error: str = ""
