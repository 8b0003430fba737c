"""What several tools take: argument types with the one fact that each adds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from mcp_foundry.agents.question import Reply
from mcp_foundry.contract.json import Json

AgentArgument = Annotated[
    str,
    Field(description="NAME, NAME:VERSION or asst_…; empty: the conversation's, or the default"),
]
ConversationArgument = Annotated[
    str,
    Field(description="From an earlier answer, to go on; empty: a new one; `new`: a durable one"),
]


class ReplyArgument(BaseModel):
    """What to say to one pending item."""

    id: Annotated[str, Field(description="The pending item's id")]
    approve: bool | None = None
    output: Annotated[str | None, Field(description="The function's result")] = None

    def reply(self) -> Reply:
        """The reply as the session takes it."""
        return Reply(self.id, self.approve, self.output)


AnswerSchemaArgument = Annotated[
    Json, Field(description="JSON schema of the answer, which comes back in `data`")
]
Inputs = Annotated[Json, Field(description="Values of the agent's declared inputs, by name")]
Files = Annotated[
    list[str],
    Field(description="Paths, data: or https: URLs, ids"),
]
Replies = Annotated[
    list[ReplyArgument], Field(description="Answers to `pending`; then leave message empty")
]
