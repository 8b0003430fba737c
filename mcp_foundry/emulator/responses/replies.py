"""Replies in the input of a response, each with what it answers."""

from mcp_foundry.emulator.model.acts import Reply
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_text


def match_replies(earlier: list[Json], given: list[Json]) -> tuple[Reply, ...]:
    """The replies in the input, each with what it answers.

    Raises:
        Refusal: A reply answers nothing, or answers again; or a function call is left waiting.
    """
    calls = {item["call_id"]: item for item in earlier if item["type"] == "function_call"}
    asked = {item["id"]: item for item in earlier if item["type"] == "mcp_approval_request"}
    for item in earlier:
        calls.pop(item.get("call_id"), None) if item["type"] == "function_call_output" else None
        asked.pop(item.get("approval_request_id"), None)
    replies: list[Reply] = []
    for item in given:
        if item["type"] == "function_call_output":
            replies.append(_output(item, calls))
        elif item["type"] == "mcp_approval_response":
            replies.append(_approval(item, asked))
    if calls and given:
        waiting = next(iter(calls))
        raise invalid(f"No tool output found for function call {waiting}.", param="input")
    return tuple(replies)


def _output(item: Json, calls: dict[str, Json]) -> Reply:
    call_id = as_text(item.get("call_id"))
    if call_id not in calls:
        sentence = f"No tool call found for function call output with call_id {call_id}."
        raise invalid(sentence, param="input")
    call = calls.pop(call_id)
    output = item.get("output")
    text = output if isinstance(output, str) else str(output)
    return Reply(call_id, call["name"], "", call["arguments"], output=text)


def _approval(item: Json, asked: dict[str, Json]) -> Reply:
    request_id = as_text(item.get("approval_request_id"))
    if request_id not in asked:
        sentence = f"No pending approval request found with id '{request_id}'."
        raise invalid(sentence, param="input")
    call = asked.pop(request_id)
    approve = item.get("approve") is True
    return Reply(request_id, call["name"], call["server_label"], call["arguments"], approve)
