"""What spans, attributes and measures are called.

The names are those of OpenTelemetry's semantic conventions for generative AI and for MCP, whose
status is Development: they may move, and do so here alone. What the conventions have no name for
begins with `mcp_foundry.`.
"""

from __future__ import annotations

from typing import Final

TRACER: Final = "mcp-foundry"

OPERATION: Final = "gen_ai.operation.name"
INVOKE_AGENT: Final = "invoke_agent"
CREATE_AGENT: Final = "create_agent"
SEARCH_MEMORY: Final = "search_memory"
UPDATE_MEMORY: Final = "update_memory"
PROVIDER: Final = "gen_ai.provider.name"
# The conventions have no value for it. Azure's SDK writes this one, beside whose spans ours stand.
FOUNDRY: Final = "microsoft.foundry"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_VERSION: Final = "gen_ai.agent.version"
AGENT_ID: Final = "gen_ai.agent.id"
CONVERSATION: Final = "gen_ai.conversation.id"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE: Final = "gen_ai.response.id"
MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - no secret
INPUT: Final = "input"
OUTPUT: Final = "output"
MEMORY_STORE: Final = "gen_ai.memory.store.id"
MEMORIES: Final = "gen_ai.memory.record.count"
TOOL: Final = "gen_ai.tool.name"
ERROR: Final = "error.type"
STATUS: Final = "http.response.status_code"
SERVER: Final = "server.address"
PORT: Final = "server.port"
TRANSPORT: Final = "network.transport"
METHOD: Final = "mcp.method.name"
SESSION: Final = "mcp.session.id"
RESOURCE: Final = "mcp.resource.uri"
PROMPT: Final = "gen_ai.prompt.name"
REQUEST: Final = "jsonrpc.request.id"
# What the conventions write in place of a name that only its caller knows.
OTHER: Final = "_OTHER"

OUTCOME: Final = "mcp_foundry.outcome"
"""How a run or a call ended: an answer's status, `cancelled`, or `failed`."""
TOOL_CALLS: Final = "mcp_foundry.tool_calls"
"""How many calls of tools the agent made itself: their spans are the service's."""
SECONDS: Final = "mcp_foundry.seconds"
"""For how long a question is held back before it is sent again."""

FIRST_TOKEN: Final = "first_token"  # noqa: S105 - no secret
RETRY: Final = "retry"
RESUMED: Final = "resumed"
HANDED_OVER: Final = "handed_over"
REQUIRES_ACTION: Final = "requires_action"

CALL_SECONDS: Final = "mcp.server.operation.duration"
RUN_SECONDS: Final = "gen_ai.client.operation.duration"
FIRST_TOKEN_SECONDS: Final = "gen_ai.client.operation.time_to_first_chunk"  # noqa: S105 - no secret
TOKENS: Final = "gen_ai.client.token.usage"
UNDER_WAY: Final = "mcp_foundry.runs.under_way"
