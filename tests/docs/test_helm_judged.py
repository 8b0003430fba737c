"""What Helm makes of the chart, and whether Kubernetes and our own program take it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mcp_foundry.settings.values import Settings
from tests.docs.pages import SERVICE
from tests.docs.test_helm import CHART, INSTALLATIONS, MANAGED, merged, read
from tests.rigs.judging import judged, run, yamllint
from tests.rigs.shipped import is_default, settings_of, unknown

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.judges, pytest.mark.timeout(120)]

IMAGE = (CHART.parent / "Dockerfile").read_text(encoding="utf-8")
ICON = "icon is recommended"
# Set by the webhook of workload identity, where the pod has its label.
TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - the name of a variable


def rendered(changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What Helm makes of the chart for the example with changes, by kind."""
    with import_module("helm_python").Chart.load(CHART) as chart:
        values = merged(read("example.yaml"), changes)
        files = chart.render(values, name="mcp-foundry", namespace="agents")
    found = {path: yaml.safe_load(text) for path, text in files.items() if path[-3:] != "txt"}
    return {one["kind"]: one for one in found.values() if one}


def made(name: str) -> dict[str, dict[str, Any]]:
    return rendered(INSTALLATIONS[name])


def pod_of(name: str) -> dict[str, Any]:
    return made(name)["Deployment"]["spec"]["template"]


def container_of(name: str) -> dict[str, Any]:
    (container,) = pod_of(name)["spec"]["containers"]
    return container


def environment_of(container: dict[str, Any]) -> dict[str, str]:
    """The variables of a container, with a right value for each that comes from a secret."""
    return {each["name"]: each.get("value", "x" * 32) for each in container["env"]}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_helm_finds_nothing_in_the_chart(name: str) -> None:
    values = merged(read("example.yaml"), INSTALLATIONS[name])
    told = import_module("helm_python").lint(CHART, values=values, strict=True)

    assert told["errors"] == []
    assert [each["error"] for each in told["messages"]] == [ICON]


def test_helm_refuses_by_the_schema() -> None:
    helm = import_module("helm_python")
    values = merged(read("example.yaml"), {"identty": "user"})
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError, match="identty"):
        chart.render(values)


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_kubernetes_takes_all_that_the_chart_makes(name: str, tmp_path: Path) -> None:
    for kind, resource in made(name).items():
        (tmp_path / f"{kind}.yaml").write_text(yaml.safe_dump(resource), encoding="utf-8")
    run("kubernetes-validate", "--strict", *tmp_path.iterdir())


def test_who_judges_for_kubernetes_refuses_a_misspelt_field(tmp_path: Path) -> None:
    deployment = made("example")["Deployment"]
    file = tmp_path / "deployment.yaml"
    written = yaml.safe_dump(deployment).replace("readinessProbe", "readynessProbe")
    file.write_text(written, encoding="utf-8")

    said = judged("kubernetes-validate", "--strict", file)
    assert said.returncode != 0
    assert "readynessProbe" in said.stdout + said.stderr


def test_the_chart_can_make_each_of_its_resources() -> None:
    kinds = {
        kind
        for template in (CHART / "templates").glob("*.yaml")
        for kind in re.findall(r"^kind: (\w+)", template.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(kinds) > 6
    assert set(made("everything")) == kinds


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_the_command_of_a_pod_would_start(name: str, tmp_path: Path) -> None:
    container, pod = container_of(name), pod_of(name)
    environment = environment_of(container)
    labels = pod["metadata"]["labels"]
    if "azure.workload.identity/use" in labels:
        token = tmp_path / "token"
        token.touch()
        environment[TOKEN_FILE] = str(token)

    settings = settings_of(container["args"], environment)

    assert unknown(environment) == []
    assert settings.auth == "entra"
    assert settings.public_url == read("example.yaml")["publicUrl"]
    assert pod["spec"]["terminationGracePeriodSeconds"] > settings.drain + 5
    (port,) = container["ports"]
    assert str(port["containerPort"]) == container["args"][-1]
    assert f"EXPOSE {port['containerPort']}\n" in IMAGE


def test_a_pod_is_told_nothing_that_a_service_does_by_itself() -> None:
    told = [each["name"] for each in container_of("example")["env"]]
    environment = environment_of(container_of("example"))

    assert [name for name in told if is_default(environment, name)] == []


def test_who_asked_what_is_written_unless_an_installation_says_otherwise() -> None:
    settings = Settings.read(environment_of(container_of("example")))
    assert (settings.log_level, settings.log_format) == ("INFO", "json")

    quiet = container_of("quiet")
    settings = Settings.read(environment_of(quiet))
    assert (settings.log_level, settings.log_format) == ("WARNING", "json")


def test_a_secret_of_the_chart_is_read_from_a_secret() -> None:
    secrets = {
        each["name"]: each["valueFrom"]["secretKeyRef"]
        for each in container_of("with a secret")["env"]
        if "valueFrom" in each
    }
    assert secrets == {
        "MCP_FOUNDRY_KEYS": {"name": "mcp-foundry", "key": "keys"},
        "MCP_FOUNDRY_CLIENT_SECRET": {"name": "mcp-foundry", "key": "client-secret"},
    }


def test_the_service_account_of_a_pod_is_the_one_that_entra_trusts() -> None:
    account = made("everything")["ServiceAccount"]["metadata"]
    pod = pod_of("everything")

    assert pod["spec"]["serviceAccountName"] == account["name"] == "asker"
    assert account["annotations"]["azure.workload.identity/client-id"] == MANAGED
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    others = made("with a secret")["ServiceAccount"]["metadata"]
    assert "annotations" not in others


def test_the_page_makes_and_trusts_what_the_example_is_installed_with() -> None:
    page, example = SERVICE.read_text("utf-8"), (CHART / "example.yaml").read_text("utf-8")
    installed, container = made("example"), container_of("example")

    def said(pattern: str, text: str = page) -> set[str]:
        return set(re.findall(pattern, text))

    assert said(r"helm install (\S+) packaging/helm", page + example) == {"mcp-foundry"}
    account = installed["ServiceAccount"]["metadata"]["name"]
    assert said(r"system:serviceaccount:NAMESPACE:(\S+)") == {account}
    assert said(r" deployment/(\S+?)`?\s") == {installed["Deployment"]["metadata"]["name"]}
    secret = read("example.yaml")["secret"]["name"]
    assert said(r"secret generic (\S+) \\\n +--from-literal=keys=") == {secret}
    assert said(r"secret tls (\S+) ") == {installed["Ingress"]["spec"]["tls"][0]["secretName"]}
    assert said(r"--image (\S+)") == {container["image"].partition("/")[2]}


def test_a_pod_is_as_the_restricted_standard_wants_it() -> None:
    pod, container = pod_of("example")["spec"], container_of("example")

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    # Else Kubernetes sets variables that begin as our settings do.
    assert pod["enableServiceLinks"] is False
    assert f"USER {pod['securityContext']['runAsUser']}\n" in IMAGE


def test_probes_ask_what_the_door_answers_and_the_ingress_leads_to_neither() -> None:
    container = container_of("example")
    paths = made("example")["Ingress"]["spec"]["rules"][0]["http"]["paths"]

    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert [each["path"] for each in paths] == [
        "/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ]


def test_replicas_are_not_said_where_they_are_scaled() -> None:
    assert made("example")["Deployment"]["spec"]["replicas"] == 2
    assert "replicas" not in made("everything")["Deployment"]["spec"]


def test_yamllint_finds_nothing_in_the_chart() -> None:
    assert yamllint(*(CHART / f"{name}.yaml" for name in ("Chart", "values", "example"))) == ""
