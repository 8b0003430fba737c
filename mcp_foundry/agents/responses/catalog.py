"""The agents of the current generation, each with its versions."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp_foundry.agents.responses.profiles import version_in
from mcp_foundry.contract.agents import Agent, Agents, Input, Skill
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import count_in, object_in, objects_in, text_in
from mcp_foundry.service.explain import explain
from mcp_foundry.service.places import endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.agents.responses.routes import Routes
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.service.wire import Wire
    from mcp_foundry.settings.values import Settings

_ROLE = frozenset({"forbidden", "unauthenticated"})
# What Foundry knows as agents and nobody can ask here, and why.
_UNASKABLE = {
    "external": "only registered here; it runs elsewhere, and cannot be asked",
    "voice": "speaks over a realtime connection, and cannot be asked",
    "workflow": "workflow agents are retired by the service on 2026-12-01",
}


class ResponsesCatalog:
    """Looks agents up through the client that manages the project."""

    def __init__(self, wire: Wire, clients: Clients, routes: Routes, settings: Settings) -> None:
        self._wire = wire
        self._clients = clients
        self._profiles = routes.profiles
        self._settings = settings

    async def list(self) -> Agents:
        """Return the agents, each in the version that answers.

        Who may only ask agents may not list them: then those are told that the settings name.
        """
        try:
            project = await self._clients.project()
            found = [listed.as_dict() async for listed in project.agents.list()]
        except Exception as exception:
            failure = explain(exception, "the agents", self._settings)
            if self._settings.route != "agent" or failure.code not in _ROLE:
                raise
            return self._named(failure)
        return Agents(agents=[await self._agent(listed) for listed in found])

    def _named(self, failure: FoundryError) -> Agents:
        names = sorted({*self._settings.agents, self._settings.agent} - {"", *self._settings.local})
        return Agents(
            agents=[Agent(name=name, generation="responses") for name in names],
            note=(
                f"The project's agents cannot be listed with this role ({failure.code}); these are "
                "the ones that --agents and --agent name. They can be asked all the same."
            ),
        )

    async def _agent(self, listed: Json) -> Agent:
        profile = self._profiles.learn(listed)
        name, missing = text_in(listed.get("name")), ""
        version = object_in(object_in(listed.get("versions")).get("latest"))
        if profile.pinned:
            try:
                version = await self._profiles.version(f"{name}:{profile.served}")
            except FoundryError:
                version = {}
                missing = f"its operator chose version {profile.served}, which is not there"
        return shown(listed, version or {"version": profile.served}, missing)

    async def describe(self, agent: str) -> Json:
        """Return the definition of `NAME` (the version that answers) or `NAME:VERSION`."""
        name, _, number = agent.partition(":")
        agents = (await self._clients.project()).agents
        listed = (await agents.get(name)).as_dict()
        number = number or self._profiles.learn(listed).served
        pager: Any = agents.list_versions(name, include_drafts=True)
        versions: list[Json] = [each.as_dict() async for each in pager]
        version = (await agents.get_version(name, number)).as_dict()
        card = text_in(object_in(listed.get("agent_card")).get("description"))
        return shown(listed, version).model_dump() | {
            "definition": object_in(version.get("definition")),
            "versions": [_version(each) for each in versions],
            **({"card": card} if card else {}),
        }

    async def versions(self, agent: str) -> list[str]:
        """Return the versions of an agent, the newest first."""
        project = await self._clients.project()
        return [version.version async for version in project.agents.list_versions(agent)]

    def known_inputs(self, agent: str) -> Json | None:
        """Return what the version of an agent declares, by name, where it was read."""
        version = self._profiles.known_version(agent)
        return None if version is None else declared_in(version)

    async def inputs(self, agent: str) -> Json | None:
        """Return what the version of an agent declares, by name."""
        try:
            return declared_in(await self._profiles.version(agent))
        except FoundryError as failure:
            if failure.code in _ROLE:
                return None  # who may only ask it may not look at it
            raise

    async def check(self, agent: str) -> str | None:
        """Look an agent, or a version of it, up; where each is asked itself, whether it may be."""
        name, _, version = agent.partition(":")
        at_itself = self._settings.route == "agent"
        place = f"/versions/{quote(version, safe='')}" if version and not at_itself else ""
        path = f"/agents/{quote(name, safe='')}{place}?api-version=v1"
        try:
            found = await self._wire.fetch("GET", path, f"agent '{agent}'")
            version = version_in(found) if place else self._profiles.learn(found).served
        except FoundryError as refusal:
            # Who may only ask it may not look at it.
            if not (at_itself and refusal.code in _ROLE):
                raise
            version = None
        if at_itself:
            await self._check_endpoint(name)
        return version

    async def _check_endpoint(self, name: str) -> None:
        """Ask for what cannot be answered, since a role is looked at before the question is."""
        path = endpoint_of(name).responses
        try:
            await self._wire.fetch("POST", path, f"agent '{name}'", body={})
        except FoundryError as refusal:
            if refusal.code != "invalid_request":
                raise


def shown(listed: Json, version: Json, missing: str = "") -> Agent:
    """Return an agent as callers see it, in one of its versions."""
    definition, card = object_in(version.get("definition")), object_in(listed.get("agent_card"))
    latest = object_in(object_in(object_in(listed.get("versions")).get("latest")).get("definition"))
    kind = text_in(definition.get("kind")) or text_in(latest.get("kind"))
    said = text_in(version.get("description")) or text_in(card.get("description"))
    status = text_in(version.get("status"))
    notes = [missing, _UNASKABLE.get(kind, "")]
    notes += [f"this version is {status}"] if status not in {"", "active"} else []
    return Agent(
        name=text_in(listed.get("name")),
        version=version_in(version),
        generation="responses",
        model=text_in(definition.get("model")),
        description=" ".join(filter(None, [said, *(f"[{note}]" for note in notes if note)])),
        kind=kind,
        state=text_in(listed.get("state")),
        draft=version.get("draft") is True or None,
        skills=[_skill(each) for each in objects_in(card.get("skills"))],
        inputs=inputs_in(version),
    )


def _skill(skill: Json) -> Skill:
    name = text_in(skill.get("name")) or text_in(skill.get("id"))
    return Skill(name=name, description=text_in(skill.get("description")))


def declared_in(version: Json) -> Json:
    """Return the structured inputs that a version declares, by their names."""
    return object_in(object_in(version.get("definition")).get("structured_inputs"))


def inputs_in(version: Json) -> list[Input]:
    """Return the same as callers see them."""
    return [
        Input(
            name=name,
            description=text_in(object_in(each).get("description")),
            required=object_in(each).get("required") is True,
            type=text_in(object_in(object_in(each).get("schema")).get("type")),
        )
        for name, each in declared_in(version).items()
    ]


def _version(version: Json) -> Json:
    told: Json = {"version": version_in(version)}
    if (created := count_in(version.get("created_at"))) is not None:
        told["created_at"] = datetime.fromtimestamp(created, timezone.utc).isoformat()
    told["description"] = text_in(version.get("description"))
    told["metadata"] = object_in(version.get("metadata"))
    return told | {name: version[name] for name in ("draft", "status") if version.get(name)}
