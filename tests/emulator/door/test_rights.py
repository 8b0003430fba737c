"""Who is let in, told apart by the token, and what each may do."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from openai import APIStatusError

from mcp_foundry.emulator import TOKEN, Emulator, FileError
from tests.rigs.asking_raw import ENDPOINT, HELPER, error_of
from tests.rigs.foundry_tokens import AUDIENCE, asked, signed_in, token_of
from tests.rigs.hosted import pin
from tests.rigs.issuer import ALICE, BOB
from tests.rigs.left_running import folders, needs_folders
from tests.rigs.sdk_clients import FixedToken, agents_client, openai_client, project_client

pytestmark = pytest.mark.anyio

# Nested more deeply than JSON is read.
DEEP = f"a.{urlsafe_b64encode(b'[' * 5000).decode()}.c"
NO_GOOD: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time()) - 1},
    "of no expiry": {"exp": None},
    "for another service": {"aud": "https://management.azure.com"},
    "for none": {"aud": None},
    "for several": {"aud": [AUDIENCE]},
    "of nobody": {"oid": None},
    "of no tenant": {"tid": None},
}


@pytest.mark.parametrize("changed", NO_GOOD.values(), ids=NO_GOOD)
async def test_a_token_that_is_no_good_lets_nobody_in(
    emulator: Emulator, changed: dict[str, Any]
) -> None:
    async with project_client(emulator, token_of(ALICE, **changed)) as project:
        with pytest.raises(ClientAuthenticationError, match="Access token is missing, invalid"):
            await project.connections.get("openai")
    assert [each.caller for each in emulator.received] == [""]


@pytest.mark.parametrize(
    "audience", [AUDIENCE, f"{AUDIENCE}/", "https://cognitiveservices.azure.com"]
)
async def test_a_token_for_this_service_lets_its_caller_in(
    emulator: Emulator, audience: str
) -> None:
    async with project_client(emulator, token_of(ALICE, aud=audience)) as project:
        assert (await project.connections.get("openai")).name == "openai"
    assert [each.caller for each in emulator.received] == [ALICE]


@pytest.mark.parametrize("token", [TOKEN, "a.b.c", DEEP, "e30.e30.", "a.W10.c", "a.b.c.d"])
async def test_a_token_that_names_nobody_is_the_operator_s(emulator: Emulator, token: str) -> None:
    async with project_client(emulator, token) as project:
        assert (await project.connections.get("openai")).name == "openai"
    assert [each.caller for each in emulator.received] == ["operator"]


@needs_folders
async def test_a_person_s_token_comes_from_the_credential_of_the_sdk_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in folders(tmp_path).items():
        monkeypatch.setenv(name, folder)
    async with Emulator(https=True) as emulator:
        project = AIProjectClient(
            emulator.endpoint,
            FixedToken(token_of(ALICE)),
            connection_verify=emulator.places["bundle"],
            retry_total=0,
        )
        async with project:
            assert (await project.connections.get("openai")).name == "openai"
    assert [each.caller for each in emulator.received] == [ALICE]


async def test_who_asked_in_whose_name_is_told_and_no_token_is(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.rights(ALICE, speaks_for_users=True)
    headers = {**signed_in(ALICE, "ada@example.com"), "x-memory-user-id": "ada"}
    await asked(raw, ENDPOINT, headers)
    await raw.get("agents")
    last = [(each.caller, each.user, each.memory_user) for each in emulator.received]
    assert last == [(ALICE, "ada@example.com", "ada"), ("operator", "", "")]
    async with raw.get("/_emulator/requests") as reply:
        text = await reply.text()
    assert json.loads(text)["requests"] == [
        {
            "method": "POST",
            "path": f"/{ENDPOINT}",
            "caller": ALICE,
            "user": "ada@example.com",
            "memory_user": "ada",
        },
        {"method": "GET", "path": "/agents", "caller": "operator", "user": "", "memory_user": ""},
    ]
    assert "Bearer" not in text


async def statuses(emulator: Emulator, person: str) -> list[int]:
    """What a person gets for a request of each kind that is none to an agent's own endpoint."""
    token = token_of(person)
    async with (
        project_client(emulator, token) as project,
        agents_client(emulator, token) as classic,
        openai_client(emulator, token) as openai,
    ):
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: anext(aiter(project.agents.list())),
            lambda: project.connections.get("openai"),
            lambda: anext(aiter(classic.list_agents())),
            classic.threads.create,
            openai.conversations.create,
            partial(openai.responses.create, input="Hi", extra_body=HELPER),
        ]
        return [await _status(call) for call in calls]


async def _status(call: Callable[[], Awaitable[object]]) -> int:
    try:
        await call()
    except (HttpResponseError, APIStatusError) as error:
        return error.status_code or 0
    return 200


async def test_a_consumer_is_refused_all_that_is_not_asking_an_agent(emulator: Emulator) -> None:
    emulator.rights(ALICE, "consumer")
    assert await statuses(emulator, ALICE) == [403] * 6
    assert emulator.runs_taken == 0
    assert await statuses(emulator, BOB) == [200] * 6


