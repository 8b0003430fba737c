"""Ten thousand questions, one in twenty of which goes wrong: nothing is lost, doubled or leaked.

`python -m benchmarks.soak` takes some minutes and exits with 1 where a bar is missed. The emulator,
the server (over stdio) and this driver are three processes, so that what the server holds is what
is measured. Linux only: memory is read where Linux has it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.soak_processes import Project, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.soak_processes import Json

GROWTH = 5.0
"""Megabytes that the server may have grown between the first thousand questions and the end."""
SHARE = 0.05
IDLE = 150
"""Seconds in which connections that nobody uses are given back."""

FAULTS: list[Json] = [
    {"status": 429, "retry_after": 0.1},
    {"status": 503, "retry_after": 0.1},
    {"status": 500},
    {"status": 502, "body": "<html>Bad gateway</html>"},
    {"disconnect": True},
    {"disconnect": True, "after_start": True},
    {"hang": True},
    {"drop_after_bytes": 1},
    {"drop_after_events": 1},
    {"drop_after_events": 5},
    {"drop_in_event": 6},
    {"drop_in_utf8": True},
    {"chunk": 3, "crlf": True, "comments": True},
    {"big_event": 500_000},
    {"malformed": True},
    {"error_event": True},
    {"silence": 4},
    {"end": "failed", "code": "server_error", "message": "The soak was told to fail."},
    {"end": "incomplete", "reason": "max_output_tokens"},
]
# What may become of a question that met a fault which nobody can heal.
CODES = {"run_failed", "service_unavailable", "connection_failed", "timeout", "rate_limited"}


class Soak:
    """The questions, and what became of them."""

    def __init__(self, server: Server, total: int) -> None:
        self._server = server
        self._total = total
        self._numbers = iter(range(1, total + 1))
        self.became: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def ask(self, at_once: int, most: int) -> None:
        """Ask the next `most` questions, so many at once."""
        numbers = (next(self._numbers) for _ in range(most))
        await asyncio.gather(*(self._worker(numbers) for _ in range(at_once)))

    async def _worker(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            await self._one(number)

    async def _one(self, number: int) -> None:
        text = f"Answer {number}: naïve 東京 😄 " + "and more of it " * (number % 40)
        arguments = {
            "message": f"[say {text.strip()}]",
            "agent": "asst_helper" if number % 2 else "helper",
            "conversation_id": "new" if number % 10 == 8 else "",  # noqa: PLR2004 - one in ten
        }
        tool = "stream_agent" if number % 5 == 0 else "ask_agent"
        told = await self._called(number, tool, arguments)
        while told.get("status") == "in_progress":
            self.became["handed over"] += 1
            fetched = {"answer_id": told["answer_id"]}
            told = await self._called(number + self._total, "get_answer", fetched)
        self._note(number, told, text.strip())

    async def _called(self, number: int, tool: str, arguments: Json) -> Json:
        meta = {"progressToken": number}
        params: Json = {"name": tool, "arguments": arguments, "_meta": meta}
        result = await self._server.request(number, "tools/call", **params)
        told: Json = result["structuredContent"]
        return told

    def _note(self, number: int, told: Json, text: str) -> None:
        error = told.get("error")
        self.became[error["code"] if error else told["status"]] += 1
        if error and error["code"] not in CODES:
            self.wrong.append(f"{number}: {error}")
        elif not error and told.get("text") != text:
            self.wrong.append(f"{number}: {told.get('text')!r} instead of {text!r}")


async def soak(total: int, at_once: int) -> int:
    """Ask, and print what came of it; return the exit code."""
    async with (
        running("mcp_foundry", "emulator") as emulator,
        aiohttp.ClientSession() as http,
    ):
        assert emulator.stdout  # noqa: S101 - it was opened
        project = Project((await emulator.stdout.readline()).decode().strip(), http)
        words = ("benchmarks.soak_server", project.endpoint, str(at_once))
        async with running(*words) as process:
            server = Server(process)
            ears = [asyncio.create_task(e()) for e in (server.listen, server.overhear)]
            try:
                return await _soaked(server, project, total, at_once)
            finally:
                for ear in ears:
                    ear.cancel()


async def _soaked(server: Server, project: Project, total: int, at_once: int) -> int:
    client = {"name": "soak", "version": "1"}
    hello: Json = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    await server.request(0, "initialize", **hello)
    server.send({"method": "notifications/initialized"})
    questions = Soak(server, total)
    await questions.ask(1, 1)
    start, first = await server.held(), await project.state()
    await project.let_things_go_wrong(SHARE, FAULTS)
    began = asyncio.get_running_loop().time()
    await questions.ask(at_once, min(999, total - 1))
    early = await server.held()
    await questions.ask(at_once, max(0, total - 1000))
    seconds = asyncio.get_running_loop().time() - began
    late = await server.held()
    last = await _idle(project, first["open_connections"])
    end = await server.held()
    once = all(count == 1 for count in server.answered.values())
    answered = sum(questions.became.values()) - questions.became["handed over"]
    bars = {
        f"questions with exactly one result: {answered} of {total}": answered == total and once,
        f"wrong results: {len(questions.wrong)}": not questions.wrong,
        f"runs taken by the service: {last['runs_taken']}": last["runs_taken"] <= total,
        f"runs left live: {len(last['live'])}": not last["live"],
        f"memory after 1,000 and at the end: {early.megabytes:.1f} MB, {late.megabytes:.1f} MB": (
            late.megabytes - early.megabytes < GROWTH
        ),
        f"tasks at the start and at the end: {start.tasks}, {end.tasks}": end.tasks <= start.tasks,
        f"files at the start and at the end: {start.files}, {end.files}": end.files <= start.files,
        f"connections at the start and at the end: {first['open_connections']}, "
        f"{last['open_connections']}": last["open_connections"] <= first["open_connections"],
    }
    became = ", ".join(f"{name} {count}" for name, count in questions.became.most_common())
    lines = [f"{total} questions, {at_once} at once, in {seconds:.0f} s: {became}"]
    lines += [f"     blocks in use after 1,000 and at the end: {early.blocks}, {late.blocks}"]
    lines += [f"{'ok  ' if held else 'MISS'} {bar}" for bar, held in bars.items()]
    sys.stdout.write("\n".join([*lines, *questions.wrong[:10], *server.said[:10], ""]))
    return 0 if all(bars.values()) else 1


async def _idle(project: Project, connections: int) -> Json:
    """Wait until what is not used is given back; return the emulator's books."""
    for _ in range(IDLE):
        state = await project.state()
        if not state["live"] and state["open_connections"] <= connections:
            return state
        await asyncio.sleep(1)
    return await project.state()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=50)
    given = parser.parse_args()
    sys.exit(asyncio.run(soak(given.questions, given.at_once)))
