"""The emulator's own routes, by which it is told what to do from another process."""

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from mcp_foundry.emulator.faults.fault import Fault, fault_from
from mcp_foundry.emulator.http.bodies import read_json
from mcp_foundry.emulator.http.calls import reply
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json, as_list, as_object


class Shown(Protocol):
    """What the routes need of a request."""

    def shown(self) -> Json:
        """What may be told of it."""
        ...


class Controlled(Protocol):
    """What the routes need of the emulator."""

    def state(self) -> Json:
        """The books."""
        ...

    def add_fault(self, fault: Fault) -> None:
        """Let this go wrong."""
        ...

    def random_faults(
        self, probability: float, faults: Sequence[Fault], *, on: str, seed: int
    ) -> None:
        """Let chance decide."""
        ...

    def behave(self, **words: Any) -> None:  # noqa: ANN401 - the words of `Behaviour`
        """Be like another service."""
        ...

    def rights(self, caller: str, role: str = "user", *, speaks_for_users: bool = False) -> None:
        """Say what a caller may do."""
        ...

    @property
    def received(self) -> Sequence[Shown]:
        """The newest requests, oldest first."""
        ...

    def clear_faults(self) -> None:
        """Let nothing go wrong."""
        ...

    async def reset(self) -> None:
        """Be as if just opened."""
        ...

    def script(self, *turns: str) -> None:
        """Say what the next runs do."""
        ...


def control_routes(emulator: Controlled) -> list[web.RouteDef]:
    """The routes under /_emulator/, which no path of the service begins with."""

    async def state(_: web.Request) -> web.Response:
        """Tell what was asked, started and left open.

        Counts of requests by kind, runs, connections, tokens that were given, and the requests
        that met a 501.
        """
        return reply(emulator.state())

    async def reset(_: web.Request) -> web.Response:
        """Be as if just opened.

        What is under way is cancelled, everything is forgotten, and the seed is there again.
        """
        await emulator.reset()
        return reply({})

    async def script(request: web.Request) -> web.Response:
        """Say what the next runs do, whatever they are asked.

        A list of directives, or of texts to say.
        """
        try:
            body = await read_json(request)
        except Refusal as refusal:
            return reply({"error": str(refusal)}, 400)
        turns = as_list(body) or as_list(as_object(body).get("turns"))
        emulator.script(*(str(turn) for turn in turns))
        return reply({})

    async def clear(_: web.Request) -> web.Response:
        """Let nothing more go wrong."""
        emulator.clear_faults()
        return reply({})

    async def add(request: web.Request) -> web.Response:
        """Let something go wrong with the next requests that match.

        The words of a fault (see below), or `probability`, `faults`, `on` and `seed`, to let
        chance draw one.
        """
        try:
            _add_faults(emulator, as_object(await read_json(request)))
        except (TypeError, ValueError, Refusal) as error:
            return reply({"error": str(error)}, 400)
        return reply({})

    async def behave(request: web.Request) -> web.Response:
        """Be like another service from now on: the words of a behaviour (see below)."""
        try:
            emulator.behave(**as_object(await read_json(request)))
        except (TypeError, ValueError, Refusal) as error:
            return reply({"error": str(error)}, 400)
        return reply({})

    return [
        web.get("/_emulator/state", state),
        web.delete("/_emulator/state", reset),
        web.post("/_emulator/script", script),
        web.post("/_emulator/faults", add),
        web.delete("/_emulator/faults", clear),
        web.post("/_emulator/behaviour", behave),
        *_caller_routes(emulator),
    ]


def _caller_routes(emulator: Controlled) -> list[web.RouteDef]:
    async def rights(request: web.Request) -> web.Response:
        """Say what a `caller` may do from now on: its `role`, and whether it `speaks_for_users`.

        A caller is the object id that its token has, or `operator` for tokens that name nobody.
        The role is `user` (Foundry User, as everybody is), `consumer` (Foundry Agent Consumer
        alone) or `none`; whoever speaks for users may name one in `x-ms-user-identity`.
        """
        try:
            emulator.rights(**as_object(await read_json(request)))
        except (TypeError, ValueError, Refusal) as error:
            return reply({"error": str(error)}, 400)
        return reply({})

    async def requests(_: web.Request) -> web.Response:
        """Tell the newest requests, the oldest first.

        Of each its method and path, who called, and the user of each of both headers; neither
        tokens nor what was said.
        """
        return reply({"requests": [each.shown() for each in emulator.received]})

    return [
        web.post("/_emulator/rights", rights),
        web.get("/_emulator/requests", requests),
    ]


def _add_faults(emulator: Controlled, given: Json) -> None:
    if "probability" not in given:
        emulator.add_fault(fault_from(given))
        return
    faults = [fault_from(as_object(each)) for each in as_list(given.get("faults"))]
    emulator.random_faults(
        float(given["probability"]),
        faults,
        on=str(given.get("on", "run")),
        seed=int(given.get("seed", 0)),
    )
