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

# What most hosts put before a model, and all that goes over the wire: the contract's two bars.
_SHOWN = ("name", "description", "inputSchema")
_MOST_SHOWN, _MOST = 1700, 3200


def tokens(_: int) -> Iterator[Figure]:
    """Count the tokens of the tools, with OpenAI's tokenizer."""
    try:
        tokenizer: Any = import_module("bpe_openai")
    except ImportError:
        sys.stderr.write("Figure 10 is left out: it needs `pip install bpe-openai`.\n")
        return
    with EmulatedProject() as project, ours(project.endpoint) as server:
        tools = server.request("tools/list")["tools"]
    shown = [{key: tool[key] for key in _SHOWN} for tool in tools]
    for what, listed, bar in (
        ("tokens of names, descriptions and input schemas (o200k_base)", shown, _MOST_SHOWN),
        ("tokens of the whole list of tools", tools, _MOST),
    ):
        text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
        count = len(tokenizer.get_encoding("o200k_base").encode(text))
        ratio = spread([count / bar])
        yield Figure(10, what, f"{bar:,}", ratio, spread([float(count)]), "", bar, 1)
