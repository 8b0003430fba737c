"""Figures 1, 2 and 9: what a start takes, to the list of tools and to the first answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measuring import extra_figure, ratio_figure
from benchmarks.projects import CLASSIC, GENERATIONS, RESPONSES, EmulatedProject
from benchmarks.secured import SecuredProject
from benchmarks.servers import LEGACY, MODERN, bare, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measuring import Figure
    from benchmarks.servers import McpServer

_BARE = "a bare MCPServer's start"
_MEMORY = "a bare MCPServer"


class Start(NamedTuple):
    """Seconds to the list of tools and to the first answer; MB after it and after a listing."""

    listed: float
    answered: float
    memory: float
    managed: float


class Round(NamedTuple):
    """One start of each kind; in `theirs`, the bare server's in both eras."""

    theirs: tuple[Start, Start]
    ours: tuple[Start, Start]
    generations: tuple[str, str]
    secured: Start


def starts(rounds: int) -> Iterator[Figure]:
    """Measure the figures, which share their processes."""
    with EmulatedProject() as project, SecuredProject(project.endpoint) as secure:
        # The first round fills the caches of the disk.
        taken = [_round(number, project, secure) for number in range(rounds + 1)][1:]
    for place, era in enumerate((LEGACY, MODERN)):
        pairs = [(each.ours[place].listed, each.theirs[place].listed) for each in taken]
        yield ratio_figure(1, f"start to `tools/list`, {era}", _BARE, pairs, 1.10)
    for name, agent in GENERATIONS.items():
        places = [(each, each.generations.index(agent)) for each in taken]
        pairs = [(each.ours[at].answered, each.theirs[at].listed) for each, at in places]
        yield ratio_figure(2, f"start to the first answer, {name}", _BARE, pairs, 1.6)
    pairs = [(each.secured.answered, each.theirs[0].listed) for each in taken]
    what = "the same over TLS, with EnvironmentCredential and its token"
    yield ratio_figure(2, what, _BARE, pairs, 1.9)
    pairs = [(each.ours[0].memory, each.theirs[0].memory) for each in taken]
    yield extra_figure(9, "memory after the first answer", _MEMORY, pairs, "MB", 35)
    pairs = [(each.ours[0].managed, each.theirs[0].memory) for each in taken]
    yield extra_figure(9, "memory after `list_deployments`", _MEMORY, pairs, "MB", 65)


def _round(number: int, project: EmulatedProject, secure: SecuredProject) -> Round:
    # Each era meets both generations, round about.
    agents = (RESPONSES, CLASSIC) if number % 2 else (CLASSIC, RESPONSES)
    old_bare = _start(bare(LEGACY))
    old = _start(ours(project.endpoint, LEGACY), agents[0], manage=True)
    new_bare = _start(bare(MODERN))
    new = _start(ours(project.endpoint, MODERN), agents[1])
    secured = _start(ours(secure.endpoint, **secure.environment), RESPONSES)
    return Round((old_bare, new_bare), (old, new), agents, secured)


def _start(server: McpServer, agent: str = "", *, manage: bool = False) -> Start:
    with server:
        server.request("tools/list")
        listed = server.age()
        if agent:
            server.call("ask_agent", message="Hello", agent=agent)
        answered, memory = server.age(), server.memory()
        if manage:
            server.call("list_deployments")
        return Start(listed, answered, memory, server.memory())
