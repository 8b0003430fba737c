"""With whom each conversation is held: remembered, else asked of the service, once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.agents.question import LastTurn

# Of older ones the service is asked.
_REMEMBERED = 2000


class Partners:
    """Remembers which agent answered in a conversation."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._turns: OrderedDict[str, LastTurn] = OrderedDict()
        self._asking: dict[str, anyio.Event] = {}

    def remember(self, conversation_id: str, turn: LastTurn) -> None:
        """Note who answered, and what it waits for."""
        self._turns[conversation_id] = turn
        self._turns.move_to_end(conversation_id)
        if len(self._turns) > _REMEMBERED:
            self._turns.popitem(last=False)

    def inputs(self, conversation_id: str) -> Mapping[str, Any]:
        """Return with which inputs a turn was asked that waits for replies."""
        turn = self._turns.get(conversation_id)
        return turn.inputs if turn else {}

    async def of(self, conversation_id: str) -> LastTurn:
        """Return the newest turn of a conversation; of no agent where nobody has answered yet.

        Raises:
            FoundryError: There is no such conversation, or the service could not be asked.
        """
        while conversation_id not in self._turns:
            if asking := self._asking.get(conversation_id):
                await asking.wait()
                continue
            self._asking[conversation_id] = anyio.Event()
            try:
                self.remember(conversation_id, await self._ask(conversation_id))
            finally:
                self._asking.pop(conversation_id).set()
        return self._turns[conversation_id]

    async def _ask(self, conversation_id: str) -> LastTurn:
        generation = self._generations.of(conversation_id)
        try:
            turn = await generation.newest(conversation_id)
        except FoundryError as failure:
            if failure.code == "conversation_not_found":
                raise
            raise failure.told_as(
                f"{failure} It was asked which agent answered in conversation "
                f"'{conversation_id}'; pass that one as agent."
            ) from failure
        # By name alone, as a caller would have asked it.
        return replace(turn, agent=turn.agent.partition(":")[0])
