"""What a caller asks, checked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_foundry.agents.question import Question
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent, check_conversation, conversation_in
from mcp_foundry.project.inputs import check_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.agents.question import Reply
    from mcp_foundry.project.files.attaching import Attaching
    from mcp_foundry.runs.asker import Request
    from mcp_foundry.runs.batches import Batches
    from mcp_foundry.runs.partners import Partners
    from mcp_foundry.settings.values import Settings


# As long, and of the same signs, as those that the service gives (recorded).
_AN_ID = "assistant-0000000000000000000000"


class Questions:
    """Makes questions of requests.

    Args:
        settings: Who may be asked, and what by default.
        generations: Tells which inputs an agent takes.
        partners: Tells who answers in a conversation.
        batches: Tells which conversation an answer of a batch leads to.
        attaching: Makes attachments of files.
    """

    def __init__(
        self,
        settings: Settings,
        generations: Generations,
        partners: Partners,
        batches: Batches,
        attaching: Attaching,
    ) -> None:
        self._attaching = attaching
        self._settings = settings
        self._generations = generations
        self._partners = partners
        self._batches = batches

    async def check(self, request: Request, replies: Sequence[Reply] = ()) -> Question:
        """Return the question that a caller asks.

        Nothing is asked of the service, unless it alone knows whose conversation it is, or which
        inputs the agent takes.

        Raises:
            FoundryError: `invalid_request`, `not_configured`, `not_allowed` or `agent_not_found`.
        """
        message, agent, conversation_id, inputs, given = request
        if not replies:
            self._check_message(message)
        elif message or given:
            raise FoundryError(
                "invalid_request",
                f"{'message' if message else 'files'} and replies came together. Send the replies "
                "alone, with an empty message; ask the next question once the agent has answered.",
            )
        elif not conversation_id or conversation_id == "new":
            raise FoundryError(
                "invalid_request",
                "replies need the conversation_id of the answer whose pending items they answer.",
            )
        if conversation_id.startswith("batch_"):
            conversation_id = self._batches.conversation_of(conversation_id)
        conversation_id, owner = conversation_in(conversation_id)
        agent = agent or owner
        if agent:
            check_agent(agent)
            check_allowed(self._settings, agent)
        check_conversation(conversation_id, agent)
        if not agent or (replies and self._settings.agents):
            agent = await self._partner(conversation_id, agent, bool(replies))
            check_conversation(conversation_id, agent)
            if agent:
                check_allowed(self._settings, agent)
        if inputs or not replies:
            checked = _with_ids(inputs, given) if given else inputs
            await check_inputs(self._generations, self._settings, agent, checked)
        files = await self._attaching.attached(given, inputs, agent) if given else ()
        return Question(message, agent, conversation_id, tuple(replies), inputs, files)

    async def _partner(self, conversation_id: str, agent: str, replying: bool) -> str:
        """Return who answers in a conversation, where the caller leaves that open or may not say.

        A run that waits at the service answers itself, whatever agent the caller names with its
        replies; where only some may be asked, it has to be known which it is.
        """
        waits = replying and self._generations.of(conversation_id).waits_at_service
        if waits and not self._settings.agents:
            return agent
        if agent and not waits:
            return agent
        if not conversation_id or conversation_id == "new":
            return default_agent(self._settings)
        return (await self._partners.of(conversation_id)).agent or default_agent(self._settings)

    def _check_message(self, message: str) -> None:
        if not message.strip():
            raise FoundryError("invalid_request", "message is empty. Pass what to ask the agent.")
        size, most = len(message.encode(errors="replace")), self._settings.limits.message
        if size > most:
            raise FoundryError(
                "invalid_request",
                f"message has {size:,} bytes, and {most:,} are the most that may be sent. Shorten "
                "it, or let the agent read the material from a file or a search index.",
            )


def _with_ids(inputs: Mapping[str, Any], files: Sequence[str]) -> dict[str, Any]:
    """Return inputs as they are once the files among them are uploads."""
    sent = set(files)
    return {
        name: _AN_ID if isinstance(value, str) and value in sent else value
        for name, value in inputs.items()
    }


def default_agent(settings: Settings) -> str:
    """Return the agent asked when a call names none.

    Raises:
        FoundryError: `not_configured`.
    """
    if settings.agent:
        return settings.agent
    raise FoundryError(
        "not_configured",
        "the call names no agent, and no default is set. Call list_agents and pass one as "
        "agent, or set FOUNDRY_AGENT_NAME in the server's environment.",
    )


def check_allowed(settings: Settings, agent: str) -> None:
    """Refuse an agent outside the allow-list, and one of a project where there is none.

    Raises:
        FoundryError: `not_allowed` or `agent_not_found`.
    """
    if not settings.may_ask(agent):
        raise FoundryError(
            "not_allowed",
            f"agent '{agent}' is not among those that MCP_FOUNDRY_AGENTS allows: "
            f"{', '.join(sorted(settings.agents))}.",
        )
    if not settings.endpoint and agent.partition(":")[0] not in settings.local:
        raise FoundryError(
            "agent_not_found",
            f"agent '{agent}' is not here: there is no project, only agents on this machine. "
            f"They are: {', '.join(settings.local)}.",
        )
