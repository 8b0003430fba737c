"""Two people at two replicas, in both eras: each has what is promised, and nothing of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mcp_foundry.contract.binding import without_proof
from mcp_foundry.emulator import Emulator
from mcp_foundry.server.tools.registry import TOOLS
from tests.conftest import failure, structured
from tests.rigs.calling import MERGE, ask
from tests.rigs.issuer import TENANT
from tests.rigs.reading import read, refused, turns
from tests.rigs.service import serving_project

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import Client

    from tests.rigs.service import Service

pytestmark = pytest.mark.anyio

NOT_THERE = {"conversation_not_found", "file_gone"}
SECRET = "the moon is made of cheese"  # noqa: S105 - what no other caller may read


@pytest.fixture(scope="module", params=["server", "user"])
async def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Service]:
    """Two replicas that hand answers back soon, and ask in their own or in people's names.

    They take seconds to start, and serve all tests: each has people of its own.
    """
    folder = tmp_path_factory.mktemp("service")
    told = {
        "MCP_FOUNDRY_MAX_WAIT": "1",
        "MCP_FOUNDRY_APPROVALS": "caller",
        "MCP_FOUNDRY_IDENTITY": request.param,
        "MCP_FOUNDRY_CLIENT_SECRET": SECRET,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        async with (
            Emulator(https=request.param == "user") as project,
            serving_project(project, folder, replicas=2, **told) as running,
        ):
            yield running


@pytest.fixture
def people() -> tuple[str, str]:
    """Two whom the service has not seen yet."""
    return str(uuid4()), str(uuid4())


@dataclass
class Held:
    """The ids that one person was given."""

    conversations: list[str]
    answers: list[str]
    batch: str
    files: list[str]
    update: str
    pending: dict[str, Any]


async def worked(client: Client) -> Held:
    """Use every tool that gives ids, and return them."""
    said = [
        await ask(client, f"[say {SECRET}]", "helper"),
        await ask(client, f"[say {SECRET}]", "helper", conversation_id="new"),
        await ask(client, f"[say {SECRET}]", "asst_helper"),
    ]
    slow = [await ask(client, f"[slow 60] {SECRET}", each) for each in ("helper", "asst_helper")]
    assert {each["status"] for each in slow} == {"in_progress"}
    asked = {"requests": [{"message": f"[slow 60] {SECRET}"}], "agent": "helper"}
    batch = structured(await client.call_tool("batch_ask", asked))
    file = await ask(client, "[file table.csv]", "helper")
    told = {"messages": [{"role": "user", "content": SECRET}], "wait": False}
    update = structured(await client.call_tool("update_memory", told))
    pending = await ask(client, MERGE, "helper")
    return Held(
        [each["conversation_id"] for each in said],
        [each["answer_id"] for each in slow],
        batch["batch_id"],
        [each["uri"] for each in file["files"]],
        update["update_id"],
        pending,
    )


def uses(held: Held) -> list[tuple[str, dict[str, Any]]]:
    """Return every call of every tool that takes one of these ids."""
    (item,) = held.pending["pending"]
    reply = [{"id": item["id"], "approve": True}]
    waiting = held.pending["conversation_id"]
    talked = [*held.conversations, waiting, *held.answers, f"{held.batch}/1"]
    whole = [*held.answers, held.batch, f"{held.batch}/1"]
    return [
        *(("ask_agent", {"message": "Go on", "conversation_id": each}) for each in talked),
        *(("stream_agent", {"message": "Go on", "conversation_id": each}) for each in talked),
        ("ask_agent", {"conversation_id": waiting, "replies": reply}),
        *(("get_answer", {"answer_id": each}) for each in whole),
        *(("cancel_answer", {"answer_id": each}) for each in whole),
        *(("get_file", {"uri": each}) for each in held.files),
        *(("ask_agent", {"message": "Read it", "files": [each]}) for each in held.files),
        ("update_memory", {"update_id": held.update}),
        (
            "update_memory",
            {
                "messages": [{"role": "user", "content": "mine"}],
                "previous_update_id": held.update,
                "wait": False,
            },
        ),
    ]


def bare(held: Held) -> Held:
    """Return the same ids as the service has them."""
    return Held(
        [without_proof(each) for each in held.conversations],
        [without_proof(each) for each in held.answers],
        without_proof(held.batch),
        [without_proof(each) for each in held.files],
        without_proof(held.update),
        {**held.pending, "conversation_id": without_proof(held.pending["conversation_id"])},
    )


async def nothing_opens(client: Client, held: Held, emulator: Emulator) -> None:
    """Try every tool and resource with ids that are not the client's."""
    before = len(emulator.received)
    for tool, arguments in uses(held):
        error = failure(await client.call_tool(tool, arguments))
        assert error["code"] in NOT_THERE, (tool, arguments, error)
        assert "status" not in error
    batch = [{"message": "Go on", "conversation_id": each} for each in held.conversations]
    asked = structured(await client.call_tool("batch_ask", {"requests": batch}))
    assert {each["error"]["code"] for each in asked["answers"]} <= NOT_THERE
    for each in held.conversations:
        code, told = await refused(client, f"conversations/{each}")
        assert "conversation_not_found" in told, code
    for each in held.files:
        _, told = await refused(client, each.removeprefix("foundry://"))
        assert "file_gone" in told
    # A replica warms up when it was first listed.
    assert {each.method for each in emulator.received[before:]} <= {"HEAD"}


