"""The emulator: a project that opens on a free port and closes with its block."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aiohttp import web

from mcp_foundry.emulator.app import Gateway, Received, as_state, make_app, open_data
from mcp_foundry.emulator.control import control_routes
from mcp_foundry.emulator.faults.behaviour import Behaviour, changed
from mcp_foundry.emulator.faults.fault import Fault, Faults, RandomFaults, fault_from
from mcp_foundry.emulator.http.connections import Connections
from mcp_foundry.emulator.model.scripted import choose_model
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.names import PROJECT_PATH
from mcp_foundry.emulator.store.seed import seed
from mcp_foundry.emulator.wire.values import Json

if TYPE_CHECKING:
    from typing_extensions import Self

HOST = "127.0.0.1"
# How long closing waits for handlers that hang on request, before it cancels them.
PATIENCE = 0.1


class Emulator:
    """A Foundry project on loopback, open inside `async with`.

    Args:
        port: The port; 0 picks a free one.
        model_url: The base URL of an OpenAI-compatible server that answers instead of the
            scripted model, such as `http://127.0.0.1:11434/v1`.
        model_name: The model to ask there.
        latency: Seconds before each reply, as a network has them.
        first_token: Seconds that a run takes before its first token.
        tokens_per_second: The pace of text; 0 is as fast as possible.
        data: The file that keeps the project; it is made where there is none.

    Raises:
        DataFileError: The data file cannot be used.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - its settings, all with defaults
        self,
        port: int = 0,
        model_url: str = "",
        model_name: str = "",
        latency: float = 0.0,
        first_token: float = 0.0,
        tokens_per_second: float = 0.0,
        data: Path | None = None,
    ) -> None:
        self.store = Store()
        self._port = port
        self._faults = Faults()
        self._waiting: set[asyncio.Event] = set()
        self._model = choose_model(model_url, model_name)
        pace = (first_token, tokens_per_second)
        self._engine = Engine(self._model, self._changed, *pace, self.store.files)
        if data is None or open_data(self.store, self._engine, data):
            seed(self.store)
        self.store.save()
        self._gateway = Gateway(self.store, self._engine, self._faults, latency)
        self._opened = AsyncExitStack()
        self._connections = Connections(self._changed)

    async def __aenter__(self) -> "Self":
        app = make_app(self._gateway, control_routes(self))
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
            await web.TCPSite(runner, HOST, self._port).start()
            self._port = runner.addresses[0][1]
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
        return f"http://{HOST}:{self._port}{PROJECT_PATH}"

    @property
    def received(self) -> list[Received]:
        """The newest requests, oldest first."""
        return list(self._gateway.received)

    @property
    def runs_created(self) -> int:
        """How many requests asked for a run or response."""
        return self._engine.created

    @property
    def runs_taken(self) -> int:
        """How many runs and responses the service really started."""
        return self._engine.taken

    @property
    def live(self) -> list[str]:
        """The ids of runs and responses that have not ended."""
        return list(self._engine.live)

    @property
    def open_connections(self) -> int:
        """How many connections clients hold open now."""
        return self._connections.open

    @property
    def busy_connections(self) -> int:
        """How many requests are being answered now."""
        return self._gateway.busy

    @property
    def unhandled(self) -> list[str]:
        """The requests that met the 501, as "METHOD path"."""
        return self._gateway.unhandled

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

    def end_session(self, session_id: str, status: str = "expired") -> None:
        """Let a hosted agent's session come to its end; what is under way in it goes nowhere."""
        self.store.end_session(session_id, status)
        self._engine.abandon(session_id)

    def state(self) -> Json:
        """The books in one object, as `GET /_emulator/state` shows them."""
        return as_state(self._gateway, self._engine, self.open_connections)

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

    async def wait_for(
        self,
        predicate: Callable[["Emulator"], object],
        timeout: float = 5.0,
    ) -> None:
        """Wait until the predicate holds, looked at anew whenever anything happens.

        Raises:
            TimeoutError: It did not hold in time.
        """
        happened = asyncio.Event()
        self._waiting.add(happened)
        try:
            await asyncio.wait_for(self._until(predicate, happened), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"not within {timeout} s; the emulator: {self.state()}") from None
        finally:
            self._waiting.discard(happened)

    async def _until(
        self, predicate: Callable[["Emulator"], object], happened: asyncio.Event
    ) -> None:
        while not predicate(self):
            happened.clear()
            await happened.wait()

    def _changed(self) -> None:
        for happened in self._waiting:
            happened.set()
