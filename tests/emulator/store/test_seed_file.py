"""A project of one's own, from a file; and what is wrong in one, with its line and its name."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from mcp_foundry.emulator import Emulator, FileError
from tests.rigs.sdk_clients import agents_client, openai_client, project_client

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

YAML = """\
agents:
  - name: triage
    versions:
      - instructions: You sort.
        model: gpt-5
      - instructions: You sort well.
        description: Sorts.
        tools: [{type: web_search}]
        metadata: {team: inbox}
      - {instructions: You may sort., draft: true}
classic_agents:
  - id: asst_triage
    name: triage
    instructions: You sort.
deployments:
  - name: gpt-5
    version: 2026-01-01
connections:
  - name: search
    type: CognitiveSearch
    target: https://example.search.windows.net/
    is_default: yes
memory_stores:
  - name: notes
    memories:
      - {scope: anna, content: Likes tea.}
"""
AS_JSON = {
    "agents": [
        {
            "name": "triage",
            "versions": [
                {"instructions": "You sort.", "model": "gpt-5"},
                {
                    "instructions": "You sort well.",
                    "description": "Sorts.",
                    "tools": [{"type": "web_search"}],
                    "metadata": {"team": "inbox"},
                },
                {"instructions": "You may sort.", "draft": True},
            ],
        }
    ],
    "classic_agents": [{"id": "asst_triage", "name": "triage", "instructions": "You sort."}],
    "deployments": [{"name": "gpt-5", "version": "2026-01-01"}],
    "connections": [
        {
            "name": "search",
            "type": "CognitiveSearch",
            "target": "https://example.search.windows.net/",
            "is_default": True,
        }
    ],
    "memory_stores": [{"name": "notes", "memories": [{"scope": "anna", "content": "Likes tea."}]}],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seed.yaml", YAML),
        ("seed.json", json.dumps(AS_JSON)),
        ("SEED.JSON", json.dumps(AS_JSON, indent=1)),
    ],
)
async def test_a_file_says_what_the_project_holds(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    async with Emulator(seed=file) as emulator:
        async with project_client(emulator) as project:
            assert [agent.name async for agent in project.agents.list()] == ["triage"]
            versions = [each async for each in project.agents.list_versions("triage")]
            latest = (await project.agents.get("triage")).versions.latest
            (connection,) = [each async for each in project.connections.list()]
            deployed = [each async for each in project.deployments.list()]
            found = await project.beta.memory_stores.search_memories(
                "notes", scope="anna", items="Who likes tea?"
            )
        async with agents_client(emulator) as agents:
            assert [agent.id async for agent in agents.list_agents()] == ["asst_triage"]
    assert {each.version for each in versions} == {"1", "2"}, "drafts are not listed"
    assert (latest.version, latest.description, latest.metadata) == (
        "2",
        "Sorts.",
        {"team": "inbox"},
    )
    assert connection.is_default
    assert {each.name: each["modelVersion"] for each in deployed}["gpt-5"] == "2026-01-01"
    assert [each.memory_item.content for each in found.memories] == ["Likes tea."]


async def test_a_section_that_is_not_given_is_the_built_in_one(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text('{"agents": [{"name": "mine"}], "connections": []}')
    async with (
        Emulator(seed=file) as emulator,
        project_client(emulator) as project,
        openai_client(emulator) as openai,
    ):
        assert [agent.name async for agent in project.agents.list()] == ["mine"]
        assert [each async for each in project.connections.list()] == []
        assert [each.name async for each in project.beta.memory_stores.list()] == ["memories"]
        mine = {"agent_reference": {"type": "agent_reference", "name": "mine"}}
        answer = await openai.responses.create(input="[say Here]", extra_body=mine)
        assert answer.output_text == "Here"


async def test_classic_agents_may_be_called_alike(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text('{"classic_agents": [{"name": "one"}, {"name": "one"}]}')
    async with Emulator(seed=file) as emulator, agents_client(emulator) as agents:
        assert [agent.name async for agent in agents.list_agents()] == ["one", "one"]


async def test_what_is_forgotten_is_seeded_from_the_file_again(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    given = {"agents": [{"name": "mine", "versions": [{"metadata": {"a": "b"}}]}]}
    file.write_text(json.dumps(given))
    async with Emulator(seed=file) as emulator:
        emulator.store.agent("mine").latest["metadata"]["a"] = "changed"
        await emulator.reset()
        assert emulator.store.agent("mine").latest["metadata"] == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agents:\n  - name: a\n    instrutions: x\n", "line 3: there is no agents[0].instrutions"),
        (
            "agents:\n  - name: a\n    versions:\n      - draft: maybe\n",
            "line 4: agents[0].versions",
        ),
        ("agents: {}\n", "line 1: agents is a mapping"),
        ("agents:\n\n  - versions: []\n", "line 3: agents[0].name is missing"),
        ("agents:\n  - name: a\n    versions: []\n", "line 2: agents[0]: an agent has one version"),
        ("agents:\n  - name: a/b\n", "line 2: agents[0]: the name 'a/b'"),
        ("agents:\n  - name: a\n  - name: a\n", "line 3: agents has a twice, first in line 2"),
        (
            "memory_stores:\n  - name: a\n    memories: [{scope: b, content: c, kind: d}]\n",
            "line 3: memory_stores[0].memories[0]: the kind 'd' is none of user_profile",
        ),
        ("agents:\n  - name: yes\n", "line 2: agents[0].name is true, and has to be text"),
        (
            "deployments:\n  - name: a\n    capacity: 1.5\n",
            "line 3: deployments[0].capacity is 1.5",
        ),
        ("agents:\n  - name: a\n    name: b\n", "line 3: name stands there twice, first in line 2"),
        ("agents: [\n", "line 2: this is not YAML"),
        ("agents: \x00\n", "this is not YAML"),
        ("- a\n", "line 1: the file is a list"),
        ("Hello\n", 'line 1: the file is "Hello"'),
        ("agents: &a [*a]\n", "nested too deep"),
        (
            "agents:\n  - name: a\n    versions: [{definition: {kind: hosted}, model: x}]\n",
            "line 3: agents[0].versions[0]: beside a definition",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["emulator", "--seed", str(file)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert str(file) in said.err
    assert told in said.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n "agents": [\n  {"name": "a",\n   "vers": 1}]}', "line 4: there is no agents[0].vers"),
        ('{"agents": [\n]\n,\n"connections": {"a": "}"}}', "line 4: connections is a mapping"),
        ('{"agents": [{"name": "\\"]",\n"name": "b"}]}', "line 2: name stands there twice"),
        ('{"agents": [{"name": null}]}', "line 1: agents[0].name is missing"),
        ('{"agents": \n[}', "line 2: this is not JSON"),
        ("", "line 1: this is not JSON"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_json_has_lines_too(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "seed.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as wrong:
        Emulator(seed=file)
    assert told in str(wrong.value)


@pytest.mark.parametrize("words", [["emulator"], ["check", "--emulator"]])
def test_a_file_that_is_not_there_is_told_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    file = tmp_path / "seed.yaml"
    assert main([*words, "--seed", str(file)]) == 2
    assert capsys.readouterr().err == (
        f"mcp-foundry: {file} cannot be read: No such file or directory\n"
    )


def test_what_is_not_text_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileError, match="not UTF-8"):
        Emulator(seed=file)


def test_yaml_without_its_package_names_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("agents: []\n")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(FileError, match=r"pip install 'mcp-foundry\[emulator\]'"):
        Emulator(seed=file)
