"""A tool's result in the places where hosts look: as text, as JSON, and with what it shows."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_args

from mcp_types import CallToolResult, ContentBlock, InputRequiredResult, TextContent

from mcp_foundry.contract.answers import Answer
from mcp_foundry.server.approvals.elicitation import can_ask
from mcp_foundry.server.bound import bound
from mcp_foundry.server.forgetting import told
from mcp_foundry.server.next_steps import NextSteps
from mcp_foundry.server.showing import blocks_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_foundry.contract.answers import Result
    from mcp_foundry.server.call import Call


def as_call_result(
    tool: Callable[..., Awaitable[Result | CallToolResult | InputRequiredResult]],
) -> Callable[..., Awaitable[CallToolResult | InputRequiredResult]]:
    """Return `tool` with its result in both places where hosts look."""

    @wraps(tool)
    async def answering(ctx: Call, **arguments: object) -> CallToolResult | InputRequiredResult:
        result = await tool(ctx, **arguments)
        if isinstance(result, InputRequiredResult | CallToolResult):
            return result
        foundry = ctx.request_context.lifespan_context
        may_approve = foundry.settings.approvals == "caller"
        held = result.files if isinstance(result, Answer) else []
        result = bound(result, foundry.binding)
        result = NextSteps(may_approve=may_approve, can_ask=can_ask(ctx)).told(result)
        if foundry.settings.forgets:
            result = told(result, foundry.settings.local)
        content: list[ContentBlock] = [TextContent(type="text", text=result.as_text())]
        if isinstance(result, Answer):
            beside = filter(None, (result.sources(), result.made()))
            content += [TextContent(type="text", text=text) for text in beside]
            content += await blocks_of(held, foundry, result.files)
        return CallToolResult(content=content, structured_content=result.structured())

    signature = inspect.signature(tool, eval_str=True)
    # Hosts take no union: of an answer or a batch, the answer is published.
    answers = signature.return_annotation
    published: Any = CallToolResult
    if answers is not CallToolResult:
        published = Annotated[CallToolResult, (get_args(answers) or (answers,))[0]]
    answering.__signature__ = signature.replace(return_annotation=published)  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess] - `inspect` reads it
    answering.__annotations__ = {
        **{name: parameter.annotation for name, parameter in signature.parameters.items()},
        "return": published,
    }
    return answering
