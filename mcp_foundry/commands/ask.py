"""`mcp-foundry ask`: one question, and its answer on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.outcome import code_of
from mcp_foundry.commands.talking.following import show_what_follows
from mcp_foundry.commands.talking.opening import new_page
from mcp_foundry.commands.talking.person import person_here
from mcp_foundry.commands.talking.stdout import open_stdout
from mcp_foundry.commands.turns import open_talk
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Ask, and print the answer."""

    async def asking() -> int:
        code = 0
        with interruptible() as shutdown, person_here() as person:
            async with (
                open_stdout(lambda: shutdown.begin(1)) as out,
                project(settings, options.emulation) as chosen,
                open_talk(chosen, "", options.conversation_id, person) as talk,
            ):
                page = new_page(out)
                result = await talk.say(" ".join(options.words), page)
                await page.end(result.structured_content or {})
                if out.is_terminal:
                    show_what_follows(result, drawn=page.is_drawn)
                code = code_of(result.structured_content or {})
        return shutdown.code or code

    return anyio.run(asking)
