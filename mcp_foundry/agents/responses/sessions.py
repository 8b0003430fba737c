"""Sessions of hosted agents: found for a conversation, made for a version, looked at when silent.

A session is the container, not the conversation: a follow-up names both, because three documents
say three different things about which session `previous_response_id` alone leads to.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.agents.responses.answers import ids_of
from mcp_foundry.agents.sandboxes import Sandbox
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from mcp_foundry.agents.responses.memory import Home, Memory
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place
    from mcp_foundry.service.wire import Wire

logger = logging.getLogger(__name__)

NOT_READY = 424
_NOT_FOUND = 404
# In these a response can come to no end any more.
_DEAD = frozenset({"failed", "deleting", "deleted", "expired"})
_NAMED = re.compile(r"(?i)session '([A-Za-z0-9_-]{8,128})'")
# How a service says that a session is no more; which status it takes for that is not known.
_GONE = frozenset({400, 404, 409, 410})


class Sessions:
    """The sessions of all hosted agents.

    Args:
        wire: The way to the service.
        memory: Knows in which session a conversation is held.
    """

    def __init__(self, wire: Wire, memory: Memory) -> None:
        self._wire = wire
        self._memory = memory

    async def for_question(self, question: Question, place: Place) -> Sandbox:
        """Return where a question is worked on.

        That is its conversation's session, its batch's, or one that is made for the version that
        it names; one that is not known yet, where the service is to choose.

        Raises:
            FoundryError: No session can be made for that version.
        """
        sandbox = question.sandbox or Sandbox()
        version = question.agent.partition(":")[2]
        if home := await self._home(question, place):
            if home.session_id and version in ("", home.agent.partition(":")[2]):
                return Sandbox(home.session_id)
            if version:
                return Sandbox(await self._made(question, place, version))
            return Sandbox()
        if version and not sandbox.session_id:
            sandbox.session_id = await self._made(question, place, version)
        return sandbox

    async def _home(self, question: Question, place: Place) -> Home | None:
        """Return where a conversation is held: remembered, or read from its newest response."""
        conversation = question.conversation_id
        home = self._memory.home(conversation)
        # A durable conversation binds a session by itself; prompt agents have none.
        if home is not None or not conversation.startswith("caresp_"):
            return home
        about = f"conversation '{conversation}'"
        try:
            response = await self._wire.fetch("GET", place.response(conversation), about)
        except FoundryError as failure:
            logger.info("The session of %s is not known: %s", about, failure)
            return None
        ids = ids_of(response, Question("", question.agent, conversation), None, place)
        return self._memory.settle(response, ids, place) if ids else None

    async def _made(self, question: Question, place: Place, version: str) -> str:
        indicator = {"type": "version_ref", "agent_version": version}
        body: Json = {"version_indicator": indicator} if version else {}
        try:
            made = await self._wire.fetch("POST", place.sessions, question.about, body=body)
        except FoundryError as failure:
            if not version:
                raise
            raise failure.told_as(
                f"{failure} A version of an agent that is asked at its own endpoint is asked in a "
                f"session made for it; this one could not be made. Without ':{version}' the "
                "version answers that the agent's operator chose."
            ) from failure
        return text_in(made.get("agent_session_id"))

    async def mended(self, refusal: FoundryError, question: Question, place: Place) -> bool:
        """Take from a refusal what it says of the session; return whether it can be asked again.

        One that is not ready is named, so that it is asked in this one again, and not in one more.
        One that is gone is left: the conversation goes on in a new one, which is made, for what
        the service would choose by itself may be the one that is gone.

        Raises:
            FoundryError: A new one cannot be made.
        """
        sandbox, named = question.sandbox, _NAMED.search(refusal.message)
        if sandbox is None:
            return False
        version = question.agent.partition(":")[2]
        if refusal.status == NOT_READY:
            if named:
                sandbox.session_id = named[1]
            elif not sandbox.session_id:
                # Whatever it is called: asked without one again, the service would begin one more.
                with suppress(FoundryError):
                    sandbox.session_id = await self._made(question, place, version)
            return False
        gone = named and named[1] == sandbox.session_id and refusal.status in _GONE
        if not gone or sandbox.renewed:
            return False
        logger.info("Session %s is gone; what follows is in a new one", sandbox.session_id)
        sandbox.session_id = await self._made(question, place, version)
        sandbox.renewed = True
        return True

    async def is_dead(self, ids: RunIds, place: Place) -> bool:
        """Whether the session in which a response was worked on has come to its end."""
        home = self._memory.home(ids.answer_id.rpartition("/")[2])
        if home is None or not home.session_id:
            return False
        about = f"answer '{ids.answer_id}'"
        try:
            session = await self._wire.fetch("GET", place.session(home.session_id), about)
        except FoundryError as failure:
            return failure.status == _NOT_FOUND
        return text_in(session.get("status")).lower() in _DEAD
