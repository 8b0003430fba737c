"""What samples of azure-ai-agents read and its source distribution has not, in their folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from mcp_foundry.emulator import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The other distribution has files of the same use; so they are Microsoft's own.
BORROWED = {
    "assets/image_file.png": "assets/image_input.png",
    "assets/synthetic_500_quarterly_results.csv": (
        "agents/assets/synthetic_500_quarterly_results.csv"
    ),
    "assets/weather_openapi.json": "agents/assets/weather_openapi.json",
    "assets/tripadvisor_openapi.json": "agents/assets/tripadvisor_openapi.json",
}
COUNTRIES = {
    "openapi": "3.1.0",
    "info": {"title": "Countries", "version": "1"},
    "servers": [{"url": "https://countries.example.com"}],
    "paths": {
        "/currency/{currency}": {
            "get": {
                "operationId": "ListCountriesByCurrency",
                "parameters": [
                    {
                        "name": "currency",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                    }
                ],
                "responses": {"200": {"description": "Countries with that currency."}},
            }
        }
    },
}
TEAM = "agents_multiagent/utils/agent_team_config.yaml"


def provide(agents: Path, projects: Path) -> None:
    """Put what is lacking beside the samples of azure-ai-agents, which stay as they are."""
    for name, source in BORROWED.items():
        assert not (agents / name).exists(), f"{name} is there by now: borrow it no longer"
        shutil.copyfile(projects / source, agents / name)
    (agents / "assets/countries.json").write_text(json.dumps(COUNTRIES), encoding="utf-8")
    assert not (agents / TEAM).exists(), f"{TEAM} is there by now: write it no longer"


def team(first_request: str = "") -> Mapping[str, str]:
    """A configuration of the team of agents, as JSON, which YAML can read.

    Its leader is told by directives what to do: left alone, the scripted model would hand on tasks
    for ever.

    Args:
        first_request: What the leader is asked first; by default what was typed.
    """
    told = {
        "TEAM_LEADER_MODEL": DEFAULT_MODEL,
        "TEAM_LEADER_INSTRUCTIONS": "You are {agent_name} and lead {team_name}.",
        # It is formatted: braces are doubled.
        "TEAM_LEADER_INITIAL_REQUEST": first_request.replace("{", "{{").replace("}", "}}")
        or "{original_request}",
        "TEAM_LEADER_TASK_COMPLETENESS_CHECK_INSTRUCTIONS": "[say Nothing is left to do.]",
        "TEAM_MEMBER_CAN_DELEGATE_INSTRUCTIONS": "{original_instructions} {team_description}",
        "TEAM_MEMBER_NO_DELEGATE_INSTRUCTIONS": "{original_instructions}",
    }
    return {TEAM: json.dumps(told)}


def task(function: str, recipient: str, request: str) -> str:
    """A directive by which a team's leader gives a task to a member."""
    words = {"team_name": "test_team", "recipient": recipient, "request": request}
    return f"[call {function} {json.dumps({**words, 'requestor': 'TeamLeader'})}]"
