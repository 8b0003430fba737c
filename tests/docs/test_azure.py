"""What brings the service to Azure names what is there: variables, ids, files, each other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mcp_foundry.emulator.door.rights import IMPERSONATE, LACKS_ROLE
from mcp_foundry.entra.kinds import FOUNDRY_APPLICATION
from mcp_foundry.settings.misspelt import misspelt
from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variables import VARIABLES
from tests.docs.pages import SERVICE
from tests.rigs import bicep
from tests.rigs.judging import yamllint
from tests.rigs.shipped import is_default, settings_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

AZURE = Path(__file__).parents[2] / "packaging" / "azure"
INFRA = AZURE / "infra"
FILES = bicep.files(INFRA)
MAIN, APP = FILES["main.bicep"], FILES["app.bicep"]
GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
# Seconds of a process's own end, after its calls were cancelled.
LAST_MOMENTS = 5


def given(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((INFRA / name).read_text("utf-8"))
    return found


def started_with() -> dict[str, str]:
    """Return a replica's variables, with the values that stand there or else right ones."""
    told = re.search(r"^var settings = \{\n(.*?)^\}", MAIN, re.MULTILINE | re.DOTALL)
    assert told
    rows = re.findall(r"^  (\w+): (?:'([^']*)'$)?", told[1], re.MULTILINE)
    right = {name: each.example for each in VARIABLES for name in each.names}
    right["MCP_FOUNDRY_KEYS"] = "k" * 32
    named = {*(name for name, _ in rows), *re.findall(r"name: '([A-Z_]+)'\n +secretRef", APP)}
    return {name: dict(rows).get(name) or right.get(name, "") for name in sorted(named)}


def test_azd_finds_what_it_deploys() -> None:
    project = yaml.safe_load((AZURE / "azure.yaml").read_text("utf-8"))

    assert set(project) == {"name", "infra"}
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", project["name"])
    assert project["infra"] == {"provider": "bicep", "path": "infra", "module": "main"}
    assert (AZURE / project["infra"]["path"] / "main.bicep").is_file()


def test_azd_gives_each_parameter_and_asks_only_for_those_without_a_default() -> None:
    told = {
        name: each["value"] for name, each in given("main.parameters.json")["parameters"].items()
    }
    wanted = bicep.parameters(MAIN)

    assert set(told) == set(wanted)
    assert [name for name, value in told.items() if ("=" in value) == wanted[name]] == []


def test_every_variable_of_a_replica_is_one_that_is_read() -> None:
    named = {name for each in FILES.values() for name in re.findall(r"\bMCP_FOUNDRY_\w+", each)}
    assert unknown(dict.fromkeys(named, "")) == []
    assert unknown(started_with()) == []


def test_a_replica_is_told_nothing_that_a_service_does_by_itself() -> None:
    told = started_with()
    told.pop("AZURE_CLIENT_ID")  # Azure's own libraries read it
    assert [name for name in told if is_default(told, name) and name != "MCP_FOUNDRY_AUTH"] == []


def test_a_replica_would_start_so() -> None:
    told = re.search(r"args: \[(.*?)\]", APP, re.DOTALL)
    port = re.search(r"^var port = (\d+)$", APP, re.MULTILINE)
    assert told
    assert port
    words = told[1].replace("string(port)", port[1]).replace("'", "").split()

    settings = settings_of(words, started_with())

    assert settings.auth == "entra"
    assert settings.host == "0.0.0.0"  # noqa: S104 - where a balancer reaches it


def test_all_replicas_start_anew_where_only_the_keys_change() -> None:
    of_a_revision = APP.partition("\n    template: {\n")[2]
    digests = re.findall(r"name: '(\w+)'\n +value: uniqueString\(keys\)", of_a_revision)

    assert len(digests) == 1
    assert misspelt(dict.fromkeys(digests, "x")) == {}


def test_a_replica_is_given_the_time_that_its_calls_have() -> None:
    grace = re.search(r"terminationGracePeriodSeconds: (\d+)", APP)
    assert grace
    assert int(grace[1]) > Settings.read(started_with()).drain + LAST_MOMENTS


def test_ids_of_others_stand_in_one_file() -> None:
    assert {name: found for name, each in FILES.items() if (found := GUID.findall(each))} == {}
    ids = GUID.findall((INFRA / "known.json").read_text("utf-8"))
    assert len(ids) == len(set(ids))


def test_the_page_that_leads_there_names_no_other_ids() -> None:
    page = GUID.findall(SERVICE.read_text("utf-8"))
    assert page
    assert set(page) <= set(GUID.findall((INFRA / "known.json").read_text("utf-8")))


