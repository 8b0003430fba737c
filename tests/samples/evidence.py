"""What a sample must have shown when it has ended: that it did what it demonstrates."""

from __future__ import annotations

import re
from typing import NamedTuple


class Promise(NamedTuple):
    """What is in a sample's source, and what is then in its transcript; both as expressions."""

    source: str
    transcript: str


# What the emulator's log says of a run: the acts of its model, in their order.
_DID = r"\[log\].*(resp|run)_\w+: [^\n]*"

PROMISES = (
    # Every sample that shows an answer shows the scripted model's, which says what it is.
    Promise(r"print\(f?[^\n]*(output_text\}|\.text\.value\})", r"scripted model|\{\s*\""),
    Promise(r"chat\.completions", r"(Assistant: \S.*){2}"),
    # In pieces.
    Promise(r"print\(f\"Text delta received", r"(Text delta received: .*){3}"),
    Promise(r"print\(f\"Delta:", r"(Delta: .*){3}"),
    # Functions of the caller: called, and what they answered is used.
    Promise(r"\b(Async)?FunctionTool\(", _DID + r"\bcall function\b.*\bsay \d+"),
    Promise(
        r"user_functions|user_async_functions", r"answered “\{|Tool outputs: \[\{|gen_ai\.tool"
    ),
    Promise(r"\bFunctionCallOutput\(", r"function_call_output.*baby otter"),
    Promise(r"_create_task", r"Starting task for agent '(Coder|TimeWeatherAgent)'"),
    # Tools of the service: used, and what came of it is shown.
    Promise(r"\bFileSearchTool\(", _DID + r"\bsearch files\b"),
    Promise(r"\A(?!.*batch).*\bFileSearchTool\(", r"found in product_info(_1)?\.md"),
    Promise(
        r"print\(f?\"File Citation", r"File Citation - Filename: product_info\.md, File ID: \S"
    ),
    Promise(r"\A(?!.*FunctionTool).*\bCodeInterpreterTool\(", _DID + r"\brun code\b"),
    Promise(r"Code Interpreter code:", r"Code Interpreter code:\s+(?!Agent response)\S"),
    Promise(r"File downloaded successfully", r"downloaded successfully.*\[wrote \S+: \d\d+ bytes"),
    Promise(r"Saved image file to", r"Saved image file to|File Paths:"),
    Promise(r"Image saved to", r"Image saved to.*\[wrote microsoft\.png: \d+ bytes of png"),
    Promise(r"WebSearch(Preview)?Tool\(", _DID + r"\bsearch\b(?! files)"),
    Promise(r"print\(f?\"URL Citation", r"URL Citation: \[?[^\n]*https?://"),
    Promise(r"\bMCPTool\([^)]*require_approval=\"always\"", _DID + r"\bask approval\b"),
    Promise(r"\bMCPTool\(", _DID + r"\bcall mcp\b"),
    Promise(r"\bMcpApprovalResponse\(", r"'approve': True|Approving MCP request"),
    Promise(r"\bComputerUsePreviewTool\(", r"Sending action result back.*Final status: completed"),
    Promise(r"\bConnectedAgentTool\(", _DID + r"\buse tool\b"),
    Promise(
        r"\b(OpenApi|AzureAISearch|AzureFunction|BrowserAutomation|Bing\w*|Sharepoint\w*|\w*Fabric\w*"
        r"|\w+IQPreview|A2A)Tool\(",
        _DID + r"\buse tool\b",
    ),
    Promise(r"\bMemorySearchPreviewTool\(", r"order(ed)?.*dark roast"),
    Promise(r"search_memories\(", r"Found [1-9]\d* memories.*Content: [^\n]*coffee"),
    Promise(r"kind: InvokeAzureAgent", r"item action ID '(teacher|student)_agent' is 'completed'"),
    # Forms of questions and answers.
    Promise(r"\bCalendarEvent\b", r'"name": ?"\w.*"date": ?"\w.*"participants": ?\["'),
    Promise(r"\bPlanet\b", r"The mass of \S*(Earth|Mars|Jupyter) is \S+ kg"),
    Promise(r"input_image|MessageInputImage\w+\(", r"You sent [^\n]*image|Taking screenshot"),
    # What is traced.
    Promise(r"ConsoleSpanExporter\(", r'"trace_id":'),
    Promise(r"AIAgentsInstrumentor|AIProjectInstrumentor", r'"gen_ai\.'),
)
# A run's failure is told, not raised: such a sample ends well.
FAILURES = (
    r"Run failed|RunStatus\.FAILED|Run error|An error occurred|did not succeed|Response failed"
    r"|(resp|run)_\w+: [^\n]*\bfailed"
)


def missing(source: str, transcript: str, shows: str = "") -> list[str]:
    """Return what a sample should have shown and has not; nothing where it passes.

    Args:
        source: The sample's own text.
        transcript: What it wrote: its output, and a line for each file; and what the emulator did.
        shows: One more expression, of this sample's row.
    """
    due = [each.transcript for each in PROMISES if re.search(each.source, source, re.DOTALL)]
    due += [shows] * bool(shows)
    lacks = [each for each in due if not re.search(each, transcript, re.DOTALL)]
    if failed := re.search(FAILURES, transcript):
        lacks.append(f"no {failed[0]!r}")
    return lacks
