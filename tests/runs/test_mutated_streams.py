"""Whatever becomes of a stream: as long as the service has the answer, the caller gets it.

`--mutate-for 600` looks for ten minutes; without it, a few seconds, and always at the same streams.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mcp.client import Client

from mcp_foundry.server.app import create_server
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from tests.conftest import structured
from tests.rigs.faults_table import PERHAPS
from tests.rigs.mutations import Harmed, harmed, without_mark
from tests.rigs.replayed_service import (
    LAST_CHUNK,
    RecordedRun,
    ReplayedService,
    as_bytes,
    as_chunk,
    recorded_runs,
    replayed_service,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

RUNS = {run.name: run for run in recorded_runs()}
# No stream here is silent for a reason: what says nothing any more is broken.
LIMITS = Limits(silence=0.3, find=2, poll=0.05, lost=2, read=2)
EXAMPLES = 25
BOUND = 20
"""Seconds that one call may take at most."""


class Caller:
    """Asks a service that plays a run, through the real server."""

    def __init__(self, client: Client, service: ReplayedService) -> None:
        self._client = client
        self._service = service

    async def truth(self, run: RecordedRun) -> dict[str, Any]:
        """What the service answers to GET."""
        self._service.play(run, b"", resumable=False)
        thread = run.body.get("thread_id")
        answer_id = f"{thread}/{run.body['id']}" if thread else run.body["id"]
        return structured(await self._client.call_tool("get_answer", {"answer_id": answer_id}))

    async def ask(self, run: RecordedRun, stream: Harmed) -> tuple[dict[str, Any], int]:
        """What a question gets, and how often it was asked."""
        self._service.play(run, stream.wire, resumable=stream.resumable)
        question = {"message": "Hi", "agent": run.body.get("assistant_id") or "helper"}
        if run.classic:
            question["conversation_id"] = run.body["thread_id"]
        with anyio.fail_after(BOUND):
            result = await self._client.call_tool("stream_agent", question)
        return dict(result.structured_content or {}), self._service.questions


@asynccontextmanager
async def calling() -> AsyncGenerator[Caller]:
    async with replayed_service() as service:
        told = Settings(endpoint=service.endpoint, max_wait=15, limits=LIMITS)
        async with Client(create_server(told), mode="legacy") as client:
            yield Caller(client, service)


def unharmed(run: RecordedRun) -> Harmed:
    whole = b"".join(as_chunk(as_bytes(event)) for event in run.events)
    return Harmed((), whole + LAST_CHUNK, resumable=False)


@pytest.mark.parametrize("name", RUNS)
def test_an_answer_that_the_service_has_is_the_answer(
    name: str, request: pytest.FixtureRequest
) -> None:
    run = RUNS[name]
    until = monotonic() + float(str(request.config.getoption("--mutate-for"))) / len(RUNS)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(calling()) as caller:
        truth = portal.call(caller.truth, run)
        assert without_mark(portal.call(caller.ask, run, unharmed(run))[0]) == without_mark(truth)

        def holds(stream: Harmed) -> None:
            answer, questions = portal.call(caller.ask, run, stream)
            assert questions == 1
            if error := answer.get("error"):
                assert error["code"] != "internal"
                # Without the thread's own id nothing leads to a classic run.
                assert run.classic
                assert PERHAPS in error["message"]
            else:
                assert without_mark(answer) == without_mark(truth)

        for number in count():
            check = settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )(given(st.deferred(lambda: harmed(run)))(holds))
            seed(number)(check)()
            if monotonic() >= until:
                return