def test_every_setting_of_a_deployment_that_the_page_names_is_one() -> None:
    """What azd is told to keep is read by a parameter, or is what a deployment hands back."""
    text = SERVICE.read_text("utf-8")
    told = set(re.findall(r"^azd env set (\w+)", text, re.MULTILINE))
    table = text.partition("| to | set, before `azd up` |")[2].partition("\n\n")[0]
    told |= set(re.findall(r"^\| [^|]+ \| `(\w+)`", table, re.MULTILINE))
    assert len(told) > 15
    assert told <= set(
        re.findall(r"\$\{(\w+)", (INFRA / "main.parameters.json").read_text("utf-8"))
    )


def test_the_permission_is_the_one_that_the_service_asks_with() -> None:
    assert given("known.json")["permission"]["appId"] == FOUNDRY_APPLICATION


def test_every_id_of_others_that_is_used_is_there() -> None:
    known = given("known.json")
    for name, text in FILES.items():
        for path in re.findall(r"\bknown\.(?!json)([\w.]+)", text):
            found = known
            for step in path.split("."):
                assert step in found, f"{name}: known.{path}"
                found = found[step]


def test_under_each_identity_those_have_rights_on_the_project_in_whose_name_it_is_asked() -> None:
    assert bicep.assignments(FILES["rights.bicep"]) == {
        ("user", "askersGroupId", "agentConsumer"),
        ("user", "managersGroupId", "foundryUser"),
        ("server", "identityObjectId", "foundryUser"),
        ("server", "identityObjectId", "speaker"),
    }


def test_the_server_may_say_for_whom_it_asks_by_the_action_that_a_project_wants_for_it() -> None:
    said = LACKS_ROLE.format(principal="", action=IMPERSONATE, operation="")
    assert f"`{given('known.json')['speaking']['action']}`" in said
    found = re.search(r"dataActions: \[\s+known\.(\S+)\s+\]", FILES["rights.bicep"])
    assert found
    assert found[1] == "speaking.action"


def used() -> Iterator[tuple[str, bicep.Module]]:
    yield from ((name, each) for name, text in FILES.items() for each in bicep.modules(text))


def test_every_file_is_used_and_is_given_what_it_takes() -> None:
    for name, each in used():
        takes = bicep.parameters(FILES[each.path])
        assert each.given <= set(takes), f"{name}: {each.name}"
        assert {needed for needed, must in takes.items() if must} <= each.given, each.name
    assert {each.path for _, each in used()} | {"main.bicep"} == set(FILES)


def test_what_a_file_is_told_it_hands_on_to_those_that_take_the_same() -> None:
    kept = {
        f"{name}: {each.name}": kept
        for name, each in used()
        if (kept := told_to(each.path) & told_to(name) - each.given)
    }
    assert kept == {}


def told_to(name: str) -> set[str]:
    return set(bicep.parameters(FILES[name]))


def test_what_the_clients_are_consented_to_is_what_their_registration_declares() -> None:
    text = FILES["clients.bicep"]
    declared = re.search(r"resourceAccess: map\((known[\w.]+), each => \{ id: each\.id,", text)
    consented = re.search(r"scope: join\(map\((known[\w.]+), each => each\.name\), ' '\)", text)
    assert declared
    assert consented
    assert declared[1] == consented[1]
    names = {each["name"] for each in given("known.json")["graph"]["scopes"]}
    assert names == {"openid", "profile", "offline_access"}


def test_every_value_that_a_file_hands_back_is_one_of_its_outputs() -> None:
    for name, text in FILES.items():
        paths = {each.name: each.path for each in bicep.modules(text)}
        for module, output in re.findall(r"\b(\w+)\.outputs\.(\w+)", text):
            assert output in bicep.outputs(FILES[paths[module]]), f"{name}: {module}.{output}"


@pytest.mark.judges
@pytest.mark.parametrize("name", FILES)
def test_a_parser_of_bicep_takes_each_file(name: str) -> None:
    assert bicep.refused(FILES[name]) == []


@pytest.mark.judges
@pytest.mark.parametrize("name", FILES)
def test_every_name_in_a_file_is_declared_there(name: str) -> None:
    assert bicep.undeclared(FILES[name]) == set()


@pytest.mark.judges
def test_what_is_no_bicep_is_refused() -> None:
    assert bicep.refused(MAIN.replace("param image string", "param image")) != []
    assert bicep.undeclared(MAIN.replace("image: image", "image: picture", 1)) == {"picture"}


@pytest.mark.judges
def test_yamllint_finds_nothing() -> None:
    assert yamllint(AZURE / "azure.yaml") == ""
