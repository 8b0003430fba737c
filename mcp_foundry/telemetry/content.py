"""Prompts and answers as spans hold them, where somebody asked for that."""

from __future__ import annotations

from json import dumps

LONGEST = 16 * 1024
"""Characters of a text that a span holds."""


def as_messages(role: str, text: str, finish_reason: str = "") -> str:
    """Return a text as the conventions have messages, in JSON, cut at a length."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    # Half of a surrogate pair has no UTF-8: no span that is sent with this one would arrive.
    cut = cut.encode("utf-8", "replace").decode()
    message: dict[str, object] = {"role": role, "parts": [{"type": "text", "content": cut}]}
    if finish_reason:
        message["finish_reason"] = finish_reason
    return dumps([message], ensure_ascii=False)
