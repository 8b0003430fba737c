"""What earlier responses said that a next request needs: what they wait for, where they live."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_foundry.agents.question import RunIds
    from mcp_foundry.contract.answers import Pending
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place

# Pending items, so that a reply has the shape that its call asks for.
_PENDING = 1000
# Responses and conversations; of older ones the service is asked.
_HOMES = 4000


class Home(NamedTuple):
    """Where a conversation is held.

    Attributes:
        place: Where its responses are.
        session_id: In which session of a hosted agent; empty for none.
        agent: Who answered there, with its version.
    """

    place: Place
    session_id: str = ""
    agent: str = ""


class Memory:
    """Of a bounded number of responses."""

    def __init__(self) -> None:
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._homes: OrderedDict[str, Home] = OrderedDict()

    def pending(self, identifier: str) -> Pending | None:
        """Return what waits, or waited, under an id."""
        return self._pending.get(identifier)

    def keep(self, items: Iterable[Pending]) -> None:
        """Remember what waits for its caller."""
        for item in items:
            self._pending[item.id] = item
        while len(self._pending) > _PENDING:
            self._pending.popitem(last=False)

    def home(self, identifier: str) -> Home | None:
        """Return where a response, or a conversation, is."""
        return self._homes.get(identifier)

    def settle(self, response: Json, ids: RunIds, place: Place) -> Home:
        """Remember where a response lives, and its conversation with it."""
        home = Home(place, text_in(response.get("agent_session_id")), ids.agent)
        for identifier in (ids.answer_id.rpartition("/")[2], ids.conversation_id):
            self._homes[identifier] = home
        while len(self._homes) > _HOMES:
            self._homes.popitem(last=False)
        return home
