"""Responses found in the project's list, because their id was lost or cannot be read by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mcp_foundry.agents.question import CORRELATION
from mcp_foundry.agents.responses.answers import ids_of
from mcp_foundry.contract.json import count_in, object_in, objects_in, text_in
from mcp_foundry.service.places import CREATE

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

# A page holds whole responses, of up to half a megabyte each.
_LIMIT = 20
# Clocks of two machines differ by that many seconds, where both are kept right.
_SKEW = 2.0


class Listing:
    """The project's list of responses, the newest first."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Return the response to a question; None where none certainly is.

        Its own mark makes it certain. Where the service keeps no marks, so does a durable
        conversation in which exactly one response is younger than the question, and answers it.

        Raises:
            FoundryError: The list could not be read.
        """
        durable = conversation_id.startswith("conv_")
        place = {"conversation_id": conversation_id} if durable else _agent(question.agent)
        unmarked: list[Json] = []
        for response in await self._list(question.about, **place):
            mark = object_in(response.get("metadata")).get(CORRELATION)
            if mark == question.correlation_id:
                return ids_of(response, question)
            if (
                mark is None
                and (count_in(response.get("created_at")) or 0) > question.asked_at - _SKEW
            ):
                unmarked.append(response)
        if durable and len(unmarked) == 1 and await self._answers(unmarked[0], question):
            return ids_of(unmarked[0], question)
        return None

    async def response(self, ids: RunIds) -> Json | None:
        """Return a response that cannot be read by its id.

        Raises:
            FoundryError: The list could not be read.
        """
        identifier = ids.answer_id.rpartition("/")[2]
        durable = ids.conversation_id.startswith("conv_")
        place = {"conversation_id": ids.conversation_id} if durable else _agent(ids.agent)
        listed = await self._list(f"answer '{ids.answer_id}'", **place)
        return next((each for each in listed if each.get("id") == identifier), None)

    async def newest(self, ids: RunIds) -> Json:
        """Return the newest response of a durable conversation; nothing where it has none.

        Raises:
            FoundryError: The list could not be read.
        """
        about = f"conversation '{ids.conversation_id}'"
        listed = await self._list(about, limit="1", conversation_id=ids.conversation_id)
        return listed[0] if listed else {}

    async def _list(self, about: str, **place: str) -> list[Json]:
        query = urlencode({"order": "desc", "limit": str(_LIMIT), **place})
        page = await self._wire.fetch("GET", f"{CREATE}?{query}", about)
        return objects_in(page.get("data"))

    async def _answers(self, response: Json, question: Question) -> bool:
        path = f"{CREATE}/{text_in(response.get('id'))}/input_items?order=desc&limit={_LIMIT}"
        given = objects_in((await self._wire.fetch("GET", path, question.about)).get("data"))
        asked = [_text(item) for item in given if item.get("role") == "user"]
        return bool(question.message) and asked[:1] == [question.message]


def _agent(agent: str) -> dict[str, str]:
    name = agent.partition(":")[0]
    return {"agent_name": name} if name else {}


def _text(item: Json) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content
    return "".join(text_in(part.get("text")) for part in objects_in(content))
