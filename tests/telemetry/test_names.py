"""The names of spans and measures, held against the conventions' published registry."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Iterator

if float(version("opentelemetry-semantic-conventions").partition("b")[0]) < 0.66:
    pytest.skip("comes with an SDK as old as we take, and knows no agents", allow_module_level=True)

OURS = "mcp_foundry."
REGISTRY = "opentelemetry.semconv._incubating"
# By its name, for its package says of all of it that it has moved.
GEN_AI: Any = import_module(f"{REGISTRY}.attributes.gen_ai_attributes")
# The memory operations came when the conventions for GenAI had a repository of their own, from
# which no package for Python is made: its model/gen-ai/registry.yaml has them.
MOVED = {names.SEARCH_MEMORY, names.UPDATE_MEMORY, names.MEMORY_STORE, names.MEMORIES}
# Who provides it has no value there; azure-ai-projects writes this one.
LACKING = MOVED | {names.FOUNDRY}
OPERATIONS = {
    names.INVOKE_AGENT,
    names.CREATE_AGENT,
    names.SEARCH_MEMORY,
    names.UPDATE_MEMORY,
}
VALUES: dict[str, Any] = {
    **dict.fromkeys(OPERATIONS, GEN_AI.GenAiOperationNameValues),
    names.FOUNDRY: GEN_AI.GenAiProviderNameValues,
    names.INPUT: GEN_AI.GenAiTokenTypeValues,
    names.OUTPUT: GEN_AI.GenAiTokenTypeValues,
}
TOLD = {
    value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and "." in value and value not in VALUES
}


def texts_in(group: str) -> Iterator[str]:
    package = import_module(f"{REGISTRY}.{group}")
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(import_module(found.name)).items():
            if name.isupper() and isinstance(value, str):
                yield value


def test_each_name_is_the_registrys_or_says_that_it_is_ours() -> None:
    registry = {*texts_in("attributes"), *texts_in("metrics")}
    assert {name for name in TOLD if name not in registry and not name.startswith(OURS)} <= MOVED
    assert not {name for name in registry if name.startswith(OURS)}
    # What the registry has learned needs no reason any more.
    assert not registry & MOVED


def test_each_value_is_one_of_those_that_the_registry_has_for_it() -> None:
    known = {value: {member.value for member in kind} for value, kind in VALUES.items()}
    assert {value for value in VALUES if value not in known[value]} == {
        value for value in VALUES if value in LACKING
    }


def test_no_deprecated_name_is_told_where_the_registry_has_another() -> None:
    renamed = {GEN_AI.GEN_AI_SYSTEM, GEN_AI.GEN_AI_USAGE_PROMPT_TOKENS}
    assert not TOLD & renamed
