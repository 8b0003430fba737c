"""The recordings of the real service, replayed: same requests, same shapes, same order."""

from typing import Any

import aiohttp
import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.replaying import Recording, Replay, prepare
from tests.rigs.shapes import RECORDINGS, Types, differences, events, load, recorded_types

pytestmark = pytest.mark.anyio

AGENT_PREVIEW = "before v1 the field was `agent`, which the service refuses today"
NO_ITEM_AGENT = "before v1 an item named its agent in `created_by`"
ITEM_AGENT = "of two recordings one has null here, and so has the emulator"
ONLY_IN_PREVIEW = "only before v1: the recorded v1 response has no such item"


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
    "projects_errors_400": Recording(uploads={"assistant-JYnWL3rJwWpbtSVBAVUQG2": "data.csv"}),
    "projects_code_interpreter_files": Recording(
        scripts=("[code] [code] [file transportation_operating_profit_bar_chart.png]",),
    ),
    "projects_image_generation": Recording(scripts=("[draw the Microsoft logo]",)),
    "projects_structured_inputs_file": Recording(scripts=("[code] [code]",)),
    "projects_image_input": Recording(),
    "classic_image_file_input": Recording(
        uploads={"assistant-CAtdr2gWn2kQRazviG7rWT": "chart.png"}
    ),
}


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
