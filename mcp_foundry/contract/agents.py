"""The agents that can be asked, as callers see them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from mcp_foundry.contract.answers import GenerationField, Result
from mcp_foundry.contract.json import Json  # noqa: TC001 - pydantic reads it

# What is in them reads by itself; spelled out, every model that lists the tools would pay for it.
_OBJECTS = WithJsonSchema({"type": "array", "items": {"type": "object"}})


class Skill(BaseModel):
    """What an agent's card says that it can do."""

    name: str
    description: str = ""


class Input(BaseModel):
    """A value that an agent's instructions or tools have a place for."""

    name: str
    description: str = ""
    required: bool = False
    type: str = ""


class Agent(BaseModel):
    """An agent that can be asked, in the version that answers."""

    name: Annotated[str, Field(description="Pass it as agent")]
    version: str = ""
    generation: GenerationField
    model: str = ""
    description: str = ""
    kind: str = ""
    state: str = ""
    draft: bool | None = None
    skills: Annotated[list[Skill], _OBJECTS] = []
    inputs: Annotated[list[Input], _OBJECTS] = []
    display_name: str = ""
    definition: Json = {}
    versions: list[Json] = []


class Agents(Result):
    """The agents of the project."""

    agents: list[Agent]
    note: Annotated[str, Field(description="What could not be listed, and why")] = ""
