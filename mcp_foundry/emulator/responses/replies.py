"""Replies in the input of a response, each with what it answers."""

from mcp_foundry.emulator.model.question import Reply
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json, as_text, encode

# What the caller carries out, by the item that answers it.
OUTPUTS = {
    "function_call_output": "function_call",
    "custom_tool_call_output": "custom_tool_call",
    "local_shell_call_output": "local_shell_call",
    "computer_call_output": "computer_call",
}


# Items after which the caller has the next word.
ASKS_THE_CALLER = frozenset({*OUTPUTS.values(), "mcp_approval_request"})


def referred(earlier: list[Json], given: list[Json]) -> list[Json]:
    """The input without the references to what the conversation holds anyway.

    Raises:
        Refusal: A reference leads nowhere.
    """
    known = {item["id"] for item in earlier}
    for item in given:
        if item["type"] == "item_reference" and item["id"] not in known:
            raise Refusal(404, "", f"Item with id '{item['id']}' not found.", param="input")
    return [item for item in given if item["type"] != "item_reference"]


def match_replies(earlier: list[Json], given: list[Json]) -> tuple[Reply, ...]:
    """The replies in the input that nobody has acted on yet, each with what it answers.

    The calls may be in the input, too: a client that keeps the conversation itself sends all
    of it with every request.

    Raises:
        Refusal: A reply answers nothing, or answers again; or a call is left waiting.
    """
    open_calls = _OpenCalls()
    for item in earlier:
        open_calls.note(item)
    replies: list[Reply] = []
    for item in given:
        if item["type"] in OUTPUTS:
            replies.append(open_calls.answer(item))
        elif item["type"] == "mcp_approval_response":
            replies.append(open_calls.settle(item))
        elif item.get("role") == "assistant" or item["type"] in ASKS_THE_CALLER:
            # What was replied before this was acted on.
            replies.clear()
            open_calls.note(item)
    if given:
        open_calls.check()
    return tuple(replies)


class _OpenCalls:
    """The calls and requests for approval that wait for a reply."""

    def __init__(self) -> None:
        self._calls: dict[str, Json] = {}
        self._asked: dict[str, Json] = {}

    def note(self, item: Json) -> None:
        """Take note of an item of the past, whatever it is."""
        kind = item["type"]
        if kind in OUTPUTS.values():
            self._calls[as_text(item.get("call_id"))] = item
        elif kind == "mcp_approval_request":
            self._asked[item["id"]] = item
        elif kind in OUTPUTS:
            self._calls.pop(_answered_by(item), None)
        else:
            self._asked.pop(as_text(item.get("approval_request_id")), None)

    def check(self) -> None:
        """Refuse where a call is left waiting."""
        if self._calls:
            call_id, call = next(iter(self._calls.items()))
            kind = _in_words(call["type"])
            raise invalid(f"No tool output found for {kind} {call_id}.", param="input")

    def answer(self, item: Json) -> Reply:
        """Match the output of a call."""
        return _output(item, self._calls)

    def settle(self, item: Json) -> Reply:
        """Match the answer to a request for approval."""
        return _approval(item, self._asked)


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