async def test_nothing_of_one_caller_reaches_the_other_on_any_replica(
    service: Service, people: tuple[str, str], mode: str
) -> None:
    first, second = (replica.url for replica in service.replicas)
    one, other = people
    async with (
        service.client(one, url=first, mode=mode) as alice,
        service.client(other, url=first, mode=mode) as beside,
        service.client(other, url=second, mode=mode) as bob,
    ):
        held = await worked(alice)
        for client in (beside, bob):
            await nothing_opens(client, held, service.emulator)
            await nothing_opens(client, bare(held), service.emulator)
            found = await client.call_tool("search_memory", {"query": SECRET})
            assert structured(found)["memories"] == []
            foreign = {"query": SECRET, "scope": f"{TENANT}.{one}"}
            refusal = failure(await client.call_tool("search_memory", foreign))
            assert refusal["code"] == "not_allowed"
            assert "Agents.Manage" in refusal["message"]
            assert '"agents": {}' in await read(client, "usage")
        await nothing_opens(alice, bare(held), service.emulator)


async def test_each_goes_on_with_their_own_on_the_other_replica(
    service: Service, people: tuple[str, str], mode: str
) -> None:
    first, second = (replica.url for replica in service.replicas)
    async with (
        service.client(people[0], url=first, mode=mode) as alice,
        service.client(people[0], url=second, mode=mode) as again,
    ):
        held = await worked(alice)
        for each in held.conversations:
            answer = await ask(again, "[say Gladly.]", "", conversation_id=each)
            assert answer["text"] == "Gladly."
            assert SECRET in str(await turns(again, answer["conversation_id"]))
        for each in held.answers:
            stopped = await again.call_tool("cancel_answer", {"answer_id": each})
            assert structured(stopped)["status"] == "incomplete"
        for each in held.files:
            brought = await again.call_tool("get_file", {"uri": each})
            assert not brought.is_error
            assert each in str(brought.content)
        update = await again.call_tool("update_memory", {"update_id": held.update})
        assert structured(update)["update_id"] == held.update
        (item,) = held.pending["pending"]
        replies = [{"id": item["id"], "approve": True}]
        merged = await ask(
            again, "", conversation_id=held.pending["conversation_id"], replies=replies
        )
        assert merged["status"] == "completed"


async def test_who_may_only_ask_goes_on_by_the_conversation_alone_on_the_other_replica(
    service: Service, people: tuple[str, str], mode: str
) -> None:
    service.emulator.rights(people[0], "consumer")
    service.emulator.store.add_agent("scribe")
    first, second = (replica.url for replica in service.replicas)
    async with (
        service.client(people[0], url=first, mode=mode) as alice,
        service.client(people[0], url=second, mode=mode) as again,
    ):
        said = await ask(alice, f"[say {SECRET}]", "scribe")
        assert SECRET in str(await turns(again, said["conversation_id"]))
        asked = await ask(again, MERGE, "", conversation_id=said["conversation_id"])
        (item,) = asked["pending"]
        replies = [{"id": item["id"], "approve": True}]
        place = asked["conversation_id"]
        merged = await ask(alice, "", "", conversation_id=place, replies=replies)
        assert merged["status"] == "completed"
        assert merged["agent"].startswith("scribe:")


def test_every_tool_is_tried_or_gives_no_ids() -> None:
    held = Held(["c"], ["a"], "b", ["f"], "u", {"conversation_id": "p", "pending": [{"id": "i"}]})
    tried = {tool for tool, _ in uses(held)} | {"batch_ask", "search_memory"}
    shared = {"list_agents", "list_connections", "list_deployments", "create_agent_version"}
    assert tried | shared == {tool.function.__name__ for tool in TOOLS}
