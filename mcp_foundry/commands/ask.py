"""`mcp-foundry ask`: one question, and its answer on stdout."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.outcome import FAILED, code_of
from mcp_foundry.commands.talking.attached import attached
from mcp_foundry.commands.talking.following import dim, show_what_follows, tokens_told
from mcp_foundry.commands.talking.going_on import GoingOn
from mcp_foundry.commands.talking.values import need_types, read_values, typed
from mcp_foundry.commands.talking.wording import read_wording

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from mcp_types import CallToolResult

    from mcp_foundry.commands.talking.page import Page
    from mcp_foundry.commands.talking.stdout import Stdout
    from mcp_foundry.commands.turns import Talk
    from mcp_foundry.settings.values import Settings

Json = dict[str, Any]
_TWICE = (
    "the agent began anew when a part of its first draft was written already. On stdout stand that "
    "part, a blank line, and the whole answer; with --json, nothing but the answer would."
)


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Ask one question and print the answer's text as it grows.

    Returns:
        The exit code; see `mcp_foundry.commands.outcome`.

    Raises:
        UsageError: The question is none that can be asked.
    """
    return _Ask(settings, options).run()


class _Ask:
    """One question from the command line."""

    def __init__(self, settings: Settings, options: SimpleNamespace) -> None:
        self._options = options
        self._going_on = GoingOn(settings, options)
        self._settings = replace(settings, max_wait=0) if options.wait else settings
        sent = {given: attached(given, settings.limits.file) for given in options.attached}
        self._files = list(sent.values())
        given = read_values(options.inputs)
        # An input that is one of the files stands for its upload.
        self._inputs = {name: sent.get(text, text) for name, text in given.items()}
        going_on = options.go_on or options.conversation_id not in {"", "new"}
        self._wording = read_wording(
            options.words,
            agent_known=bool(settings.agent or self._going_on.embedded or going_on),
            agent_set=hasattr(options, "agent"),
            most=settings.limits.message,
        )

    def run(self) -> int:
        """Ask, show, and remember."""
        # What the imports build lives as long as the process; see `serve`.
        gc.disable()
        import anyio

        from mcp_foundry.commands.talking.stdout import report_failure
        from mcp_foundry.transport.shutdown import interruptible

        # An exception would leave the client's task group as a group.
        outcome: list[int | UsageError] = []
        failed: list[OSError] = []

        async def asking() -> int:
            with interruptible() as shutdown:

                def closed(why: OSError) -> None:
                    failed.append(why)
                    shutdown.begin(FAILED)

                outcome.append(await self._through(closed))
            return shutdown.code

        interrupted = anyio.run(asking)
        if failed:
            return report_failure(failed[0])
        if interrupted:
            sys.stderr.write("mcp-foundry: interrupted\n")
            return interrupted
        if isinstance(outcome[0], UsageError):
            raise outcome[0]
        return outcome[0]

    async def _through(self, closed: Callable[[OSError], None]) -> int | UsageError:
        """Ask through a client of a server in this process."""
        from mcp_foundry.commands.emulate import project
        from mcp_foundry.commands.talking.opening import new_page
        from mcp_foundry.commands.talking.person import person_here
        from mcp_foundry.commands.talking.stdout import open_stdout
        from mcp_foundry.commands.turns import open_talk

        with person_here() as person:
            async with (
                open_stdout(closed) as out,
                project(self._settings, self._options.emulation) as chosen,
                open_talk(chosen, person) as talk,
            ):
                gc.freeze()
                gc.enable()
                try:
                    message = await self._address(talk)
                except UsageError as wrong:
                    return wrong
                page = new_page(out, as_json=self._options.json)
                result = await talk.say(
                    message, page, files=self._files, inputs=await self._typed_inputs(talk)
                )
                return await self._end(result, talk, page, out)

    async def _address(self, talk: Talk) -> str:
        """Decide whom to ask, and where; return the message.

        Raises:
            UsageError: No conversation can go on.
        """
        wording = self._wording
        if wording.doubt and not await talk.has_agent(wording.doubt):
            wording = wording.with_text()
        talk.agent = wording.agent or getattr(self._options, "agent", "")
        talk.conversation_id = self._options.conversation_id
        if self._options.go_on:
            talk.agent, talk.conversation_id = self._going_on.last(talk.agent)
        return wording.message

    async def _typed_inputs(self, talk: Talk) -> Json:
        if not need_types(self._inputs):
            return dict(self._inputs)
        return typed(self._inputs, await talk.declared_inputs())

    async def _end(self, result: CallToolResult, talk: Talk, page: Page, out: Stdout) -> int:
        """Show what is left of an answer and what follows it, and remember its conversation."""
        answer: Json = result.structured_content or {}
        error: Json = answer.get("error", {}) if result.is_error else {}
        if not (error and self._options.json):
            await page.end(answer)
        if error:
            sys.stderr.write(f"{error['code']}: {error['message']}\n")
        elif out.is_terminal and not self._options.json:
            show_what_follows(result, drawn=page.is_drawn)
        if not page.is_exact:
            sys.stderr.write(f"mcp-foundry: {_TWICE}\n")
        if not error:
            self._going_on.remember(answer, talk.agent)
        if left := self._going_on.lack(answer):
            sys.stderr.write(f"mcp-foundry: {left}\n")
        elif out.is_terminal and not self._options.json:
            way = self._going_on.way(answer.get("conversation_id", ""), "...")
            told = " · ".join(filter(None, (way, tokens_told(answer))))
            sys.stdout.write(f"\n{dim(told) if page.is_drawn else told}\n")
        if error or not page.is_exact:
            return FAILED
        return code_of(answer, tolerant=self._options.tolerant)