async def test_who_lacks_which_right_is_said_in_the_words_of_the_service(
    emulator: Emulator,
) -> None:
    emulator.rights(ALICE, "consumer")
    async with project_client(emulator, token_of(ALICE)) as project:
        with pytest.raises(HttpResponseError) as refused:
            await project.connections.get("openai")
    assert refused.value.error
    assert refused.value.error.code == "PermissionDenied"
    assert f"The principal `{ALICE}` lacks the required data action" in refused.value.message


async def test_a_consumer_asks_reads_and_cancels_at_an_agent_s_own_endpoint(
    emulator: Emulator,
) -> None:
    emulator.rights(ALICE, "consumer")
    emulator.store.add_agent("helper", instructions="Be brief.")
    pin(emulator, "helper", "1")
    async with (
        project_client(emulator, token_of(ALICE)) as project,
        project.get_openai_client(agent_name="helper") as helper,
    ):
        whole = await helper.responses.create(input="[say Hello]")
        later = await helper.responses.create(input="And?", previous_response_id=whole.id)
        slow = await helper.responses.create(input="[slow 60]", background=True)
        assert (await helper.responses.retrieve(slow.id)).status == "in_progress"
        assert (await helper.responses.cancel(slow.id)).status == "cancelled"
    assert (whole.output_text, later.status) == ("Hello", "completed")
    assert whole.to_dict()["agent_reference"] == {**HELPER["agent_reference"], "version": "1"}
    assert {each.caller for each in emulator.received} == {ALICE}


@pytest.mark.parametrize("name", [ALICE, "operator"])
async def test_whoever_has_no_role_is_refused_everywhere(
    emulator: Emulator, raw: aiohttp.ClientSession, name: str
) -> None:
    emulator.rights(name, "none")
    headers = signed_in(ALICE) if name == ALICE else {}
    status, refused = await asked(raw, ENDPOINT, headers)
    assert (status, refused["error"]["code"]) == (403, "PermissionDenied")
    assert "agents/endpoints/interact/action` to perform" in refused["error"]["message"]
    async with raw.get("agents", headers=headers) as reply:
        assert reply.status == 403
        assert "agents/read` to perform" in (await error_of(reply))["message"]
    assert emulator.runs_taken == 0
    emulator.rights(name)
    assert (await raw.get("agents", headers=headers)).status == 200


async def test_rights_can_be_given_from_another_process(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    words = {"caller": ALICE, "role": "consumer", "speaks_for_users": True}
    assert (await raw.post("/_emulator/rights", json=words)).status == 200
    assert (await raw.get("agents", headers=signed_in(ALICE))).status == 403
    assert (await asked(raw, ENDPOINT, signed_in(ALICE, "ada")))[0] == 200
    for wrong, says in (
        ({"caller": ALICE, "role": "king"}, "'king' is none of user, consumer, none"),
        ({"role": "none"}, "caller"),
        ({"caller": ALICE, "crown": 1}, "crown"),
    ):
        async with raw.post("/_emulator/rights", json=wrong) as reply:
            assert reply.status == 400
            assert says in (await reply.json())["error"]
    await emulator.reset()
    emulator.behave(unversioned=True)
    assert (await raw.get("agents", headers=signed_in(ALICE))).status == 200


async def test_a_seed_says_who_may_do_what_and_a_data_file_keeps_it_until_all_is_forgotten(
    tmp_path: Path,
) -> None:
    seed, data = tmp_path / "seed.json", tmp_path / "data"
    seed.write_text(json.dumps({"callers": [{"id": ALICE, "role": "consumer"}, {"id": BOB}]}))
    for seeded in (seed, None):
        async with Emulator(seed=seeded, data=data) as emulator:
            assert await statuses(emulator, ALICE) == [403] * 6
            assert await statuses(emulator, BOB) == [200] * 6
            if not seeded:
                await emulator.reset()
                assert await statuses(emulator, ALICE) == [200] * 6


async def test_a_seed_with_a_role_that_there_is_not_is_refused_by_its_line(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("callers:\n  - id: anna\n    role: king\n")
    with pytest.raises(FileError, match=r"line 2: callers\[0\]: the role 'king' is none of user,"):
        Emulator(seed=seed)


async def test_a_user_is_named_only_by_whom_that_is_allowed(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    status, refused = await asked(raw, ENDPOINT, signed_in(ALICE, "ada"))
    assert (status, refused["error"]["code"]) == (403, "forbidden")
    assert "endpoints/UserIdentityImpersonation/action" in refused["error"]["message"]
    emulator.rights(ALICE, speaks_for_users=True)
    assert (await asked(raw, ENDPOINT, signed_in(ALICE, "A1._:-@" + "x" * 249)))[0] == 200
    operator = {"x-ms-user-identity": "ada"}
    assert (await asked(raw, ENDPOINT, operator))[0] == 200
    emulator.rights("operator")
    assert (await asked(raw, ENDPOINT, operator))[0] == 403
    for wrong in ("a b", "ä", "a/b", "x" * 257, ""):
        status, refused = await asked(
            raw, ENDPOINT, signed_in(ALICE) | {"x-ms-user-identity": wrong}
        )
        assert (status, refused["error"]["param"]) == (400, "x-ms-user-identity")
