"""Items and their content, as a request or a conversation may have them; pure checks."""

from mcp_foundry.emulator.wire.limits import check_array, check_kind, check_present, check_value
from mcp_foundry.emulator.wire.refusals import Violation
from mcp_foundry.emulator.wire.values import Json, as_list, as_object

# The API names these in its refusal of an unknown one.
OPENAI = (
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "configuration_update",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
)
# What Foundry's agents leave besides, and a history may therefore have. Nobody knows which of
# them it takes back: none is refused.
FOUNDRY = (
    "memory_search_call",
    "oauth_consent_request",
    "remote_function_call",
    "structured_outputs",
    "workflow_action",
)
FOUNDRYS_TOOLS = (
    "a2a",
    "a2a_preview",
    "azure_ai_search",
    "azure_function",
    "bing_custom_search_preview",
    "bing_grounding",
    "browser_automation",
    "browser_automation_preview",
    "capture_structured_outputs",
    "fabric_dataagent_preview",
    "fabric_iq_preview",
    "github_copilot_toolset_preview",
    "memory_command_preview",
    "microsoft_copilot_toolset_preview",
    "namespace",
    "openapi",
    "programmatic_tool_calling",
    "sharepoint_grounding_preview",
    "tool_search",
    "toolbox_search_preview",
    "web_iq_preview",
    "work_iq_preview",
)
KNOWN = frozenset(
    [
        *OPENAI,
        *FOUNDRY,
        *(f"{tool}_call{end}" for tool in FOUNDRYS_TOOLS for end in ("", "_output")),
    ]
)
ROLES = ("assistant", "system", "developer", "user")
SAID = ("output_text", "refusal")
PARTS = (
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
)
# What an item of that type is nothing without; a message has its own check.
REQUIRED = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id", "output"),
    "computer_call_output": ("call_id", "output"),
    "local_shell_call_output": ("output",),
    "mcp_approval_request": ("id", "server_label", "name", "arguments"),
    "mcp_approval_response": ("approval_request_id", "approve"),
    "item_reference": ("id",),
}
TEXTS = ("id", "call_id", "name", "arguments", "server_label", "approval_request_id")
# Their arguments are an object; those of all others a text with JSON in it.
BY_OBJECT = ("tool_search_call",)
EITHER = "one of an array of objects or string"


def check_items(given: object, param: str, most: int | None = None) -> None:
    """Refuse items that the API does not know, or that lack what they must have.

    Args:
        given: The items: a text or an array, and nothing is refused where there are none.
        param: What the request calls them.
        most: How many there may be, where that is documented.

    Raises:
        Violation: Of the first thing that is wrong.
    """
    if given is None or (isinstance(given, str) and most is None):
        return
    if most is not None:
        check_array(given, most, param)
    _check_either(given, param)
    for index, item in enumerate(as_list(given)):
        _check_item(item, f"{param}[{index}]")


def _check_either(given: object, param: str) -> None:
    if not isinstance(given, str | list):
        check_kind(given, EITHER, param)


def _check_item(given: object, at: str) -> None:
    check_kind(given, "an object", at)
    item = as_object(given)
    kind = item.get("type")
    if kind is None:
        kind = "item_reference" if "role" not in item and "id" in item else "message"
    if not (isinstance(kind, str) and kind in KNOWN):
        check_value(kind, OPENAI, at)
    if kind == "message":
        _check_message(item, at)
    check_present(item, *REQUIRED.get(kind, ()), at=at)
    for name in TEXTS:
        if item.get(name) is not None and (name, kind) != ("arguments", *BY_OBJECT):
            check_kind(item[name], "a string", f"{at}.{name}")
    if kind == "mcp_approval_response":
        check_kind(item["approve"], "a boolean", f"{at}.approve")
    if kind in {"function_call_output", "custom_tool_call_output"}:
        _check_content(item["output"], f"{at}.output", "")


def _check_message(item: Json, at: str) -> None:
    # Seen: the place is the item's, not that of its role.
    check_value(item.get("role", ""), ROLES, at)
    check_present(item, "content", at=at)
    _check_content(item["content"], f"{at}.content", item["role"])


def _check_content(content: object, at: str, role: str) -> None:
    _check_either(content, at)
    for index, part in enumerate(as_list(content)):
        place = f"{at}[{index}]"
        check_kind(part, "an object", place)
        check_present(part, "type", at=place)
        # Seen: what an assistant says is never input.
        check_value(part["type"], SAID if role == "assistant" else PARTS, place)
        _check_part(part, place)


def _check_part(part: Json, at: str) -> None:
    field = "refusal" if part["type"] == "refusal" else "text"
    if part["type"].endswith("_text") or field == "refusal":
        check_present(part, field, at=at)
        check_kind(part[field], "a string", f"{at}.{field}")
    for name in ("image_url", "file_id", "file_data", "filename", "file_url"):
        if part.get(name) is not None:
            check_kind(part[name], "a string", f"{at}.{name}")
    if part["type"] == "input_file" and not {"file_id", "file_data", "file_url"} & set(part):
        sentence = f"Missing required parameter: '{at}.file_id'."
        raise Violation(f"{at}.file_id", sentence, "missing_required_parameter")
