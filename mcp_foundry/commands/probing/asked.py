"""What the agent is asked: little, for each question is paid for.

The words in square brackets are for the emulator, whose scripted model obeys nothing else; a real
model passes them over.
"""

from __future__ import annotations

SHORT = "Answer with the single word ready, and call no tool. [say ready]"
# Long enough to be looked at while it is under way; the emulator is given a second for that.
LONG = "Write the numbers from 1 to 300 in digits, separated by spaces, nothing else. [slow 1]"
# As long, but never read to its end.
ENDLESS = "Write the numbers from 1 to 300 in digits, separated by spaces, nothing else. [slow 60]"


def calling(function: str) -> str:
    """Return what makes an agent call a function."""
    return f"Call the function {function} once, with any arguments. [call {function} {{}}]"


def approving(server: str, tool: str) -> str:
    """Return what makes an agent ask for the approval of a tool call; `tool` may be empty."""
    which = f"the tool {tool}" if tool else "any one tool"
    return (
        f"Call {which} of the MCP server {server} once, with any arguments. "
        f"[approve {server}.{tool or 'any'} {{}}]"
    )
