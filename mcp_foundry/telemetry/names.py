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
PROVIDER: Final = "gen_ai.provider.name"
# The conventions have no value for it. Azure's SDK writes this one, beside whose spans ours stand.
FOUNDRY: Final = "microsoft.foundry"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_VERSION: Final = "gen_ai.agent.version"
AGENT_ID: Final = "gen_ai.agent.id"
CONVERSATION: Final = "gen_ai.conversation.id"
RESPONSE: Final = "gen_ai.response.id"
MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - no secret
TOOL: Final = "gen_ai.tool.name"
ERROR: Final = "error.type"
SERVER: Final = "server.address"
PORT: Final = "server.port"
TRANSPORT: Final = "network.transport"
METHOD: Final = "mcp.method.name"

OUTCOME: Final = "mcp_foundry.outcome"
"""How a run ended: an answer's status, `cancelled`, or `failed`."""
SECONDS: Final = "mcp_foundry.seconds"

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
