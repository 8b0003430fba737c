"""With whom each conversation is held: remembered, else asked of the service, once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import conversation_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.agents.question import LastTurn

# Of older ones the service is asked.
_REMEMBERED = 2000


class Partners:
    """Remembers which agent answered in a conversation.

    Args:
        generations: Who is asked what is not remembered.
        alone: Whether this process alone goes on with a conversation. A response says for ever who
            gave it; but in a conversation that stays another agent may have answered elsewhere.
    """

    def __init__(self, generations: Generations, *, alone: bool = True) -> None:
        self._generations = generations
        self._alone = alone
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
        key, _ = conversation_in(conversation_id)
        known = key in self._turns and (self._alone or not key.startswith(("conv_", "thread_")))
        while not known:
            if asking := self._asking.get(key):
                await asking.wait()
                known = key in self._turns
                continue
            self._asking[key] = anyio.Event()
            try:
                turn, known = await self._ask(conversation_id), True
                self.remember(key, replace(turn, inputs=self.inputs(key)))
            finally:
                self._asking.pop(key).set()
        return self._turns[key]

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
