"""`mcp-foundry call` for a person: at a pseudo-terminal, with rich and without it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio import to_thread
from mcp_types import ElicitRequestFormParams

from mcp_foundry.commands import terminal as commands
from tests.rigs.calling import GENERATIONS
from tests.rigs.command_line import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.emulator import Emulator

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import pty
from fcntl import ioctl
from struct import pack
from termios import TIOCSWINSZ

pytestmark = pytest.mark.anyio

WITHOUT_RICH = (
    "import sys; sys.modules['rich'] = None; from mcp_foundry.cli import main; sys.exit(main())"
)


class Terminal:
    """A terminal, and a command whose stdin, stdout and stderr it is."""

    def __init__(self, ours: int, process: subprocess.Popen[bytes]) -> None:
        self._ours = ours
        self._process = process
        self._seen = b""

    @property
    def seen(self) -> str:
        """What stands on the screen so far, without colours."""
        text = self._seen.decode(errors="replace").replace("\r\n", "\n")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)

    async def reads(self, text: str) -> None:
        """Wait for a text on the screen."""
        while text not in self.seen:
            assert await self._more(), self.seen

    async def types(self, text: str) -> None:
        """Type a text."""
        await to_thread.run_sync(os.write, self._ours, text.encode())

    async def ends(self) -> int:
        """Read to the end; the exit code."""
        while await self._more():
            pass
        return await to_thread.run_sync(self._process.wait, PATIENCE)

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def _more(self) -> bool:
        data = b""
        with anyio.fail_after(PATIENCE), suppress(OSError):  # Linux's way to say that it has ended
            data = await to_thread.run_sync(os.read, self._ours, 4096, abandon_on_cancel=True)
        self._seen += data
        return bool(data)


@contextmanager
def at_terminal(
    *words: str, rich: bool = True, endpoint: str = "", pixels: bool = False
) -> Generator[Terminal]:
    """`mcp-foundry call` at a terminal; on the embedded emulator, unless an endpoint is given."""
    ours, theirs = pty.openpty()
    if pixels:  # rows and columns, and how wide and high these are
        ioctl(ours, TIOCSWINSZ, pack("HHHH", 24, 200, 2000, 480))
    command = COMMAND if rich else [sys.executable, "-c", WITHOUT_RICH]
    project = {"FOUNDRY_PROJECT_ENDPOINT": endpoint} if endpoint else {}
    process = subprocess.Popen(  # noqa: S603 - this Python, and our own module
        [*command, "call", *words, *([] if endpoint else ["--emulator"])],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm", COLUMNS="200", **project),
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)


@pytest.mark.parametrize("rich", [True, False])
async def test_an_answer_is_its_text_and_how_to_go_on(rich: bool) -> None:
    with at_terminal("ask_agent", "message=Hello", rich=rich) as terminal:
        assert await terminal.ends() == 0
    assert terminal.seen.startswith("I am the scripted model")
    assert "\n[conversation_id: resp_" in terminal.seen


async def test_json_is_to_be_had_at_a_terminal() -> None:
    with at_terminal("list_agents", "--json") as terminal:
        assert await terminal.ends() == 0
    assert json.loads(terminal.seen)["agents"]


@pytest.mark.parametrize("rich", [True, False])
async def test_a_streamed_text_stands_there_once(rich: bool) -> None:
    words = ["stream_agent", "message=[search x] [long 30]"]
    with at_terminal(*words, rich=rich) as terminal:
        assert await terminal.ends() == 0
    doing, text, footer = terminal.seen.splitlines()
    assert doing == "⋯ Searching the web…"
    assert text.startswith("alpha naïve token 東京")
    assert footer.startswith("[conversation_id: resp_")


async def test_a_quiet_stream_shows_its_text_at_the_end() -> None:
    words = ["stream_agent", "message=[long 30]", "--quiet"]
    with at_terminal(*words) as terminal:
        assert await terminal.ends() == 0
    assert terminal.seen.startswith("alpha naïve token 東京")


async def test_a_listing_is_a_table() -> None:
    with at_terminal("list_connections") as terminal:
        assert await terminal.ends() == 0
    heads = next(line for line in terminal.seen.splitlines() if "name" in line)
    assert heads.strip("┃ ").split() == [
        *("name", "┃", "type", "┃", "target", "┃"),
        *("is_default", "┃", "auth_type", "┃", "metadata"),
    ]
    assert re.search(r"│ openai +│ AzureOpenAI +│ https://\S+ +│ yes +│ AAD ", terminal.seen)


async def test_a_listing_without_rich_is_json() -> None:
    with at_terminal("list_connections", rich=False) as terminal:
        assert await terminal.ends() == 0
    assert json.loads(terminal.seen)["connections"]


async def test_what_a_listing_lacks_stands_below_it(emulator: Emulator) -> None:
    emulator.fail_next(403, on="assistants")
    with at_terminal("list_agents", endpoint=emulator.endpoint) as terminal:
        assert await terminal.ends() == 0
    assert re.search(r"│ helper +│", terminal.seen)
    assert "\nThe classic agents (asst_…) are not listed: " in terminal.seen


async def test_a_result_that_is_no_listing_is_json() -> None:
    with at_terminal("create_agent_version", "agent_name=mine") as terminal:
        assert await terminal.ends() == 0
    assert json.loads(terminal.seen)["agent_name"] == "mine"


async def test_a_batch_shows_a_bar() -> None:
    requests = json.dumps([{"message": "a"}, {"message": "[slow 0.5]"}])
    with at_terminal("batch_ask", f"requests={requests}") as terminal:
        assert await terminal.ends() == 0
    assert "━ 2/2 " in terminal.seen
    assert "completed: 2 · failed: 0 · other: 0 · tokens: " in terminal.seen.splitlines()[-1]


@GENERATIONS
@pytest.mark.parametrize(
    ("typed", "outcome"),
    [("y\n", "You approved"), ("YES\n", "You approved"), ("\n", "You denied"), ("no\n", "denied")],
)
async def test_a_person_at_the_terminal_approves_with_a_yes_and_with_nothing_else(
    agent: str, typed: str, outcome: str
) -> None:
    words = ["ask_agent", f"agent={agent}", "message=[approve github.create {}]"]
    with at_terminal(*words) as terminal:
        await terminal.reads("wants to call github.create with {}.\nAllow it? [y/N] ")
        await terminal.types(typed)
        assert await terminal.ends() == 0
    assert outcome in terminal.seen


async def test_ctrl_c_at_the_question_cancels_the_run_that_waits(emulator: Emulator) -> None:
    words = ["ask_agent", "agent=asst_helper", "message=[approve github.create {}]"]
    with at_terminal(*words, endpoint=emulator.endpoint) as terminal:
        await terminal.reads("Allow it? [y/N] ")
        assert emulator.live
        terminal.signal(signal.SIGINT)
        assert await terminal.ends() == 130
    assert emulator.live == []
    assert "Traceback" not in terminal.seen


async def test_a_question_is_not_interrupted_by_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = pty.openpty()
    asked = ElicitRequestFormParams(message="May it?", requested_schema={"type": "object"})
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        terminal = commands.Terminal("ask_agent")
        context: Any = None
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(terminal.ask, context, asked)
                await anyio.wait_all_tasks_blocked()
                await terminal.tell(1, None, "⋯ Waiting for a person to approve (8 s)")
                assert capsys.readouterr().err == "May it?\nAllow it? [y/N] "
                os.write(ours, b"y\n")
        await terminal.tell(2, None, "⋯ helper is at work")
        assert capsys.readouterr().err == "⋯ helper is at work\n"
    os.close(ours)
