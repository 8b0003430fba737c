"""Figure 10: what the list of tools costs a model that is shown it."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import Figure, spread
from benchmarks.projects import EmulatedProject
from benchmarks.servers import ours

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = ("name", "description", "inputSchema", "outputSchema")
_BAR = 2500


def tokens(_: int) -> Iterator[Figure]:
    """Count the tokens of the tools' names, descriptions and schemas, with OpenAI's tokenizer."""
    try:
        tokenizer: Any = import_module("bpe_openai")
    except ImportError:
        sys.stderr.write("Figure 10 is left out: it needs `pip install bpe-openai`.\n")
        return
    with EmulatedProject() as project, ours(project.endpoint) as server:
        tools = server.request("tools/list")["tools"]
    shown = [{key: tool[key] for key in _SHOWN} for tool in tools]
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    count = len(tokenizer.get_encoding("o200k_base").encode(text))
    what = "tokens of the list of tools (o200k_base)"
    ratio = spread([count / _BAR])
    yield Figure(10, what, f"{_BAR:,}", ratio, spread([float(count)]), "", _BAR, 1)
