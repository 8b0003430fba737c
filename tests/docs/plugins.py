"""The manifests by which hosts install this repository: `python -m tests.docs.plugins` writes them.

All say what the bundle's manifest says. Three formats are enough: those of Claude Code and Gemini
CLI, which ask for the endpoint, and that of Agent Plugins 1.0 (agent-plugins.org), which Codex,
Copilot, Cursor and VS Code read. It has no word for a question: there the server has what the
host's own environment says, of which Codex passes on only what it is told to. Each starts the
server from the plugin's own folder: that needs no release, runs the version that was installed, and
trusts no name of a package index.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.docs.snippets import NAME

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
_SCHEMAS = "https://agent-plugins.org/schemas/1.0.0"
# What is asked for. The rest of the bundle's form is for those who have no shell: others set
# variables, which an empty answer would hide.
_ASKED = "endpoint"


def _command(root: str) -> Json:
    return {"command": "uvx", "args": ["--from", root, "mcp-foundry"]}


def manifests() -> dict[Path, Json]:
    """Return what each file of the plugin holds, by its path."""
    bundle: Json = json.loads((ROOT / "packaging/mcpb/manifest.json").read_text(encoding="utf-8"))
    told = ("name", "version", "description", "author", "license", "keywords")
    about = {field: bundle[field] for field in told}
    variables: dict[str, str] = bundle["server"]["mcp_config"]["env"]
    (asked,) = (name for name, value in variables.items() if f".{_ASKED}}}" in value)
    form: Json = bundle["user_config"][_ASKED]
    claude = {
        **about,
        "displayName": bundle["display_name"],
        "mcpServers": {
            NAME: {**_command("${CLAUDE_PLUGIN_ROOT}"), "env": {asked: variables[asked]}}
        },
        "userConfig": {_ASKED: form},
    }
    gemini = {
        **{field: about[field] for field in ("name", "version", "description")},
        "mcpServers": {NAME: _command("${extensionPath}")},
        "settings": [
            {"name": form["title"], "description": form["description"], "envVar": asked},
        ],
    }
    server = _command("${PLUGIN_ROOT}")
    return {
        ROOT / ".claude-plugin/plugin.json": claude,
        ROOT / ".claude-plugin/marketplace.json": {
            "name": about["name"],
            "owner": about["author"],
            "metadata": {"description": about["description"]},
            "plugins": [{"name": about["name"], "source": "./"}],
        },
        ROOT / "gemini-extension.json": gemini,
        ROOT / "plugin.json": {"$schema": f"{_SCHEMAS}/plugin.schema.json", **about},
        ROOT / "mcp.json": {
            "$schema": f"{_SCHEMAS}/mcp.schema.json",
            "mcpServers": {NAME: {"type": "stdio", **server}},
        },
        # Codex lays it over plugin.json.
        ROOT / ".codex-plugin/plugin.json": {
            **about,
            "mcpServers": {NAME: {**server, "env_vars": list(variables)}},
        },
    }


def written(manifest: Json) -> str:
    """Return a manifest as its file holds it."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, manifest in manifests().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(manifest), encoding="utf-8")
