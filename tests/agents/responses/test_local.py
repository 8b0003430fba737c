"""An agent on this machine as it should not be; tests/peers asks one as it is."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import answered, ask, failed
from tests.rigs.raw_service import RawService, raw_service, reply, stream

if TYPE_CHECKING:
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
ID = "caresp_1"
READY = reply('{"status": "healthy"}')


def event(name: str, **response: object) -> str:
    shown: Json = {"id": ID, "object": "response", "output": [], **response}
    data: Json = {"type": f"response.{name}", "sequence_number": 0, "response": shown}
    return f"event: response.{name}\ndata: {dumps(data)}\n\n"


def said(text: str) -> bytes:
    """A whole answer, by an agent that calls itself otherwise."""
    part: Json = {"type": "output_text", "text": text, "annotations": []}
    message: Json = {"type": "message", "role": "assistant", "content": [part]}
    itself = {"agent_reference": {"name": "server-default-agent"}}
    begun = event("created", status="in_progress", **itself)
    return stream(begun, event("completed", status="completed", output=[message], **itself))


def at(service: RawService) -> dict[str, Any]:
    return {"local": {"dev": f"http://localhost:{service.port}"}, "agent": "dev"}


async def test_it_is_asked_by_its_name_with_one_request_and_nothing_that_opens_a_project(
    connect: Connect,
) -> None:
    async with raw_service(said("Hello."), said("Again.")) as service, connect(**at(service)) as me:
        first = await ask(me, "Hi")
        second = await ask(me, "Hi", conversation_id=first["conversation_id"])
    assert (first["text"], first["agent"]) == ("Hello.", "dev")
    assert (first["answer_id"], first["conversation_id"]) == (f"dev/{ID}", ID)
    assert second["text"] == "Again."
    assert service.asked == ["POST /responses HTTP/1.1"] * 2


async def test_no_credential_reaches_it(connect: Connect) -> None:
    async with raw_service(said("Hello.")) as service:
        async with connect(**at(service)) as client:
            await ask(client, "Hi")
        (head,) = service.heads
    assert "authorization" not in head.lower()


async def test_it_is_listed_beside_the_project_as_what_it_is(connect: Connect) -> None:
    async with raw_service(READY) as service, connect(**at(service)) as client:
        listed = await answered(client, "list_agents")
    agents = {agent["name"]: agent for agent in listed["agents"]}
    assert (agents["dev"]["kind"], agents["dev"]["state"]) == ("local", "ready")
    assert agents["helper"]["kind"] == "prompt"


async def test_one_that_is_not_running_is_listed_so_and_says_how_to_start_it(
    connect: Connect,
) -> None:
    local = {"dev": "http://127.0.0.1:1"}
    async with connect(local=local) as client:
        listed = await answered(client, "list_agents")
        error = await failed(client, "ask_agent", message="Hi", agent="dev")
    assert listed["agents"][0]["state"] == "not running"
    assert error["code"] == "connection_failed"
    assert "Nothing was started. Is the agent running? Start it" in error["message"]


async def test_an_agent_of_the_project_that_it_hides_is_told(connect: Connect) -> None:
    async with (
        raw_service(READY, said("From here.")) as service,
        connect(local={"helper": f"http://localhost:{service.port}"}) as client,
    ):
        listed = await answered(client, "list_agents")
        answer = await ask(client, "Hi", "helper")
    names = [agent["name"] for agent in listed["agents"]]
    assert names.count("helper") == 1
    assert "'helper' of the project is hidden by the agent on this machine" in listed["note"]
    assert answer["text"] == "From here."


async def test_it_has_no_versions(connect: Connect) -> None:
    async with connect(local={"dev": "http://127.0.0.1:1"}) as client:
        error = await failed(client, "ask_agent", message="Hi", agent="dev:2")
    assert error["code"] == "invalid_request"
    assert "'dev' runs on this machine, and has no versions" in error["message"]


async def test_without_a_project_no_other_agent_is_there(connect: Connect) -> None:
    local = {"dev": "http://127.0.0.1:1"}
    async with connect(endpoint="", agent="dev", local=local) as client:
        error = await failed(client, "ask_agent", message="Hi", agent="helper")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert error["code"] == "agent_not_found"
    assert "there is no project, only agents on this machine. They are: dev." in error["message"]
    assert tools["ask_agent"].input_schema["properties"]["agent"]["enum"] == ["", "dev"]


@pytest.mark.parametrize(
    ("said_by_it", "code", "told"),
    [
        (reply("<html>Hello</html>", "text/html"), "service_unavailable", "is not a stream of ev"),
        (reply("<html>No</html>", "text/html", "404 Not Found"), "invalid_request", "HTTP 404: No"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "connection_failed", "broke"),
    ],
    ids=["a page", "another server", "no server of HTTP"],
)
async def test_what_is_no_agent_is_told_as_such(
    connect: Connect, said_by_it: bytes, code: str, told: str
) -> None:
    async with raw_service(said_by_it) as service, connect(**at(service)) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == code
    assert told in error["message"]
    assert "Foundry project" not in error["message"]


async def test_what_another_process_asked_is_read_to_its_end_under_the_name_its_user_gave_it(
    connect: Connect,
) -> None:
    begun: Json = {"id": ID, "object": "response", "status": "in_progress", "output": []}
    async with (
        raw_service(reply(dumps(begun)), said("Still here.")) as service,
        connect(**at(service), endpoint="") as client,
    ):
        answer = await answered(client, "get_answer", answer_id=f"dev/{ID}")
    assert (answer["status"], answer["text"]) == ("completed", "Still here.")
    assert (answer["agent"], answer["answer_id"]) == ("dev", f"dev/{ID}")
    assert "stream=true" in service.asked[1]


async def test_one_that_dies_amid_its_answer_is_not_asked_again(connect: Connect) -> None:
    half = stream(event("created", status="in_progress", background=True), " " * 100)[:-90]
    async with raw_service(half) as service, connect(**at(service)) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] in {"connection_failed", "service_unavailable"}
    assert f"get_answer with answer_id=dev/{ID}" in error["message"]
    assert service.asked[0] == "POST /responses HTTP/1.1"
    assert {line.partition(" ")[0] for line in service.asked[1:]} == {"GET"}
