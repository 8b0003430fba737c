"""Settings: from where they come, what they take, what they say of a wrong value."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mcp_foundry.settings.values import Settings, default_of
from mcp_foundry.settings.variable import SettingsError
from mcp_foundry.settings.variables import VARIABLES

ENDPOINT = "https://contoso.services.ai.azure.com/api/projects/demo"


def read(**variables: str) -> Settings:
    return Settings.read(variables)


def wrong(**variables: str) -> str:
    with pytest.raises(SettingsError) as refusal:
        read(**variables)
    message = str(refusal.value)
    assert "\n" not in message
    return message


def test_nothing_set_gives_the_documented_defaults() -> None:
    assert read() == Settings()
    assert Settings().max_wait == 50
    assert Settings().concurrency == 16
    assert Settings().drain == 3
    assert (Settings().approvals, Settings().progress) == ("ask", "delta")


def test_every_variable_reaches_its_field() -> None:
    settings = read(
        FOUNDRY_PROJECT_ENDPOINT=ENDPOINT,
        FOUNDRY_AGENT_NAME="helper",
        FOUNDRY_MODEL_NAME="gpt-4o",
        FOUNDRY_MEMORY_STORE="memories",
        MCP_FOUNDRY_MAX_WAIT="0",
        MCP_FOUNDRY_CONCURRENCY="4",
        MCP_FOUNDRY_AGENTS="a, b ,,c:1",
        MCP_FOUNDRY_READ_ONLY="Yes",
        MCP_FOUNDRY_APPROVALS="CALLER",
        MCP_FOUNDRY_PROGRESS="tail",
        MCP_FOUNDRY_DRAIN="2.5",
        MCP_FOUNDRY_LOG_LEVEL="debug",
        MCP_FOUNDRY_ROUTE="Agent",
        MCP_FOUNDRY_LOCAL="dev = http://localhost:8088/ , two=http://127.0.0.1:1/x/responses",
        MCP_FOUNDRY_AGENT_TOOLS="a,b",
        SSL_CERT_FILE="ca.pem",
    )
    assert settings == Settings(
        endpoint=ENDPOINT,
        agent="helper",
        model="gpt-4o",
        memory_store="memories",
        max_wait=0,
        concurrency=4,
        agents=frozenset({"a", "b", "c:1"}),
        read_only=True,
        approvals="caller",
        progress="tail",
        drain=2.5,
        log_level="DEBUG",
        route="agent",
        local={"dev": "http://localhost:8088", "two": "http://127.0.0.1:1/x"},
        agent_tools=frozenset({"a", "b"}),
        ca_bundle="ca.pem",
    )


def test_every_field_that_a_user_sets_has_its_variable() -> None:
    named = {variable.field for variable in VARIABLES}
    assert named == {field.name for field in fields(Settings)} - {"forgets", "limits", "telemetry"}


def test_the_first_source_wins_and_blank_text_is_nothing() -> None:
    settings = Settings.read(
        {"FOUNDRY_AGENT_NAME": "flag"},
        {"FOUNDRY_AGENT_NAME": "environment", "FOUNDRY_MODEL_NAME": "  "},
        {"FOUNDRY_AGENT_NAME": "file", "FOUNDRY_MODEL_NAME": " file "},
    )
    assert (settings.agent, settings.model) == ("flag", "file")


@pytest.mark.parametrize(
    ("older", "field", "value"),
    [
        ("AZURE_AI_PROJECT_ENDPOINT", "endpoint", ENDPOINT),
        ("AZURE_AI_MODEL_DEPLOYMENT_NAME", "model", "gpt-4o"),
        ("REQUESTS_CA_BUNDLE", "ca_bundle", "ca.pem"),
        ("CURL_CA_BUNDLE", "ca_bundle", "ca.pem"),
    ],
)
def test_older_names_are_still_read(older: str, field: str, value: str) -> None:
    assert getattr(read(**{older: value}), field) == value


def test_a_current_name_wins_over_an_older_one_of_the_same_source() -> None:
    assert read(AZURE_AI_MODEL_DEPLOYMENT_NAME="old", FOUNDRY_MODEL_NAME="new").model == "new"


def test_an_endpoint_loses_its_trailing_slash() -> None:
    assert read(FOUNDRY_PROJECT_ENDPOINT=f"{ENDPOINT}/").endpoint == ENDPOINT


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:1"])
def test_plain_http_is_accepted_for_loopback_and_then_no_credential_is_used(host: str) -> None:
    settings = read(FOUNDRY_PROJECT_ENDPOINT=f"http://{host}/api/projects/x")
    assert settings.on_loopback
    assert not read(FOUNDRY_PROJECT_ENDPOINT=ENDPOINT).on_loopback


@pytest.mark.parametrize("url", ["http://localhost:8088", "http://[::1]:8088/"])
def test_an_endpoint_without_a_project_is_an_agent_on_this_machine(url: str) -> None:
    settings = read(FOUNDRY_PROJECT_ENDPOINT=url, FOUNDRY_AGENT_NAME="helper").without_project()
    assert (settings.endpoint, settings.agent) == ("", "local")
    assert settings.local == {"local": url.rstrip("/")}


def test_the_default_agent_may_be_another_one_on_this_machine() -> None:
    local = "dev=http://localhost:1,next=http://localhost:2"
    alone = read(MCP_FOUNDRY_LOCAL=local).without_project()
    chosen = read(MCP_FOUNDRY_LOCAL=local, FOUNDRY_AGENT_NAME="next").without_project()
    assert (alone.agent, chosen.agent) == ("dev", "next")


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("http://contoso.services.ai.azure.com/api/projects/x", "use https"),
        ("http://localhost.evil.example/api/projects/x", "use https"),
        ("contoso.services.ai.azure.com/api/projects/x", "not the URL"),
        ("ftp://contoso/api/projects/x", "not the URL"),
        ("https:///api/projects/x", "not the URL"),
        ("https://contoso.services.ai.azure.com", "/api/projects/PROJECT"),
        (f"{ENDPOINT}/agents", "/api/projects/PROJECT"),
        (f"{ENDPOINT}?api-version=v1", "no user, query or fragment"),
        (f"{ENDPOINT}#x", "no user, query or fragment"),
        ("http://localhost:8088?x=1", "no user, query or fragment"),
        ("http://ada:x@localhost:8088", "no user, query or fragment"),
        ("http://localhost:8088/api/project/x", "/api/projects/PROJECT"),
        ("https://[::1/api/projects/x", "not the URL"),
        ("https://contoso:port/api/projects/x", "not the URL"),
    ],
)
def test_a_wrong_endpoint_is_refused_with_a_right_example(endpoint: str, told: str) -> None:
    message = wrong(FOUNDRY_PROJECT_ENDPOINT=endpoint)
    assert message.startswith("FOUNDRY_PROJECT_ENDPOINT=")
    assert told in message
    assert "https://NAME.services.ai.azure.com/api/projects/PROJECT" in message


def test_a_secret_in_a_wrong_endpoint_is_not_repeated() -> None:
    message = wrong(
        FOUNDRY_PROJECT_ENDPOINT="https://ada:s3cr3t@contoso.services.ai.azure.com/api/projects/x"
    )
    assert "s3cr3t" not in message
    message = wrong(FOUNDRY_PROJECT_ENDPOINT=f"{ENDPOINT}?sig=s3cr3t")
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MCP_FOUNDRY_MAX_WAIT", "-1", "0 to 86400"),
        ("MCP_FOUNDRY_MAX_WAIT", "inf", "0 to 86400"),
        ("MCP_FOUNDRY_MAX_WAIT", "1e3", "0 to 86400"),
        ("MCP_FOUNDRY_DRAIN", "soon", "0 to 86400"),
        ("MCP_FOUNDRY_DRAIN", "86401", "0 to 86400"),
        ("MCP_FOUNDRY_CONCURRENCY", "0", "1 to 1000"),
        ("MCP_FOUNDRY_CONCURRENCY", "1001", "1 to 1000"),
        ("MCP_FOUNDRY_CONCURRENCY", "²", "1 to 1000"),
        ("MCP_FOUNDRY_CONCURRENCY", "2.5", "1 to 1000"),
        ("MCP_FOUNDRY_READ_ONLY", "maybe", "neither on nor off"),
        ("MCP_FOUNDRY_APPROVALS", "always", "ask, caller, deny"),
        ("MCP_FOUNDRY_PROGRESS", "all", "delta, tail"),
        ("MCP_FOUNDRY_LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("MCP_FOUNDRY_ROUTE", "project", "auto, agent"),
        ("MCP_FOUNDRY_LOCAL", "http://localhost:8088", "not NAME=URL"),
        ("MCP_FOUNDRY_LOCAL", "a_b=http://localhost:8088", "not NAME=URL"),
        ("MCP_FOUNDRY_LOCAL", "a=http://10.0.0.1:8088", "not the http URL of a server on this"),
        ("MCP_FOUNDRY_LOCAL", "a=https://localhost", "not the http URL of a server on this"),
        ("MCP_FOUNDRY_LOCAL", "a=http://localhost.evil.example", "not the http URL of a server"),
        ("MCP_FOUNDRY_LOCAL", "a=http://localhost:1,a=http://localhost:2", "a is there twice"),
        ("MCP_FOUNDRY_LOCAL", "a=http://localhost:1#x", "no user, query or fragment"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variable_value_and_an_example(
    name: str, value: str, told: str
) -> None:
    message = wrong(**{name: value})
    assert message.startswith(f"{name}={value!r}: ")
    assert told in message
    example = message.partition("For example: ")[2]
    assert example.startswith(f"{name}=")
    read(**{name: example.partition("=")[2]})


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("true", True), ("ON", True), ("0", False), ("False", False), ("no", False)],
)
def test_a_switch_takes_the_words_that_people_use(text: str, *, value: bool) -> None:
    assert read(MCP_FOUNDRY_READ_ONLY=text).read_only is value


def test_defaults_are_shown_as_a_person_would_write_them() -> None:
    shown = {variable.field: default_of(variable) for variable in VARIABLES}
    assert shown["max_wait"] == "50"
    assert shown["read_only"] == "off"
    assert shown["endpoint"] == shown["agents"] == ""
    assert shown["log_level"] == "WARNING"


def test_the_allow_list_admits_an_agent_with_or_without_its_version() -> None:
    settings = Settings(agents=frozenset({"helper", "other:2", "asst_1"}))
    asked = ["helper", "helper:7", "other:2", "asst_1"]
    assert all(settings.may_ask(agent) for agent in asked)
    assert not any(settings.may_ask(agent) for agent in ["other", "other:1", "x", "asst_2"])
    assert Settings().may_ask("anyone")
