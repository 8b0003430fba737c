"""A Microsoft Foundry project on loopback, for tests, demonstrations and offline work.

It speaks the wire of both generations of agents (responses and conversations; threads, messages
and runs), of agent versions, connections, deployments and memory stores, and answers with a
scripted model or, where the user names one, with an OpenAI-compatible server. State lives in
memory and ends with it, unless a file is to keep it. Importing this package costs nothing: aiohttp
is loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mcp_foundry.emulator.store.names import (
    CLASSIC_AGENT,
    DEFAULT_AGENT,
    DEFAULT_MEMORY_STORE,
    DEFAULT_MODEL,
    PROJECT_PATH,
    TOKEN,
)

if TYPE_CHECKING:
    from mcp_foundry.emulator.door.errors import CannotKeepCertificatesError
    from mcp_foundry.emulator.faults.behaviour import Behaviour
    from mcp_foundry.emulator.faults.fault import Fault
    from mcp_foundry.emulator.server import Emulator
    from mcp_foundry.emulator.serving import run_emulator
    from mcp_foundry.emulator.store.errors import DataFileError
    from mcp_foundry.emulator.store.placed import FileError
    from mcp_foundry.emulator.store.seed_file import read_seed

__all__ = [
    "CLASSIC_AGENT",
    "DEFAULT_AGENT",
    "DEFAULT_MEMORY_STORE",
    "DEFAULT_MODEL",
    "PROJECT_PATH",
    "TOKEN",
    "Behaviour",
    "CannotKeepCertificatesError",
    "DataFileError",
    "Emulator",
    "Fault",
    "FileError",
    "read_seed",
    "run_emulator",
]


_HOMES = {
    "Behaviour": "faults.behaviour",
    "CannotKeepCertificatesError": "door.errors",
    "DataFileError": "store.errors",
    "Emulator": "server",
    "Fault": "faults.fault",
    "FileError": "store.placed",
    "read_seed": "store.seed_file",
    "run_emulator": "serving",
}


def __getattr__(name: str) -> object:
    """Load the server on first use, because it brings aiohttp.web with it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
