"""Replaying a recording of the real service: what it presupposes, and its requests, one by one."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import aiohttp

from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Agent, AgentSession, Conversation, Thread
from mcp_foundry.emulator.store.vector_stores import VectorStore
from tests.rigs.frames import frames
from tests.rigs.shapes import load

SENT = ("Foundry-Features", "x-ms-user-identity", "x-ms-oai-image-generation-deployment")
KIND = {True: "application/json", False: ""}
ID = re.compile(r"[a-z]+_[A-Za-z0-9]{20,}|assistant-[A-Za-z0-9]{22}|[0-9a-f-]{36}|[0-9A-Za-z]{40,}")
GIVEN = re.compile(r"\b(?:conv|thread|asst|vs)_[A-Za-z0-9]{20,}")
MODEL = re.compile(r'"model": "([^"]+)"')
LEFT_OUT = re.compile(r"<(\d+) bytes left out>")
# The body of a reply that is no text.
BINARY = re.compile(r"<\d+ bytes of .*>")
TOLD = ("Content-Disposition", "X-Content-Type-Options")


@dataclass(frozen=True)
class Recording:
    """How to replay one recording.

    Attributes:
        scripts: What the scripted model does in its runs, where the service's model used a tool.
        agents: Agent versions that must exist before, because the recording begins later.
        session: A session of the hosted agent that the first entry shows, likewise.
        stores: Memory stores that must exist before, for the same reason.
        uploads: Uploads that must exist before, by id, with their names.
        excused: What differs, by the end of its place, with the reason.
        skipped: Entries that are not sent, by index, with the reason.
        partial: Why the recorded stream has fewer kinds of events than the service sent.
    """

    scripts: tuple[str, ...] = ()
    agents: tuple[tuple[str, int], ...] = ()
    session: str = ""
    stores: tuple[str, ...] = ()
    uploads: dict[str, str] = field(default_factory=dict[str, str])
    excused: dict[str, str] = field(default_factory=dict[str, str])
    skipped: dict[int, str] = field(default_factory=dict[int, str])
    partial: str = ""


class Replay:
    """Sends recorded requests, with the ids of the service replaced by the emulator's."""

    def __init__(self, raw: aiohttp.ClientSession) -> None:
        self._raw = raw
        self._ids: dict[str, str] = {}
        self._run = ""

    async def send(self, entry: dict[str, Any]) -> tuple[int, Any, list[tuple[str, Any]]]:
        """The status, the body and the events that the emulator answers."""
        url: SplitResult = urlsplit(str(entry["RequestUri"]))
        path = re.sub(r"^.*?/(workspaces|projects)/[^/]+/", "", url.path)
        path = re.sub(r"^openai/(?!v1/)", "openai/v1/", path)
        path = path.replace("/runs/Sanitized", f"/runs/{self._run}")
        query = f"?{url.query}" if url.query else ""
        sent = entry["RequestHeaders"]
        headers = {name: sent[name] for name in SENT if name in sent}
        if isinstance(entry["RequestBody"], list):
            headers["Content-Type"] = sent["Content-Type"]
        async with self._raw.request(
            entry["RequestMethod"],
            self._mapped(path + query),
            data=self._body(entry["RequestBody"]),
            headers=headers,
        ) as response:
            raw = await response.read()
            recorded = entry["ResponseBody"]
            binary = isinstance(recorded, str) and bool(BINARY.fullmatch(recorded))
            assert response.headers.get("Content-Type", "").partition(";")[0] == (
                "text/event-stream" if isinstance(recorded, list) else KIND[bool(raw) > binary]
            )
            for name in TOLD if binary else ():
                assert response.headers[name] == entry["ResponseHeaders"][name]
        streamed = frames(raw) if isinstance(recorded, list) else []
        given = None if streamed or binary or not raw else json.loads(raw)
        return response.status, given, streamed

    def _body(self, recorded: Any) -> str | None:  # noqa: ANN401 - JSON
        if recorded is None:
            return None
        if isinstance(recorded, list):
            text = "".join(cast("list[str]", recorded))
            return LEFT_OUT.sub(lambda found: "x" * int(found[1]), text)
        body = {**cast("dict[str, Any]", recorded)}
        if "agent" in body:
            body["agent_reference"] = {"type": "agent_reference", "name": body.pop("agent")["name"]}
        return self._mapped(json.dumps(body))

    def learn(self, recorded: object, given: object) -> None:
        """Note which id of the emulator stands for which of the service."""
        if isinstance(recorded, dict) and isinstance(given, dict):
            shown = cast("dict[str, Any]", given)
            for name, value in cast("dict[str, Any]", recorded).items():
                self.learn(value, shown.get(name))
            if shown.get("object") == "thread.run":
                self._run = shown["id"]
        elif isinstance(recorded, list) and isinstance(given, list):
            pairs = zip(cast("list[Any]", recorded), cast("list[Any]", given), strict=False)
            for each, other in pairs:
                self.learn(each, other)
        elif isinstance(recorded, str) and isinstance(given, str) and ID.fullmatch(recorded):
            self._ids[recorded] = given

    def _mapped(self, text: str) -> str:
        for recorded, given in self._ids.items():
            text = text.replace(recorded, given)
        return text


def prepare(store: Store, name: str, recording: Recording) -> None:
    """Let what the recording presupposes exist."""
    for agent, version in recording.agents:
        store.add_agent(agent)
        store.agents[agent].created = version - 1
        store.add_agent(agent)
    entries = load(name)
    first = entries[0]["ResponseBody"]
    if first and first.get("object") == "agent":
        _show(store, first, recording.session)
    for identifier in _presupposed(entries):
        _make(store, identifier)
    for model in set(MODEL.findall(json.dumps(entries))):
        store.add_deployment(model)
    for identifier, filename in recording.uploads.items():
        store.files.upload(filename, b"data", identifier=identifier)
    for memory_store in recording.stores:
        store.add_memory_store(memory_store)
    if name in {"projects_connections", "projects_deployments"}:
        for each in first["value"]:
            if name == "projects_deployments":
                store.add_deployment(each["name"], capabilities=each["capabilities"])
            else:
                store.add_connection(
                    each["name"], each["type"], each["target"], is_default=each["isDefault"]
                )


def _presupposed(entries: list[dict[str, Any]]) -> list[str]:
    """The ids that a request has before a reply has shown them."""
    shown, found = "", list[str]()
    for entry in entries:
        asked = entry["RequestUri"] + json.dumps(entry["RequestBody"])
        found += [each for each in GIVEN.findall(asked) if each not in shown]
        shown += asked + json.dumps(entry["ResponseBody"])
    return found


def _make(store: Store, identifier: str) -> None:
    kind = identifier.partition("_")[0]
    if kind == "conv":
        store.conversations[identifier] = Conversation({"id": identifier})
    elif kind == "thread":
        store.threads[identifier] = Thread({"id": identifier})
    elif kind == "asst":
        store.add_classic_agent(identifier, instructions="Analyze.")
    else:
        store.files.vector_stores[identifier] = VectorStore({"id": identifier})


def _show(store: Store, agent: dict[str, Any], session: str) -> None:
    """Let an agent exist as it was recorded, and a session of it."""
    latest, name = agent["versions"]["latest"], agent["name"]
    store.agents[name] = Agent(name, extra={"agent_endpoint": agent["agent_endpoint"]})
    store.agents[name].versions = {latest["version"]: latest}
    indicator = {"type": "version_ref", "agent_version": latest["version"]}
    info = {"agent_session_id": session, "version_indicator": indicator, "status": "active"}
    store.sessions[session] = AgentSession(info, name, "", 0.0)
