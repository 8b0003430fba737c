"""What is asked, approved and fetched behind a balancer, which lets two replicas take turns."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import pytest

from tests.rigs.balancers import haproxy
from tests.rigs.calling import (
    APPROVED,
    MERGE,
    YES,
    Person,
    Told,
    answered,
    ask,
    replied,
    resumed,
)
from tests.rigs.cancelling import cancels, settled
from tests.rigs.http_server import ACCEPTED
from tests.rigs.issuer import ALICE, BOB
from tests.transport.balanced.conftest import balanced

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client

    from tests.transport.balanced.conftest import Balanced, Balancer

pytestmark = [pytest.mark.anyio, pytest.mark.judges, pytest.mark.timeout(240)]
MANY = 4
LARGE = 5_000_000


async def until_turn_of_other(both: Balanced, client: Client, replica: int) -> None:
    """Ask until a replica has answered, so that it is not the one to be asked next."""
    before = both.calls()
    while both.calls()[replica] == before[replica]:
        await ask(client, "[say Next]")


async def test_replicas_take_turns_at_one_caller_s_questions(
    tmp_path: Path, balancer: Balancer, mode: str
) -> None:
    async with balanced(tmp_path, balancer) as both:
        for person in (ALICE, BOB):
            async with both.client(person, mode=mode) as client:
                first = await ask(client, "My name is Ada")
                for _ in range(1, MANY):
                    then = await ask(client, "And?", conversation_id=first["conversation_id"])
                    assert "it began with “My name is Ada”" in then["text"]
    assert sum(both.calls()) == 2 * MANY
    assert min(both.calls()) >= MANY / 2


async def test_an_approval_that_one_asks_for_is_heard_by_the_other(
    tmp_path: Path, balancer: Balancer
) -> None:
    person = Person(YES)
    async with (
        balanced(tmp_path, balancer) as both,
        both.client(elicitation_callback=person) as client,
    ):
        answer = await ask(client, MERGE)
        assert resumed(both.service.emulator) == 1
    assert APPROVED in answer["text"]
    assert len(person.asked) == 1
    assert both.calls() == [1, 1]


async def test_a_decision_on_what_one_has_handed_back_is_taken_by_the_other(
    tmp_path: Path, balancer: Balancer
) -> None:
    """Hosts of the handshake era have no session then, in which a person could be asked."""
    async with (
        balanced(tmp_path, balancer, MCP_FOUNDRY_APPROVALS="caller") as both,
        both.client(mode="legacy", elicitation_callback=Person(YES)) as client,
    ):
        pending = await ask(client, MERGE)
        assert pending["status"] == "requires_action"
        asked_by = both.calls().index(1)
        await until_turn_of_other(both, client, asked_by)
        before = both.calls()
        answer = await answered(client, "ask_agent", **replied("", pending, approve=True))
    assert APPROVED in answer["text"]
    assert both.calls()[asked_by] == before[asked_by]


async def test_an_answer_that_one_has_handed_over_is_fetched_from_the_other(
    tmp_path: Path, balancer: Balancer, mode: str
) -> None:
    async with (
        balanced(tmp_path, balancer, MCP_FOUNDRY_MAX_WAIT="1") as both,
        both.client(mode=mode) as client,
    ):
        answer = await ask(client, "[slow 2] [say Late]")
        assert answer["status"] == "in_progress"
        asked_by = both.calls().index(1)
        # Also what is done can be fetched, and from whoever's turn it is.
        while answer["status"] == "in_progress" or not both.calls()[1 - asked_by]:
            answer = await answered(client, "get_answer", answer_id=answer["answer_id"])
    assert answer["text"] == "Late"


async def test_bodies_that_are_refused_unread_take_no_replica_away(
    tmp_path: Path, balancer: Balancer
) -> None:
    """A balancer that cannot send all of a body may take whoever refused it for dead."""
    async with balanced(tmp_path, balancer) as both, aiohttp.ClientSession() as http:
        headers = {**ACCEPTED, **both.service.headers(), "Content-Type": "application/json"}
        nobody = {name: text for name, text in headers.items() if name != "Authorization"}
        for sent, status in ((nobody, 401), (headers, 413)):
            for _ in range(MANY):
                body = BytesIO(b" " * LARGE)
                async with http.post(both.url, data=body, headers=sent) as refused:
                    assert refused.status == status
        async with both.client() as client:
            for _ in range(MANY):
                assert (await ask(client, "[say Here]"))["text"] == "Here"
    assert min(both.calls()) > 0


async def test_a_session_stays_with_who_began_it_where_a_balancer_sticks_to_it(
    tmp_path: Path,
) -> None:
    person = Person(YES)
    options: dict[str, Any] = {"mode": "legacy", "elicitation_callback": person}
    async with (
        balanced(tmp_path, partial(haproxy, sticky=True), MCP_FOUNDRY_SESSIONS="on") as both,
        both.client(**options) as alice,
        both.client(BOB, **options) as bob,
    ):
        for number in range(MANY):
            for client in (alice, bob):
                assert (await ask(client, f"[say {number}]"))["text"] == str(number)
        # Within the call, as such a host can be asked only in a session.
        assert APPROVED in (await ask(alice, MERGE))["text"]
    assert len(person.asked) == 1
    assert sum(both.calls()) == 2 * MANY + 1
    assert MANY in both.calls()


async def test_a_stream_comes_while_it_is_written_and_who_leaves_has_it_cancelled(
    tmp_path: Path, balancer: Balancer, mode: str
) -> None:
    told = Told()
    async with balanced(tmp_path, balancer, 20) as both:
        emulator = both.service.emulator
        async with both.client(mode=mode) as client, anyio.create_task_group() as tasks:
            asked = {"message": "[long 400]"}
            call = partial(client.call_tool, progress_callback=told)
            tasks.start_soon(call, "stream_agent", asked)
            await told.until(lambda it: it.texts)
            assert emulator.live
            tasks.cancel_scope.cancel()
        await settled(emulator)
        assert cancels(emulator) == 1
