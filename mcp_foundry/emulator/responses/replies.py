"""Replies in the input of a response, each with what it answers."""

from mcp_foundry.emulator.model.acts import Reply
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_text, encode

# What the caller carries out, by the item that answers it.
OUTPUTS = {
    "function_call_output": "function_call",
    "custom_tool_call_output": "custom_tool_call",
    "local_shell_call_output": "local_shell_call",
    "computer_call_output": "computer_call",
}


def match_replies(earlier: list[Json], given: list[Json]) -> tuple[Reply, ...]:
    """The replies in the input, each with what it answers.

    Raises:
        Refusal: A reply answers nothing, or answers again; or a call is left waiting.
    """
    calls = {item["call_id"]: item for item in earlier if item["type"] in OUTPUTS.values()}
    asked = {item["id"]: item for item in earlier if item["type"] == "mcp_approval_request"}
    for item in earlier:
        calls.pop(_answered_by(item), None) if item["type"] in OUTPUTS else None
        asked.pop(item.get("approval_request_id"), None)
    replies: list[Reply] = []
    for item in given:
        if item["type"] in OUTPUTS:
            replies.append(_output(item, calls))
        elif item["type"] == "mcp_approval_response":
            replies.append(_approval(item, asked))
    if calls and given:
        call_id, call = next(iter(calls.items()))
        kind = _in_words(call["type"])
        raise invalid(f"No tool output found for {kind} {call_id}.", param="input")
    return tuple(replies)


def _answered_by(item: Json) -> str:
    # The output of a local shell names its call by `id`, where all others have a `call_id`.
    return as_text(item.get("call_id")) or as_text(item.get("id"))


def _in_words(kind: str) -> str:
    return kind.replace("_", " ")


def _output(item: Json, calls: dict[str, Json]) -> Reply:
    call_id = _answered_by(item)
    if call_id not in calls or calls[call_id]["type"] != OUTPUTS[item["type"]]:
        kind = _in_words(item["type"])
        sentence = f"No tool call found for {kind} with call_id {call_id}."
        raise invalid(sentence, param="input", code="")
    call = calls.pop(call_id)
    output = item.get("output")
    text = output if isinstance(output, str) else str(output)
    name = as_text(call.get("name")) or _in_words(call["type"]).removesuffix(" call")
    asked = as_text(call.get("arguments")) or as_text(call.get("input"))
    return Reply(call_id, name, "", asked or encode(call.get("action")), output=text)


def _approval(item: Json, asked: dict[str, Json]) -> Reply:
    request_id = as_text(item.get("approval_request_id"))
    if request_id not in asked:
        sentence = f"No pending approval request found with id '{request_id}'."
        raise invalid(sentence, param="input")
    call = asked.pop(request_id)
    approve = item.get("approve") is True
    return Reply(request_id, call["name"], call["server_label"], call["arguments"], approve)
