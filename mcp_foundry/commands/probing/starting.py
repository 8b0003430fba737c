"""Questions in the background, with and without a conversation: points 1 and 2."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import BACKGROUND, CONVERSATION
from mcp_foundry.commands.probing.requests import passes
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.hearing import Heard
    from mcp_foundry.commands.probing.requests import Route

ROUNDS = 3
# A background response whose first token comes later than twice the other's and a second.
_FACTOR, _SLACK = 2, 1.0
_OFF = "set MCP_FOUNDRY_BACKGROUND=off"


async def ask_in_background(route: Route) -> Finding:
    """Ask in the background and in the foreground in turn, so that both meet the same load."""
    behind: list[Heard] = []
    before: list[Heard] = []
    unnamed = False
    for _ in range(ROUNDS):
        try:
            behind.append(await route.ask(SHORT))
        except FoundryError as failure:
            if failure.status is None or behind or passes(failure):
                raise
            # Whatever else is wrong with it would fail in the foreground, too.
            await route.ask(SHORT, background=False)
            route.foreground = route.told(failure)
            unnamed = True
        if route.foreground:
            came = f"refused: {route.foreground}"
            follows = (
                f"the bridge cannot tell that it is `background`: {_OFF}"
                if unnamed
                else "the bridge asks without `background` after one refusal, and then a broken "
                f"connection loses the answer; to spare the refusal, {_OFF}"
            )
            return BACKGROUND.found(False, came, follows)
        before.append(await route.ask(SHORT, background=False))
    return _compared(route, behind, before)


def _compared(route: Route, behind: list[Heard], before: list[Heard]) -> Finding:
    first = behind[0]
    ended = next((heard for heard in behind if heard.status == "completed"), None)
    if first.background is not True:
        route.foreground = "`background` is not echoed as true"
    elif ended:
        route.completed = ended.id
    late, early = first_token(behind), first_token(before)
    slow = late is not None and early is not None and late > _FACTOR * early + _SLACK
    came = f"{beginning(route, first)}; {in_ms(late)}, with stream only {in_ms(early)}"
    if first.background is not True:
        follows = (
            "the service takes `background` and ignores it: a broken connection loses the answer. "
            f"Nothing is lost by {_OFF}"
        )
    elif not first.text:
        follows = "there is no text before the end of the answer"
    elif slow:
        follows = f"where the first word matters more than a broken connection, {_OFF}"
    else:
        follows = ""
    return BACKGROUND.found(not follows, came, follows)


async def ask_in_conversation(route: Route) -> Finding:
    """Ask one turn after the other in a conversation."""
    conversation = await route.converse()
    turns = [await route.ask(SHORT, conversation=conversation) for _ in range(ROUNDS)]
    first = turns[0]
    why = f" (asked in the foreground: {route.foreground})" if route.foreground else ""
    came = f"{beginning(route, first)}; {in_ms(first_token(turns))}{why}"
    spoke = all(heard.text for heard in turns)
    holds = spoke and (first.background is True or bool(why))
    follows = "" if holds else "use conversation_id=resp_… (the default) instead of `new`"
    return CONVERSATION.found(holds, came, follows)


def first_token(heard: Sequence[Heard]) -> float | None:
    """Return the median of the seconds to the first token; None where none came."""
    times = [each.first_token for each in heard if each.first_token is not None]
    return median(times) if times else None


def in_ms(seconds: float | None) -> str:
    """Return a time to a first token in words."""
    return "no token" if seconds is None else f"first token after {seconds * 1000:.0f} ms"


def beginning(route: Route, heard: Heard) -> str:
    """Return how a stream began, in words."""
    names = ", ".join(map(route.blank, heard.names[:3])) or "no event"
    told = isinstance(heard.background, bool)
    echoed = str(heard.background).lower() if told else "not at all"
    text = "text streamed" if heard.first_token is not None else "no text streamed"
    failed = f", {route.blank(heard.error)}" if heard.error else ""
    return f"{names}; background echoed {echoed}; {text}{failed}"
