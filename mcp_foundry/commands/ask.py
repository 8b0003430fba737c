"""`mcp-foundry ask`: one question, and its answer on stdout."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.next_to_type import in_shell, told_what_next
from mcp_foundry.commands.outcome import FAILED, code_of
from mcp_foundry.commands.talking.attached import attached
from mcp_foundry.commands.talking.following import dim, show_what_follows, tokens_told
from mcp_foundry.commands.talking.remembered import Remembered
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
# Flags that say which project it is.
_PLACE = ("endpoint", "local", "env_file")


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
        self._embedded = options.emulation is not None
        if options.go_on and self._embedded:
            from mcp_foundry.server.forgetting import ENDS

            raise UsageError(f"--continue has nothing to go on with. {ENDS}")
        self._settings = replace(settings, max_wait=0) if options.wait else settings
        sent = {given: attached(given, settings.limits.file) for given in options.attached}
        self._files = list(sent.values())
        given = read_values(options.inputs)
        # An input that is one of the files stands for its upload.
        self._inputs = {name: sent.get(text, text) for name, text in given.items()}
        going_on = options.go_on or options.conversation_id not in {"", "new"}
        self._wording = read_wording(
            options.words,
            agent_known=bool(settings.agent or self._embedded or going_on),
            agent_set=hasattr(options, "agent"),
            most=settings.limits.message,
        )

    def run(self) -> int:
        """Ask, show, and remember."""
        # What the imports build lives as long as the process; see `serve`.
        gc.disable()
        import anyio

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
            return _report_failure(failed[0])
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
            talk.agent, talk.conversation_id = self._last(talk.agent)
        return wording.message

    def _last(self, agent: str) -> tuple[str, str]:
        """Return who answers in the last conversation, and its id."""
        try:
            remembered = Remembered(self._settings)
            last = remembered.last(agent)
        except OSError as wrong:
            raise UsageError(
                f"--continue: what was remembered cannot be read: {wrong}. Pass --conversation ID."
            ) from None
        if last is None:
            whom = f" with '{agent}'" if agent else ""
            raise UsageError(
                f"--continue: no conversation{whom} in this project is remembered on this machine. "
                "Ask without --continue, or pass --conversation ID."
            )
        return agent or last.agent, last.conversation_id

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
        complaint = "" if error or self._embedded else self._remember(answer, talk)
        place = [
            word
            for name in _PLACE
            if hasattr(self._options, name)
            for word in (f"--{name.replace('_', '-')}", str(getattr(self._options, name)))
        ]
        if left := told_what_next(answer, place, embedded=self._embedded):
            sys.stderr.write(f"mcp-foundry: {left}\n")
        elif out.is_terminal and not self._options.json:
            self._tell_how_to_go_on(answer, place, complaint, drawn=page.is_drawn)
        if error or not page.is_exact:
            return FAILED
        return code_of(answer, tolerant=self._options.tolerant)

    def _tell_how_to_go_on(
        self, answer: Json, place: list[str], complaint: str, *, drawn: bool
    ) -> None:
        if self._embedded:
            from mcp_foundry.server.forgetting import ENDS

            way = ENDS
        elif complaint:
            conversation = ["--conversation", answer["conversation_id"]]
            way = in_shell(["mcp-foundry", "ask", *conversation, *place, "..."])
        else:
            way = in_shell(["mcp-foundry", "ask", "--continue", *place, "..."])
        told = " · ".join(filter(None, (way, tokens_told(answer))))
        sys.stdout.write(f"\n{dim(told) if drawn else told}\n")

    def _remember(self, answer: Json, talk: Talk) -> str:
        """Remember the conversation; return why it could not be."""
        conversation, agent = answer.get("conversation_id", ""), answer.get("agent", "")
        name = agent.partition(":")[0]
        if not conversation or not name:
            return "there is none"
        # With a version only where one was asked for: another may answer next time.
        for asked in (talk.agent, self._settings.agent):
            if asked.partition(":")[0] == name:
                name = asked
                break
        try:
            Remembered(self._settings).note(name, conversation)
        except OSError as wrong:
            return str(wrong)
        return ""


def _report_failure(failure: OSError) -> int:
    if not isinstance(failure, ConnectionError):  # nobody reads it any more, as after `head`
        sys.stderr.write(f"mcp-foundry: stdout cannot be written: {failure.strerror}\n")
    return FAILED
