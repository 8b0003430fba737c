"""Every variable that there is."""

from __future__ import annotations

from mcp_foundry.settings import checks
from mcp_foundry.settings.service_variables import SERVICE_VARIABLES
from mcp_foundry.settings.variable import Variable

PROJECT = "https://NAME.services.ai.azure.com/api/projects/PROJECT"
# What a reader has to put in there.
PLACEHOLDERS = ("NAME", "PROJECT")
VARIABLES: tuple[Variable, ...] = (
    Variable(
        "endpoint",
        ("FOUNDRY_PROJECT_ENDPOINT", "AZURE_AI_PROJECT_ENDPOINT"),
        "--endpoint",
        checks.endpoint,
        PROJECT,
        f"the project, `{PROJECT}`; required without `--emulator` and `--local`. Plain `http` for "
        "loopback only, and then no Azure credential is used; `http://localhost:8088` is one agent "
        "on this machine, `local`",
    ),
    Variable(
        "agent",
        ("FOUNDRY_AGENT_NAME",),
        "--agent",
        str,
        "helper",
        "the agent asked when a call names none",
    ),
    Variable(
        "model",
        ("FOUNDRY_MODEL_NAME", "AZURE_AI_MODEL_DEPLOYMENT_NAME"),
        "--model",
        str,
        "gpt-4o",
        "the deployment for new agent versions",
    ),
    Variable(
        "memory_store",
        ("FOUNDRY_MEMORY_STORE",),
        "--memory-store",
        str,
        "memories",
        "the memory store used when a call names none",
    ),
    Variable(
        "memory_scope",
        ("MCP_FOUNDRY_MEMORY_SCOPE",),
        "--memory-scope",
        str,
        "ada@example.com",
        "whose memory it is when a call names no `scope`",
    ),
    Variable(
        "max_wait",
        ("MCP_FOUNDRY_MAX_WAIT",),
        "--max-wait",
        checks.seconds,
        "50",
        "seconds a call waits before it hands back an `answer_id` instead (many hosts give up at "
        "60); `0` waits for ever",
    ),
    Variable(
        "concurrency",
        ("MCP_FOUNDRY_CONCURRENCY",),
        "--concurrency",
        checks.count,
        "16",
        "runs under way at once against Foundry; under `entra`: 200",
    ),
    Variable(
        "agents",
        ("MCP_FOUNDRY_AGENTS",),
        "--agents",
        checks.names,
        "helper,researcher",
        "comma-separated agents that may be asked or versioned; empty: all",
    ),
    Variable(
        "budget",
        ("MCP_FOUNDRY_BUDGET",),
        "--budget",
        checks.tokens,
        "200000",
        "tokens that may be spent in any hour; `0`: no limit",
    ),
    Variable(
        "read_only",
        ("MCP_FOUNDRY_READ_ONLY",),
        "--read-only",
        checks.switch,
        "on",
        "tools that write to the project are not offered",
    ),
    Variable(
        "approvals",
        ("MCP_FOUNDRY_APPROVALS",),
        "--approvals",
        checks.one_of("ask", "caller", "deny"),
        "ask",
        "who may approve a tool call that an agent wants to make: `ask` (a person, through the "
        "client), `caller` (the calling model, through `replies`), `deny` (nobody)",
    ),
    Variable(
        "progress",
        ("MCP_FOUNDRY_PROGRESS",),
        "--progress",
        checks.one_of("delta", "tail"),
        "delta",
        "what stream_agent's progress carries: `delta` (the new text; joined, the whole) or `tail` "
        "(the last 160 characters, for hosts that show one line)",
    ),
    Variable(
        "drain",
        ("MCP_FOUNDRY_DRAIN",),
        "--drain",
        checks.seconds,
        "3",
        "seconds that calls under way may take once the input has ended; input from a file: until "
        "they are done; under `entra`: 25, which is the most",
    ),
    Variable(
        "log_level",
        ("MCP_FOUNDRY_LOG_LEVEL",),
        "--log-level",
        checks.one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "INFO",
        "logging on stderr; from `INFO` on with a line for each call, of `mcp_foundry.audit`",
    ),
    Variable(
        "log_format",
        ("MCP_FOUNDRY_LOG_FORMAT",),
        "--log-format",
        checks.one_of("text", "json"),
        "json",
        "`text`, or `json`: an object a line, for what collects logs",
    ),
    Variable(
        "background",
        ("MCP_FOUNDRY_BACKGROUND",),
        "--background",
        checks.one_of("auto", "off"),
        "off",
        "`auto`: runs go on in the service's background, where an agent's route takes that; "
        "`off`: never, so that an answer may be lost with its connection",
    ),
    Variable(
        "route",
        ("MCP_FOUNDRY_ROUTE",),
        "--route",
        checks.one_of("auto", "agent"),
        "agent",
        "`auto`: prompt agents through the project, hosted ones (and those that a listing showed "
        "to be pinned to a version) at their own endpoint; `agent`: each at its own, in the "
        "version that its operator chose, for which the role Foundry Agent Consumer is enough; "
        "under `entra`, in each caller's own name: `agent`",
    ),
    Variable(
        "local",
        ("MCP_FOUNDRY_LOCAL",),
        "--local",
        checks.local_agents,
        "helper=http://localhost:8088",
        "agents that run on this machine, `NAME=URL` between commas; they are sent no credential",
    ),
    Variable(
        "agent_tools",
        ("MCP_FOUNDRY_AGENT_TOOLS",),
        "--agent-tools",
        checks.names,
        "helper,researcher",
        "comma-separated agents that get a tool of their own, `ask_NAME`, with their inputs as "
        "arguments",
    ),
    Variable(
        "files",
        ("MCP_FOUNDRY_FILES",),
        "--files",
        checks.folders,
        "/home/ada/reports",
        "folders (separated as `PATH` is) from which files may be sent to agents; none: nothing is "
        "read from disk",
    ),
    Variable(
        "http_files",
        ("MCP_FOUNDRY_HTTP_FILES",),
        "--http-files",
        checks.switch,
        "on",
        "whether they may be sent by those who reach this server over HTTP, too",
    ),
    Variable(
        "save",
        ("MCP_FOUNDRY_SAVE",),
        "--save",
        checks.folder,
        "/home/ada/from-agents",
        "a folder in which agents' files are kept; none: they are kept in memory for an hour",
    ),
    Variable(
        "images",
        ("MCP_FOUNDRY_IMAGES",),
        "--images",
        checks.one_of("inline", "link"),
        "link",
        "`inline`: small pictures are in the result; `link`: only links to them",
    ),
    Variable(
        "image_model",
        ("FOUNDRY_IMAGE_MODEL_NAME",),
        "--image-model",
        checks.header,
        "gpt-image-1",
        "the deployment that image-making agents use; found out by itself where it is not set",
    ),
    Variable(
        "ca_bundle",
        ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"),
        "",
        str,
        "/etc/ssl/company.pem",
        "certificate authorities to trust instead of the system's",
    ),
    *SERVICE_VARIABLES,
)
