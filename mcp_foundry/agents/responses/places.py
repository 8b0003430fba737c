"""Where a response is read, resumed and cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from mcp_foundry.agents.question import RunIds

CREATE = "/openai/v1/responses"


def places_of(ids: RunIds, action: str = "", query: str = "") -> list[str]:
    """Return the paths at which a response may be found, the likeliest first.

    A hosted agent's response (`NAME/caresp_…`) is in the project, where it was asked for, or at
    its agent's own endpoint, where Microsoft's CLI reads it (azure-dev, internal/cmd/responses.go,
    2026-08).

    Args:
        ids: What the response is called.
        action: What is done with it, such as `/cancel`.
        query: What is asked of it, each part behind an `&`.
    """
    name, _, identifier = ids.answer_id.rpartition("/")
    tail = f"{quote(identifier, safe='')}{action}"
    further = f"?{query[1:]}" if query else ""
    project = f"{CREATE}/{tail}{further}"
    if not name:
        return [project]
    agent = f"/agents/{quote(name, safe='')}/endpoint/protocols/openai/responses/{tail}"
    return [project, f"{agent}?api-version=v1{query}"]
