"""The recordings of the real service, replayed: same requests, same shapes, same order."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import aiohttp
import pytest

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Agent, AgentSession, Conversation
from tests.rigs.frames import frames
from tests.rigs.shapes import RECORDINGS, Types, differences, events, load, recorded_types

pytestmark = pytest.mark.anyio

AGENT_PREVIEW = "before v1 the field was `agent`, which the service refuses today"
NO_ITEM_AGENT = "before v1 an item named its agent in `created_by`"
ITEM_AGENT = "of two recordings one has null here, and so has the emulator"
ONLY_IN_PREVIEW = "only before v1: the recorded v1 response has no such item"


@dataclass(frozen=True)
class Recording:
    """How to replay one recording.

    Attributes:
        scripts: What the scripted model does in its runs, where the service's model used a tool.
        agents: Agent versions that must exist before, because the recording begins later.
        session: A session of the hosted agent that the first entry shows, likewise.
        conversations: Conversations that must exist before, for the same reason.
        stores: Memory stores that must exist before, for the same reason.
        excused: What differs, by the end of its place, with the reason.
        skipped: Entries that are not sent, by index, with the reason.
        partial: Why the recorded stream has fewer kinds of events than the service sent.
    """

    scripts: tuple[str, ...] = ()
    agents: tuple[tuple[str, int], ...] = ()
    session: str = ""
    conversations: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    excused: dict[str, str] = field(default_factory=dict[str, str])
    skipped: dict[int, str] = field(default_factory=dict[int, str])
    partial: str = ""


REPLAYED = {
    "classic_create_thread_and_run": Recording(),
    "classic_create_stream": Recording(),
    "classic_submit_tool_outputs_stream": Recording(
        scripts=("[call fetch_current_datetime_recordings {}]",)
    ),
    "classic_mcp_tool_streaming_approval": Recording(
        scripts=("[approve github.fetch_azure_rest_api_docs {}]",),
        partial="what follows the approval was not transcribed",
    ),
    "classic_bing_grounding_streaming": Recording(
        scripts=("[search Euler's identity] [cite]",),
        partial="the beginning of the message was not transcribed",
    ),
    "projects_agents_crud": Recording(),
    "projects_create_version_403_preview": Recording(),
    "projects_agent_basic": Recording(),
    "projects_conversation_items": Recording(),
    "projects_function_tool": Recording(scripts=('[call get_weather {"location":"Seattle"}]',)),
    "projects_memory_advanced": Recording(),
    "projects_memory_search_tool": Recording(
        conversations=("conv_f0c0b53ad5fb79ac00PGWRBJaoZZPwSATlYJRImrieSd5TkZwZ",),
        stores=("test_memory_store",),
        excused={".agent": AGENT_PREVIEW},
    ),
    "projects_responses_stream": Recording(
        agents=(("PromptTestAgentStreaming", 1),),
        excused={".agent": AGENT_PREVIEW, ".created_by": NO_ITEM_AGENT},
    ),
    "projects_stream_events_v1": Recording(agents=(("MyAgent", 427),)),
    "projects_connections": Recording(),
    "projects_deployments": Recording(),
    "projects_hosted_agent_endpoint": Recording(agents=(("MySessionHostedAgent", 52),)),
    "projects_hosted_session_logs": Recording(
        session="5950d5d827bc1db8002c0eUU5lDVzYIC1jaZyoKbXLnhFFlmmN",
        excused={".agent_reference": ITEM_AGENT},
    ),
    "projects_hosted_user_identity": Recording(
        skipped={4: "the owner got the answer of another user, from a cache perhaps"},
    ),
    "projects_errors_400": Recording(
        skipped={1: "vector stores are not part of the emulator"},
    ),
}


SENT = ("Foundry-Features", "x-ms-user-identity")


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
        body = entry["RequestBody"]
        if isinstance(body, dict) and "agent" in body:
            body = {**cast("dict[str, Any]", body)}
            body["agent_reference"] = {"type": "agent_reference", "name": body.pop("agent")["name"]}
        sent = entry["RequestHeaders"]
        headers = {name: sent[name] for name in SENT if name in sent}
        text = None if body is None else self._mapped(json.dumps(body))
        method = entry["RequestMethod"]
        async with self._raw.request(
            method, self._mapped(path + query), data=text, headers=headers
        ) as response:
            raw = await response.read()
            assert response.headers.get("Content-Type", "").partition(";")[0] == (
                "text/event-stream" if isinstance(entry["ResponseBody"], list) else KIND[bool(raw)]
            )
        streamed = frames(raw) if isinstance(entry["ResponseBody"], list) else []
        given = None if streamed or not raw else json.loads(raw)
        return response.status, given, streamed

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


KIND = {True: "application/json", False: ""}
ID = re.compile(r"[a-z]+_[A-Za-z0-9]{20,}|[0-9a-f-]{36}|[0-9A-Za-z]{40,}")


def prepare(store: Store, name: str, recording: Recording) -> None:
    """Let what the recording presupposes exist."""
    for agent, version in recording.agents:
        store.add_agent(agent)
        store.agents[agent].created = version - 1
        store.add_agent(agent)
    first = load(name)[0]["ResponseBody"]
    if first and first.get("object") == "agent":
        show(store, first, recording.session)
    for conversation in recording.conversations:
        store.conversations[conversation] = Conversation({"id": conversation})
    for memory_store in recording.stores:
        store.add_memory_store(memory_store)
    if name in {"projects_connections", "projects_deployments"}:
        for each in load(name)[0]["ResponseBody"]["value"]:
            if name == "projects_deployments":
                store.add_deployment(each["name"], capabilities=each["capabilities"])
            else:
                store.add_connection(
                    each["name"], each["type"], each["target"], is_default=each["isDefault"]
                )


def show(store: Store, agent: dict[str, Any], session: str) -> None:
    """Let an agent exist as it was recorded, and a session of it."""
    latest, name = agent["versions"]["latest"], agent["name"]
    store.agents[name] = Agent(name, extra={"agent_endpoint": agent["agent_endpoint"]})
    store.agents[name].versions = {latest["version"]: latest}
    indicator = {"type": "version_ref", "agent_version": latest["version"]}
    info = {"agent_session_id": session, "version_indicator": indicator, "status": "active"}
    store.sessions[session] = AgentSession(info, name, "", 0.0)


def order(names: list[str]) -> list[str]:
    """Names of events, repeated ones once."""
    return [each for at, each in enumerate(names) if at == 0 or names[at - 1] != each]


def is_within(few: list[str], many: list[str]) -> bool:
    """Whether the few come among the many, in the same order."""
    rest = iter(many)
    return all(each in rest for each in few)


@pytest.mark.parametrize("name", REPLAYED)
async def test_the_service_and_the_emulator_answer_in_the_same_shapes(
    emulator: Emulator, raw: aiohttp.ClientSession, name: str
) -> None:
    recording = REPLAYED[name]
    prepare(emulator.store, name, recording)
    emulator.script(*recording.scripts)
    types = recorded_types()
    replay = Replay(raw)
    found: list[str] = []
    for index, entry in enumerate(load(name)):
        if index in recording.skipped:
            continue
        status, given, streamed = await replay.send(entry)
        place = f"{index} {entry['RequestMethod']}"
        assert (place, status) == (place, entry["StatusCode"])
        if streamed:
            wanted = events(entry["ResponseBody"])
            found += compare_streams(recording, wanted, streamed, place)
            for event, data in wanted:
                match, wrong = nearest(event, data, streamed, types)
                replay.learn(data, match)
                found += [f"{place} {event}{each}" for each in wrong]
        else:
            replay.learn(entry["ResponseBody"], given)
            found += differences(entry["ResponseBody"], given, types, place)
        if "POST" in place and not streamed:
            await settle(emulator)
    excused = tuple(recording.excused)
    assert [each for each in found if not each.partition(":")[0].endswith(excused or ("\0",))] == []


def nearest(
    event: str, recorded: object, streamed: list[tuple[str, Any]], types: Types
) -> tuple[object, list[str]]:
    """The event of that name that is most like the recorded one, and what differs still."""
    known = [data for name, data in streamed if name == event] or [None]
    compared = [(data, list(differences(recorded, data, types))) for data in known]
    return min(compared, key=lambda pair: len(pair[1]))


def compare_streams(
    recording: Recording,
    wanted: list[tuple[str, Any]],
    streamed: list[tuple[str, Any]],
    place: str,
) -> list[str]:
    """Whether the events come in the order of the recording."""
    recorded = order([event for event, _ in wanted])
    shown = order([event for event, _ in streamed])
    same = is_within(recorded, shown) if recording.partial else recorded == shown
    return [] if same else [f"{place}: {shown} instead of {recorded}"]


async def settle(emulator: Emulator) -> None:
    """Let what the service had time for come to its end: a run that was not streamed."""
    await emulator.wait_for(lambda it: not it.live)


def test_every_recording_is_replayed() -> None:
    assert {path.stem for path in RECORDINGS.glob("*.json")} == set(REPLAYED)
