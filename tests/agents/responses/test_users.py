"""For whom a hosted agent is asked: its sessions and answers are theirs alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.agents.question import Question
from mcp_foundry.contract.caller import Caller
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.emulator.http.callers import OPERATOR
from mcp_foundry.project.session import FoundrySession, open_session
from tests.rigs.calling import ask, failed
from tests.rigs.hosted import HOSTED

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.runs.run import Run
    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("box", definition=HOSTED)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, agent="box")


async def unwatched(run: Run) -> None:
    await run.done.wait()


async def asked(foundry: FoundrySession, message: str, place: str = "") -> Any:  # noqa: ANN401 - an answer
    return await foundry.runs.ask(Question(message, "box:1", place), unwatched, 0.4)


async def test_whoever_a_question_is_asked_for_is_named_with_every_request_about_it(
    emulator: Emulator, settings: Settings
) -> None:
    told = replace(settings, auth="entra", identity="server")
    async with open_session(told) as opened:
        ada, bob = (FoundrySession(opened.shared, Caller("t", name)) for name in ("ada", "bob"))
        for each in (ada, bob):
            await each.generations.list_agents()
        before = len(emulator.received)
        first = await asked(ada, "[say I am Ada]")
        emulator.fault(drop_after_events=4)
        await asked(ada, "[long 9]", first.conversation_id)
        late = await asked(ada, "[slow 60]", first.conversation_id)
        assert late.status == "in_progress"
        with anyio.CancelScope(shield=True):
            await ada.stop(late.answer_id)
        about = emulator.received[before:]
        assert {each.headers.get("x-ms-user-identity") for each in about} == {"t.ada"}
        methods = {f"{each.method} {each.path.rpartition('/')[2][:6]}" for each in about}
        assert {"POST sessio", "POST respon", "GET caresp", "POST cancel"} <= methods
        with pytest.raises(FoundryError) as refused:
            await asked(bob, "Who?", first.conversation_id)
    assert refused.value.code in {"conversation_not_found", "forbidden"}


async def test_a_server_that_may_not_speak_for_others_is_told_which_right_it_lacks(
    emulator: Emulator, settings: Settings
) -> None:
    emulator.rights(OPERATOR)
    async with open_session(replace(settings, auth="entra", identity="server")) as opened:
        ada = FoundrySession(opened.shared, Caller("t", "ada"))
        with pytest.raises(FoundryError) as refused:
            await asked(ada, "Hi")
        emulator.rights(OPERATOR, "none")
        with pytest.raises(FoundryError, match="not permitted to this server's own identity"):
            await asked(ada, "Hi")
    assert refused.value.code == "forbidden"
    assert "agents/endpoints/UserIdentityImpersonation/action" in str(refused.value)
    assert "a role of their own" in str(refused.value)


async def test_somebody_else_s_session_is_not_left_for_a_new_one(
    emulator: Emulator, client: Client
) -> None:
    first = await ask(client, "[say I am Ada]")
    (session,) = emulator.store.sessions.values()
    session.user = "bob"
    error = await failed(
        client, "ask_agent", message="Who?", conversation_id=first["conversation_id"]
    )
    assert error["code"] == "forbidden"
    assert "is not accessible" in error["message"]
    assert emulator.runs_taken == 1
