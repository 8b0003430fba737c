"""Where responses are asked for, read, resumed and cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

CREATE = "/openai/v1/responses"
# How a place says that a response, or a route, is not there.
ELSEWHERE = frozenset({400, 404, 405, 501})
_USER = "x-ms-user-identity"
_MEMORY_USER = "x-memory-user-id"
_STARTS_RUNS = "/responses"


@dataclass(frozen=True)
class Place:
    """Where an agent's responses are.

    Attributes:
        base: What stands before `/responses`: a path below the project's endpoint, or the URL of an
            agent on this machine.
        agent: Whose place it is; empty for the project's, where each request names its agent.
        local: Whether the agent runs on this machine.
    """

    base: str
    agent: str = ""
    local: bool = False

    @property
    def own(self) -> bool:
        """Whether it is an agent's own endpoint at the service."""
        return bool(self.agent) and not self.local

    @property
    def responses(self) -> str:
        """Where a response is asked for."""
        return self._at("/responses")

    @property
    def conversations(self) -> str:
        """Where a durable conversation is made."""
        return self._at("/conversations")

    @property
    def sessions(self) -> str:
        """Where the sessions of a hosted agent are made."""
        return f"{_agent(self.agent)}/endpoint/sessions?api-version=v1"

    def session(self, identifier: str) -> str:
        """Return where one of them is."""
        name = quote(identifier, safe="")
        return f"{_agent(self.agent)}/endpoint/sessions/{name}?api-version=v1"

    def response(self, identifier: str, action: str = "", query: str = "") -> str:
        """Return where a response is.

        Args:
            identifier: `resp_…` or `caresp_…`.
            action: What is done with it, such as `/cancel`.
            query: What is asked of it, such as `stream=true`.
        """
        return self._at(f"/responses/{quote(identifier, safe='')}{action}", query)

    def conversation(self, identifier: str) -> str:
        """Return where a durable conversation is."""
        return self._at(f"/conversations/{quote(identifier, safe='')}")

    def items(self, conversation: str, query: str) -> str:
        """Return where the items of a durable conversation are listed."""
        return self._at(f"/conversations/{quote(conversation, safe='')}/items", query)

    def _at(self, path: str, query: str = "") -> str:
        asked = "&".join(filter(None, ("api-version=v1" if self.own else "", query)))
        return f"{self.base}{path}{'?' if asked else ''}{asked}"


PROJECT = Place("/openai/v1")


def spoken_for(user: str, path: str) -> dict[str, str]:
    """Return the headers by which a server that asks in its own name says for whom it does.

    Args:
        user: Whom; empty for nobody.
        path: What is asked for, below the project's endpoint. An agent's own endpoint keeps users
            apart; an agent's memory is the user's, wherever it is asked.
    """
    if not user:
        return {}
    place = path.partition("?")[0]
    headers = {_USER: user} if place.startswith("/agents/") and "/endpoint/" in place else {}
    return {**headers, _MEMORY_USER: user} if place.endswith(_STARTS_RUNS) else headers


def endpoint_of(agent: str) -> Place:
    """Return an agent's own endpoint.

    Hosted agents are asked there, any agent can be (azure-dev, internal/cmd/responses.go, 2026-08),
    and *Foundry Agent Consumer* is enough for it.
    """
    return Place(f"{_agent(agent)}/endpoint/protocols/openai", agent)


def _agent(name: str) -> str:
    return f"/agents/{quote(name, safe='')}"
