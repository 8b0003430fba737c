"""The emulator: a project that opens on a free port and closes with its block."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aiohttp import web

from mcp_foundry.emulator.app import Gateway, make_app, open_data
from mcp_foundry.emulator.books import Books
from mcp_foundry.emulator.control import control_routes
from mcp_foundry.emulator.door.entrance import HOST, Entrance
from mcp_foundry.emulator.faults.behaviour import Behaviour, changed
from mcp_foundry.emulator.faults.fault import Fault, Faults, RandomFaults, fault_from
from mcp_foundry.emulator.http.log import Log
from mcp_foundry.emulator.model.scripted import choose_model
from mcp_foundry.emulator.options import Options
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Rights
from mcp_foundry.emulator.store.seed import seed
from mcp_foundry.emulator.wire.values import Json

if TYPE_CHECKING:
    from typing_extensions import Self

    from mcp_foundry.emulator.store.seed_file import Seed

# How long closing waits for handlers that hang on request, before it cancels them.
PATIENCE = 0.1
# Connections that wait to be accepted.
_BACKLOG = 1024


class Emulator(Books):
    """A Foundry project on loopback, open inside `async with`.

    Args:
        **words: The fields of `Options`.

    Raises:
        TypeError: A word is not one of them.
        DataFileError: The file of `data` cannot be used.
        FileError: `seed` cannot be read, or holds what a project has not.
        CannotKeepCertificatesError: With `https`, the user's data folder cannot be used.
    """

    def __init__(self, **words: Any) -> None:  # noqa: ANN401 - the words of `Options`, which checks them
        super().__init__()
        options = Options(**words)
        self._seed = _read(options.seed) if options.seed else None
        self.store = Store()
        self.entrance = Entrance(options.port, https=options.https)
        self._faults = Faults()
        model = choose_model(options.model_url, options.model_name)
        pace = (options.first_token, options.tokens_per_second)
        self._engine = Engine(model, self._changed, *pace, self.store.files)
        if not options.data or open_data(self.store, self._engine, options.data):
            seed(self.store, self._seed)
            self.store.save()
        self._gateway = Gateway(self.store, self._engine, self._faults, options.latency)
        self._opened = AsyncExitStack()
        self._log = Log(options.log) if options.log else None
        self._engine.watcher = self._log

    async def __aenter__(self) -> "Self":
        own = [*control_routes(self), *self.entrance.identity.routes()]
        app = make_app(self._gateway, own, self._log)
        # A handler must learn at once that its client went away: that is what cancels a response.
        runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            handler_cancellation=True,
            shutdown_timeout=PATIENCE,
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(runner.cleanup)
            stack.push_async_callback(self._engine.close)
            # First of all: what is under way then is found again as it is, not as cancelled.
            stack.callback(self.store.close)
            await runner.setup()
            self._connections.watch(runner)
            entrance = self.entrance
            # A thousand may connect at once, and who finds no room tries again after a second.
            tls = entrance.tls
            await web.TCPSite(
                runner, HOST, entrance.port, ssl_context=tls, backlog=_BACKLOG
            ).start()
            entrance.port = runner.addresses[0][1]
            self._opened = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    @property
    def endpoint(self) -> str:
        """The project endpoint to give to a client."""
        return self.entrance.endpoint

    @property
    def places(self) -> dict[str, str]:
        """What a shell is told; see `door.environment.lines`."""
        return self.entrance.places(self.store)

    @property
    def action_expiry(self) -> float:
        """Seconds after which a classic run that waits for the caller expires."""
        return self._engine.action_expiry

    @action_expiry.setter
    def action_expiry(self, seconds: float) -> None:
        self._engine.action_expiry = seconds

    @property
    def behaviour(self) -> Behaviour:
        """What the service is like; see `behave`."""
        return self._gateway.behaviour

    def behave(self, **words: Any) -> None:  # noqa: ANN401 - the words of `Behaviour`, which checks them
        """Be like another service from now on: replaces those fields of `Behaviour`.

        Raises:
            TypeError: A word is not a field of `Behaviour`.
        """
        self._gateway.behaviour = changed(self._gateway.behaviour, words)

    def rights(self, caller: str, role: str = "user", *, speaks_for_users: bool = False) -> None:
        """Say what a caller may do from now on.

        Args:
            caller: The object id that its token has, or `operator` for tokens that name nobody.
            role: `user` as *Foundry User*, `consumer` as *Foundry Agent Consumer* alone, or `none`.
            speaks_for_users: Whether it may name a user in `x-ms-user-identity`.

        Raises:
            ValueError: There is no such role.
        """
        self.store.callers[caller] = Rights(role, speaks_for_users)
        self.store.save()

    def end_session(self, session_id: str, status: str = "expired") -> None:
        """Let a hosted agent's session come to its end; what is under way in it goes nowhere."""
        self.store.end_session(session_id, status)
        self._engine.abandon(session_id)

    def fault(self, on: str = "run", times: int = 1, **what: Any) -> None:  # noqa: ANN401 - the words of `Fault`, which checks them
        """Let something go wrong with the next matching request.

        Args:
            on: Which requests, see `Fault.on`.
            times: For how many of them.
            **what: Any other field of `Fault`.

        Raises:
            TypeError: A word is not a field of `Fault`.
        """
        self.add_fault(fault_from({"on": on, "times": times, **what}))

    def add_fault(self, fault: Fault) -> None:
        """Let this go wrong with the next requests that match."""
        self._faults.add(fault)

    def fail_next(  # noqa: PLR0913 - the words of a refusal, with defaults
        self,
        status: int,
        *,
        code: str = "",
        message: str = "",
        headers: dict[str, str] | None = None,
        retry_after: float | str | None = None,
        body: str | bytes | Json | None = None,
        on: str = "run",
        times: int = 1,
    ) -> None:
        """Refuse the next matching request with that status; nothing is started."""
        given = Fault(
            on=on,
            times=times,
            status=status,
            code=code,
            message=message,
            headers=headers or {},
            retry_after=retry_after,
            body=body,
        )
        self.add_fault(given)

    def random_faults(
        self, probability: float, faults: Sequence[Fault], *, on: str = "run", seed: int = 0
    ) -> None:
        """Let chance draw a fault for that share of the matching requests, from now on."""
        self._faults.draw_from(RandomFaults(probability, faults, on, seed))

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""
        self._faults.clear()

    def script(self, *turns: str) -> None:
        """Say what the next runs do, whatever they are asked: directives, or plain text to say."""
        self._engine.scripts.extend(turns)

    async def reset(self) -> None:
        """Be as if just opened: cancel what is under way, forget everything, and seed anew."""
        await self._engine.reset()
        # Whoever still answers a request knows the store that was.
        self.store = self.store.emptied()
        seed(self.store, self._seed)
        self.store.save()
        self._engine.files = self.store.files
        self._gateway.reset(self.store)
        self._faults.clear()
        self.entrance.identity.given = 0


def _read(seed_file: Path) -> "Seed":
    from mcp_foundry.emulator.store.seed_file import read_seed

    return read_seed(seed_file)
