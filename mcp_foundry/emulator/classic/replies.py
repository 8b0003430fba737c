"""Outputs and approvals that a caller submits, each with what it answers."""

from mcp_foundry.emulator.classic.steps import Call
from mcp_foundry.emulator.model.question import Reply
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text


def match_replies(waiting: list[Call], request: Json) -> dict[str, Json]:
    """The replies of a request by the id of the call that each answers.

    Raises:
        Refusal: A call has no reply, or a reply no call.
    """
    field = "tool_approvals" if waiting[0].needs_approval else "tool_outputs"
    given = {as_text(each.get("tool_call_id")): each for each in as_list(request.get(field))}
    expected = [each.id for each in waiting]
    if sorted(given) != sorted(expected):
        sentence = f"Expected {field} for call_ids {expected}, got {list(given)}."
        raise invalid(sentence, param=field, code="")
    return given


def reply_to(waiting: Call, given: Json) -> Reply:
    """A reply in the words of the model."""
    if waiting.needs_approval:
        called = waiting.body
        approve = given.get("approve") is True
        return Reply(
            waiting.id, called["name"], called["server_label"], called["arguments"], approve
        )
    function = as_object(waiting.body["function"])
    output = as_text(given.get("output"))
    return Reply(waiting.id, function["name"], "", function["arguments"], output=output)
