"""What a shell is told, so that programs that know nothing of the emulator ask it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Variable:
    """A variable, what it holds (see `lines`), and who reads it."""

    name: str
    holds: str
    reader: str


# A name stands here because a program, a sample or a document of Microsoft's reads it.
VARIABLES = (
    Variable("FOUNDRY_PROJECT_ENDPOINT", "endpoint", "the samples of azure-ai-projects 2"),
    Variable("AZURE_AI_PROJECT_ENDPOINT", "endpoint", "older programs, and azd templates"),
    Variable("PROJECT_ENDPOINT", "endpoint", "the samples of azure-ai-agents"),
    Variable("FOUNDRY_MODEL_NAME", "model", "the samples of azure-ai-projects 2"),
    Variable("AZURE_AI_MODEL_DEPLOYMENT_NAME", "model", "older programs, and azd templates"),
    Variable("MODEL_DEPLOYMENT_NAME", "model", "the samples of azure-ai-agents"),
    Variable("IMAGE_GENERATION_MODEL_DEPLOYMENT_NAME", "model", "samples that draw"),
    Variable("COMPUTER_USE_MODEL_DEPLOYMENT_NAME", "model", "samples that use a computer"),
    Variable("MEMORY_STORE_CHAT_MODEL_DEPLOYMENT_NAME", "model", "samples of memory stores"),
    Variable(
        "MEMORY_STORE_EMBEDDING_MODEL_DEPLOYMENT_NAME", "embedding", "samples of memory stores"
    ),
    Variable("FOUNDRY_AGENT_NAME", "agent", "the samples of azure-ai-projects 2"),
    Variable("FOUNDRY_MEMORY_STORE", "memory_store", "mcp-foundry"),
    Variable("SSL_CERT_FILE", "bundle", "Python's ssl, aiohttp, httpx, Go, OpenSSL"),
    Variable("REQUESTS_CA_BUNDLE", "bundle", "requests, and so the Azure SDKs and `az`"),
    Variable("NODE_EXTRA_CA_CERTS", "authority", "Node.js"),
    Variable("IDENTITY_ENDPOINT", "identity_endpoint", "azure-identity"),
    Variable("IDENTITY_HEADER", "identity_header", "azure-identity"),
    Variable("AZURE_TOKEN_CREDENTIALS", "credential", "azure-identity: which credential to try"),
    Variable("FOUNDRY_EMULATOR_PID", "pid", "whoever ends it"),
)


def _in_sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _in_powershell(name: str, value: str) -> str:
    # PowerShell takes curly apostrophes for straight ones, and doubled ones for themselves.
    for mark in "'\u2018\u2019\u201a\u201b":
        value = value.replace(mark, mark * 2)
    return f"$env:{name} = '{value}'"


SHELLS = {"sh": _in_sh, "powershell": _in_powershell}


def lines(shell: str, places: Mapping[str, str]) -> str:
    """Return the lines that set the variables in that shell, one of `SHELLS`.

    Args:
        shell: The shell.
        places: By the words of `Variable.holds`, what they hold here; nothing is said of the empty.
    """
    put = SHELLS[shell]
    known = ((each.name, places.get(each.holds, "")) for each in VARIABLES)
    return "".join(f"{put(name, value)}\n" for name, value in known if value)
