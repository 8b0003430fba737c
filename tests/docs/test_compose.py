"""The composition for one laptop: what it says is taken, and it answers as its page says."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.commands.line.parser import parse
from tests.rigs import issuer
from tests.rigs.command_line import environment
from tests.rigs.composition import FOLDER, PROJECT, Running, composed, running
from tests.rigs.judging import judged, run, yamllint
from tests.rigs.shipped import settings_of, unknown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BRIDGES = ("bridge-1", "bridge-2")
README = FOLDER / "README.md"


def test_every_variable_of_the_composition_is_one_that_is_read() -> None:
    assert [unknown(service.environment) for service in composed().values()] == [[]] * 5


@pytest.mark.parametrize("name", BRIDGES)
def test_a_bridge_of_the_composition_has_settings_that_serve_a_team(name: str) -> None:
    service = composed()[name]
    settings = settings_of(service.words[1:], service.environment)

    assert service.words[0] == "mcp-foundry"
    assert settings.auth == "entra"
    assert (settings.tenant_id, settings.client_id) == (issuer.TENANT, issuer.CLIENT)
    assert f":{parsed(service.words, '--port')}/readyz" in str(service.told["healthcheck"])


def parsed(words: list[str], flag: str) -> str:
    return words[words.index(flag) + 1]


def test_both_bridges_are_the_same_but_for_their_port() -> None:
    first, second = (composed()[name] for name in BRIDGES)
    port, other = (parsed(service.words, "--port") for service in (first, second))

    assert json.dumps(first.told).replace(port, other) == json.dumps(second.told)


def test_the_emulator_of_the_composition_is_where_the_bridges_look_for_it() -> None:
    services = composed()
    port = parsed(services["emulator"].words, "--port")

    assert parse(services["emulator"].words[1:])
    for name in BRIDGES:
        endpoint = services[name].environment["FOUNDRY_PROJECT_ENDPOINT"]
        assert endpoint == f"http://127.0.0.1:{port}/api/projects/emulator"
        assert services[name].told["network_mode"] == "service:emulator"
    assert set(services["emulator"].told["networks"]["default"]["aliases"]) == set(BRIDGES)


def test_what_the_composition_mounts_is_there() -> None:
    mounted = [
        source
        for service in composed().values()
        for volume in service.told.get("volumes", [])
        if (source := str(volume).partition(":")[0]).startswith(".")
    ]
    assert len(mounted) > 1
    assert [path for path in mounted if not (FOLDER / path).is_file()] == []
    built = composed()["bridge-1"].told["build"]
    assert (FOLDER / built["context"]).resolve() == PROJECT
    assert (PROJECT / built["dockerfile"]).is_file()


def test_the_issuer_runs_with_what_is_in_the_image() -> None:
    # The package's own dependencies, and no other that tests have.
    imported = set(
        re.findall(r"^(?:from|import) (\w+)", Path(issuer.__file__).read_text(), re.MULTILINE)
    )

    assert imported - sys.stdlib_module_names == {"aiohttp", "cryptography", "jwt"}


def test_nothing_of_the_composition_is_reached_from_another_machine() -> None:
    published = [port for each in composed().values() for port in each.told.get("ports", [])]

    assert len(published) > 1
    assert [port for port in published if not str(port).startswith("127.0.0.1:")] == []


def test_every_container_of_the_composition_may_do_little() -> None:
    for service in composed().values():
        assert service.told["read_only"] is True
        assert service.told["cap_drop"] == ["ALL"]
        assert service.told["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", BRIDGES)
def test_a_bridge_is_given_the_time_that_it_takes_to_end(name: str) -> None:
    service = composed()[name]
    drain = settings_of(service.words[1:], service.environment).drain

    assert int(service.told["stop_grace_period"].removesuffix("s")) > drain + 5


@pytest.mark.judges
def test_compose_takes_the_composition() -> None:
    # The program that its package starts tells nobody how Compose ended.
    compose = Path(str(import_module("compose").__file__)).with_name("docker-compose")
    told = run(compose, "--file", FOLDER / "compose.yaml", "config", "--format", "json")

    services = json.loads(told)["services"]
    assert list(services) == sorted(composed())
    # Read by Compose, it says what we read of it.
    for name, service in composed().items():
        assert services[name].get("environment", {}) == service.environment


@pytest.mark.judges
def test_compose_refuses_a_misspelt_word(tmp_path: Path) -> None:
    compose = Path(str(import_module("compose").__file__)).with_name("docker-compose")
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    file = tmp_path / "compose.yaml"
    file.write_text(text.replace("healthcheck:", "healthchek:"), encoding="utf-8")

    said = judged(compose, "--file", file, "config")
    assert said.returncode != 0
    assert "healthchek" in said.stderr


@pytest.mark.judges
def test_yamllint_finds_nothing_in_the_composition() -> None:
    assert yamllint(FOLDER / "compose.yaml") == ""


@dataclass
class Team:
    """What a reader types of the composition's page, with the containers as processes."""

    running: Running
    lines: str

    async def typed(self, *edits: tuple[str, str]) -> dict[str, Any]:
        """Type the lines of the page, edited; return the answer of the last one."""
        lines = self.lines
        for written, instead in edits:
            assert written in lines
            lines = lines.replace(written, instead)
        with anyio.fail_after(60):
            told = await anyio.run_process(
                ["bash", "-euc", lines],
                cwd=self.running.folder,
                env=environment(NO_PROXY="localhost"),
            )
        return json.loads(told.stdout)["result"]["structuredContent"]


@pytest.fixture
async def team(tmp_path: Path) -> AsyncGenerator[Team]:
    page = re.sub(r" \\\n *", " ", README.read_text(encoding="utf-8"))
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    # The containers are processes here, and already run.
    lines = re.sub(r"^docker compose (?:up .*|exec -T issuer )", "", shell, flags=re.MULTILINE)
    shutil.copy(FOLDER / "question.json", tmp_path)
    async with running(tmp_path) as made:
        yield Team(made, made.here(lines))


@pytest.mark.judges
@pytest.mark.anyio
@pytest.mark.timeout(240)
async def test_the_composition_answers_two_people_with_either_bridge_alone(team: Team) -> None:
    question = '"message": "What are you?"'
    asked = (team.running.folder / "question.json").read_text(encoding="utf-8")
    mine = await team.typed()
    for other in BRIDGES:
        await team.running.end(other)
        on = asked.replace(question, f'{question}, "conversation_id": "{mine["conversation_id"]}"')
        (team.running.folder / "on.json").write_text(on, encoding="utf-8")
        going_on = ("@question.json", "@on.json")
        mine = await team.typed(going_on)
        assert "What are you?" in mine["text"]
        refused = await team.typed(going_on, ("/token", f"/token?oid={issuer.BOB}"))
        assert refused["error"]["code"] == "conversation_not_found"
        # nginx as well: it would only try the bridge again once a time is over.
        await team.running.end("nginx")
        for name in (other, "nginx"):
            team.running.start(composed()[name])
            await team.running.healthy(composed()[name])
    assert "turn 3" in mine["text"]
