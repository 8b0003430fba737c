"""What a composition of containers says, and the same as plain processes on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import yaml
from anyio import to_thread

from tests.rigs.command_line import environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "packaging" / "compose"
_LONGEST_START = 60
_LONGEST_END = 40
# A machine may trust others everywhere, and says so in these before ours is looked at.
_NOT_IN_A_CONTAINER = {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}
# A number of four digits is a port, in all that the composition has.
_PORT = re.compile(r"\b(?:8\d{3}|9\d{3})\b")
# What the network of containers has a name for is on this machine here.
_NAMES = re.compile(r"(?<![\w.-])(?:issuer|bridge-\d)(?![\w.-])")


@dataclass(frozen=True)
class Service:
    """A service of the composition.

    Attributes:
        name: How it is called there.
        told: All that is said of it.
        words: What it runs.
        environment: The variables that it is given.
    """

    name: str
    told: Mapping[str, Any]
    words: list[str]
    environment: Mapping[str, str]

    @property
    def needs(self) -> list[str]:
        """The services that it waits for."""
        return list(self.told.get("depends_on", ()))


def composed() -> dict[str, Service]:
    """Read the services of the composition."""
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    return {name: _service(name, said) for name, said in told["services"].items()}


def _service(name: str, said: dict[str, Any]) -> Service:
    program = said.get("entrypoint", ["mcp-foundry" if "build" in said else said["image"]])
    words = [*map(str, program), *map(str, said.get("command", []))]
    return Service(name, said, words, {k: str(v) for k, v in said.get("environment", {}).items()})


@dataclass
class Running:
    """The composition as processes, each with its very words, at ports that were free.

    Attributes:
        folder: Where its certificates are.
    """

    folder: Path
    _ports: dict[str, str] = field(default_factory=dict[str, str])
    _processes: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )

    def here(self, text: str) -> str:
        """Return what a text of the composition is on this machine."""
        text = text.replace("/certificates", str(self.folder))
        text = text.replace("/issuer.py", str(PROJECT / "tests/rigs/issuer.py"))
        return _PORT.sub(lambda found: self._port(found[0]), _NAMES.sub("localhost", text))

    def _port(self, number: str) -> str:
        if number not in self._ports:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._ports[number] = str(free.getsockname()[1])
        return self._ports[number]

    def start(self, service: Service) -> None:
        """Run a service until it is ended."""
        if service.name == "nginx":
            said = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
            said = self.here(said.replace("/tmp/", f"{self.folder}/"))  # noqa: S108 - the container's
            configuration = self.folder / "nginx.conf"
            configuration.write_text(said, encoding="utf-8")
            # Its workers would be somebody who may not enter a folder of tests.
            more = "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"
            # Debian keeps servers where only root looks.
            program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
            assert program, "nginx is not installed: apt-get install nginx"
            words = [program, "-e", "stderr", "-g", more, "-c", str(configuration)]
        else:
            words = _found([self.here(word) for word in service.words])
        given = {name: self.here(text) for name, text in service.environment.items()}
        self._processes[service.name] = subprocess.Popen(  # noqa: S603 - what the composition names
            words,
            env=environment(**_NOT_IN_A_CONTAINER, **given),
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )

    async def end(self, *names: str) -> None:
        """Ask services to end, all of them if none is named, and wait until they have."""
        processes = [self._processes.pop(name) for name in names or list(self._processes)]
        for process in processes:
            process.terminate()
        with anyio.fail_after(_LONGEST_END, shield=True):
            for process in processes:
                await to_thread.run_sync(process.wait, abandon_on_cancel=True)

    def kill(self) -> None:
        """End what is left."""
        for process in self._processes.values():
            process.kill()
            process.wait()

    async def healthy(self, service: Service) -> None:
        """Wait until the check of its health, which the composition has, says that it is."""
        said: list[str] = service.told.get("healthcheck", {}).get("test", [])
        if not said:
            return
        words = _found([self.here(word) for word in said[1:]])
        with anyio.fail_after(_LONGEST_START):
            while True:
                assert self._processes[service.name].poll() is None, f"{service.name} has ended"
                checked = await anyio.run_process(words, check=False, stderr=subprocess.DEVNULL)
                if checked.returncode == 0:
                    return


def _found(words: list[str]) -> list[str]:
    programs = {"mcp-foundry": [sys.executable, "-m", "mcp_foundry"], "python": [sys.executable]}
    return [*programs.get(words[0], words[:1]), *words[1:]]


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[Running]:
    """Run all of it, each when those that it needs are well."""
    waiting = composed()
    made = Running(folder)
    try:
        while waiting:
            next_ones = [s for s in waiting.values() if not waiting.keys() & set(s.needs)]
            for service in next_ones:
                made.start(waiting.pop(service.name))
            for service in next_ones:
                await made.healthy(service)
        yield made
        await made.end()
    finally:
        made.kill()
