"""Requests as the protocol has them, with small bodies of our own.

The bridge's own way of asking is not used: it mends what a probe is to see.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.findings import Untried
from mcp_foundry.commands.probing.hearing import Stream
from mcp_foundry.commands.probing.replies import Reply, reply_of
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import Json, text_in
from mcp_foundry.service.explain import explain, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from mcp_foundry.commands.probing.blanks import Blanks
    from mcp_foundry.commands.probing.hearing import Heard
    from mcp_foundry.commands.probing.waiting import Patience
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.service.places import Place

_UNREADABLE = frozenset({400, 422})
_ROLE = frozenset({"forbidden", "unauthenticated"})
_NOT_READY = 424
_ABOUT = "the probe"
WITHOUT_ROLE = "refused for want of a role or a valid credential, see point 10"


class Route:
    """The way to one agent, and what was learned on it.

    Attributes:
        session: The project.
        agent: Who is asked, `NAME` or `NAME:VERSION`.
        blank: Makes the service's words fit for anybody.
        patience: How long is waited.
        taken: How many questions the service took.
        role: The first refusal for want of a role or of a valid credential.
        foreground: Why nothing is asked for in the background any more; empty while it is.
        at: The place where the agent is asked.
        made: Where the conversations, sessions and files are that were created.
        completed: The id of a background response that has ended well.
    """

    def __init__(
        self,
        session: FoundrySession,
        agent: str,
        at: Place,
        blank: Blanks,
        patience: Patience,
    ) -> None:
        self.session = session
        self.agent = agent
        self.at = at
        self.blank = blank
        self.patience = patience
        self.taken = 0
        self.role = ""
        self.foreground = ""
        self.made: list[str] = []
        self.completed = ""
        self._aside = False

    @contextmanager
    def elsewhere(self, place: Place) -> Generator[Route]:
        """Go to the same agent at another place, where a missing role is a refusal like others."""
        there = Route(self.session, self.agent, place, self.blank, self.patience)
        there.foreground = self.foreground
        there._aside = True
        try:
            yield there
        finally:
            self.taken += there.taken

    def body(self, given: str | list[Json], **further: object) -> Json:
        """Return the body of a question in the foreground."""
        name, _, version = self.agent.partition(":")
        reference = {"type": "agent_reference", "name": name}
        reference |= {"version": version} if version else {}
        named: Json = {} if self.at.agent else {"agent_reference": reference}
        return {"input": given, **named, "store": True, **further}

    @asynccontextmanager
    async def asking(
        self, given: str | list[Json], *, background: bool = True, **further: object
    ) -> AsyncGenerator[Stream]:
        """Ask with a stream, which is closed in the end.

        Args:
            given: The input.
            background: Whether it is to run in the background, if the route lets it.
            **further: More fields of the body.

        Raises:
            FoundryError: The question was refused, or could not be sent.
        """
        async with AsyncExitStack() as stack:
            yield await self._open(stack, given, background, further)

    async def _open(
        self,
        stack: AsyncExitStack,
        given: str | list[Json],
        background: bool,
        further: dict[str, object],
    ) -> Stream:
        behind = background and not self.foreground
        body = self.body(given, stream=True, **further) | ({"background": True} if behind else {})
        stream = Stream()
        try:
            opened = self.session.wire.stream(self.at.responses, _ABOUT, body)
            stream.opened(await stack.enter_async_context(opened))
        except FoundryError as failure:
            self._note(failure)
            if not (behind and blames(failure, "background")):
                raise
            self.foreground = self.told(failure)
            return await self._open(stack, given, False, further)
        self.taken += 1
        return stream

    async def ask(
        self, given: str | list[Json], *, background: bool = True, **further: object
    ) -> Heard:
        """Ask, and read the stream to its end; see `asking`."""
        async with self.asking(given, background=background, **further) as stream:
            return await stream.to_the_end()

    async def send(self, method: str, path: str, body: Json | None = None) -> Reply:
        """Send a plain request, once; a refusal is a reply.

        Not `Wire.fetch`, which repeats what fails and keeps the service's own code to itself.

        Raises:
            FoundryError: There was no reply.
            Untried: It is refused for want of a role.
        """
        from azure.core.rest import HttpRequest

        settings = self.session.settings
        request = HttpRequest(method, f"{settings.endpoint}{path}", json=body)
        try:
            pipeline = await self.session.clients.pipeline(retries=False)
            with anyio.fail_after(self.patience.request):
                run = await pipeline.run(request, connection_timeout=settings.limits.connect)
        except Exception as exception:
            raise explain(exception, _ABOUT, settings) from exception
        response = run.http_response
        headers = dict(response.headers)
        text = text_of(response)
        reply = reply_of(response.status_code, headers, text, _ABOUT, self.blank)
        if reply.failure:
            self._note(reply.failure, reply.told)
        return reply

    async def read(self, identifier: str) -> Reply:
        """Return a response by its id, where the service has it."""
        return await self.send("GET", self.at.response(identifier))

    async def read_to_the_end(self, identifier: str) -> Reply:
        """Read a response until it has ended, or cannot be read."""
        while True:
            reply = await self.read(identifier)
            if reply.state not in {"queued", "in_progress"}:
                return reply
            await anyio.sleep(self.patience.poll)

    async def converse(self) -> str:
        """Create a conversation, which `leave` deletes.

        Raises:
            Untried: The service creates none.
        """
        reply = await self.create(self.at.conversations, {}, "id", self.at.conversation)
        identifier = text_in(reply.body.get("id"))
        if not identifier:
            raise Untried(f"no conversation was created ({reply.told or 'without an id'})")
        return identifier

    async def create(
        self, path: str, body: Json, named: str, place_of: Callable[[str], str]
    ) -> Reply:
        """Create what `leave` deletes.

        Args:
            path: Where it is created.
            body: What of.
            named: The field of the reply that has its id.
            place_of: Where it is then, by its id.
        """
        reply = Reply(0)
        # Whoever interrupts now would leave one behind whose id was on the way.
        with anyio.CancelScope(shield=True):
            reply = await self.send("POST", path, body)
            if identifier := text_in(reply.body.get(named)):
                self.made.append(place_of(identifier))
        return reply

    async def leave(self) -> bool:
        """Delete what was created, also while being cancelled; False where some of it is left."""
        with anyio.move_on_after(self.patience.farewell, shield=True):
            for place in reversed(self.made.copy()):
                # One that stays is no reason to leave the others.
                with suppress(FoundryError, Untried):
                    if (await self.send("DELETE", place)).taken:
                        self.made.remove(place)
        return not self.made

    def told(self, failure: FoundryError) -> str:
        """Return a failure in a few words, fit for anybody."""
        status = f"HTTP {failure.status}, " if failure.status else ""
        param = f", param {failure.param}" if failure.param else ""
        said = failure.message.removeprefix(f"{_ABOUT}: ")
        return self.blank(f"{status}{failure.code}{param}: {said}")

    def _note(self, failure: FoundryError, told: str = "") -> None:
        if failure.code in _ROLE and not self._aside:
            # The service's own words say more than what the bridge makes of them.
            self.role = told or self.role or self.told(failure)
            raise Untried(WITHOUT_ROLE)


def blames(failure: FoundryError, name: str) -> bool:
    """Whether a refusal names a field of the request, in `param`, `details` or its words."""
    return failure.status in _UNREADABLE and name in f"{failure.param} {failure.message}".lower()


def passes(failure: FoundryError) -> bool:
    """Whether a refusal only says to come back: a rate limit, or a container that starts."""
    return failure.code == "rate_limited" or failure.status == _NOT_READY
