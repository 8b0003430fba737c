"""The chart for Kubernetes: which values it takes, what it makes of them, and who judges that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from mcp_foundry import __version__

if TYPE_CHECKING:
    from typing import TypeGuard

Values = dict[str, Any]

CHART = Path(__file__).parents[2] / "packaging" / "helm"
MANAGED = "1f0e2d3c-4b5a-4968-8776-655443322110"
EVERYTHING: Values = {
    "identity": "server",
    "image": {"pullSecrets": [{"name": "pull"}], "tag": "1"},
    "secret": {"clientSecret": "client-secret"},
    "workloadIdentity": {"clientId": MANAGED},
    "serviceAccount": {"name": "asker", "annotations": {"a": "b"}},
    "env": {"MCP_FOUNDRY_LOG_FORMAT": "text", "MCP_FOUNDRY_ORIGINS": "https://chat.contoso.com"},
    "autoscaling": {"enabled": True},
    "networkPolicy": {"enabled": True, "from": [{"podSelector": {"matchLabels": {"a": "b"}}}]},
    "podAnnotations": {"a": "b"},
    "podLabels": {"c": "d"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
}
WITH_A_SECRET: Values = {
    "workloadIdentity": {"enabled": False},
    "secret": {"clientSecret": "client-secret"},
    "ingress": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
}
INSTALLATIONS: dict[str, dict[str, Any]] = {
    "example": {},
    "everything": EVERYTHING,
    "with a secret": WITH_A_SECRET,
    "quiet": {"env": {"MCP_FOUNDRY_LOG_LEVEL": "WARNING"}},
}
WRONG: list[tuple[Values, str]] = [
    ({"publicUrl": "http://mcp.contoso.com/mcp"}, "publicUrl"),
    ({"publicUrl": "https://mcp.contoso.com"}, "publicUrl"),
    ({"publicUrl": "https://mcp.contoso.com/mcp/"}, "publicUrl"),
    ({"tenantId": "common"}, "tenantId"),
    ({"clientId": "bridge"}, "clientId"),
    ({"endpoint": "http://127.0.0.1:9000/api/projects/p"}, "endpoint"),
    ({"identity": "users"}, "identity"),
    ({"identty": "user"}, "identty"),
    ({"secret": {"name": ""}}, "name"),
    ({"secret": {"key": "keys"}}, "key"),
    ({"workloadIdentity": {"enabled": False}}, "clientSecret"),
    ({"env": {"MCP_FOUNDRY_KEYS": "in the open"}}, "MCP_FOUNDRY_KEYS"),
    ({"env": {"MCP_FOUNDRY_DRAIN": 20}}, "MCP_FOUNDRY_DRAIN"),
    ({"replicas": 0}, "replicas"),
    ({"terminationGracePeriodSeconds": 30}, "terminationGracePeriodSeconds"),
    ({"ingress": {"tlsSecret": ""}}, "tlsSecret"),
    ({"image": {"repository": ""}}, "repository"),
]


def read(name: str) -> Values:
    found: Values = yaml.safe_load((CHART / name).read_text(encoding="utf-8"))
    return found


def merged(values: Values, changes: Values) -> Values:
    """Values with others laid over them, as Helm does."""
    laid: Values = {**values, **changes}
    for name, change in changes.items():
        below: object = values.get(name)
        if is_map(below) and is_map(change):
            laid[name] = merged(below, change)
    return laid


def is_map(value: object) -> TypeGuard[Values]:
    return isinstance(value, dict)


def refusal_of(values: Values) -> str:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    judge: Any = jsonschema.Draft7Validator(schema)
    refused = judge.iter_errors(merged(read("values.yaml"), values))
    return "\n".join(f"{each.json_path}: {each.message}" for each in refused)


def test_the_version_of_the_chart_is_that_of_the_package() -> None:
    chart = read("Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_the_schema_takes_the_values_of_an_installation(name: str) -> None:
    assert refusal_of(merged(read("example.yaml"), INSTALLATIONS[name])) == ""


@pytest.mark.parametrize(("changes", "named"), WRONG)
def test_the_schema_refuses_a_wrong_value_by_name(changes: Values, named: str) -> None:
    assert named in refusal_of(merged(read("example.yaml"), changes))


def test_nothing_is_installed_with_the_values_as_they_come() -> None:
    refused = refusal_of({})
    for name in ("endpoint", "publicUrl", "tenantId", "clientId", "repository", "tlsSecret"):
        assert name in refused
