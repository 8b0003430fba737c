"""The lines on stderr: for a person, or as JSON for what collects them; with the ids of traces."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from mcp_foundry.contract.json import object_in
from mcp_foundry.contract.redaction import without_secrets
from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_log(level: str, form: str) -> None:
    """Configure logging before the MCP SDK would, in colours.

    Args:
        level: The least that is told.
        form: `text` or `json`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form))
    logging.basicConfig(level=level, handlers=[handler])
    if form == "json":
        logging.captureWarnings(True)
    if level != "DEBUG":
        for name in ("asyncio", "aiohttp", "httpx2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # It warns of what is mended (a broken stream) or what the failed call says better.
        logging.getLogger("azure").setLevel(logging.ERROR)


def formatter(form: str) -> logging.Formatter:
    """Return what makes a line of a record; see `write_log`."""
    return _Json() if form == "json" else _Text()


class _Text(logging.Formatter):
    """A line as a person reads it, with its traceback below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the line, and of which trace it is."""
        ids = {} if _facts(record) else _ids()
        told = {"trace_id": ids.get("trace_id"), "run": ids.get("response_id")}
        return super().formatMessage(record) + "".join(
            f" {name}={value}" for name, value in told.items() if value
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole, in which foreign messages may not bring credentials along."""
        return without_secrets(super().format(record))


class _Json(logging.Formatter):
    """An object a line, whatever was logged."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """Return the object; of what an auditor wants, with each fact as a field."""
        from json import dumps  # a person's log needs none

        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # somebody's arguments do not fit their words
            message = str(record.msg)
        told: dict[str, object] = {
            "timestamp": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(message),
        }
        if record.exc_info:
            told["exception"] = without_secrets(self.formatException(record.exc_info))
        return dumps({**told, **_ids(), **_facts(record)}, default=str)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return object_in(getattr(record, "facts", None))


def _ids() -> dict[str, str]:
    """Return under which ids the work is found that is under way here, if any."""
    # Nobody has a trace where this was not imported.
    trace = sys.modules.get("opentelemetry.trace")
    if not trace:
        return {}
    span = trace.get_current_span()
    here = span.get_span_context()
    if not here.is_valid:
        return {}
    ids = {
        "trace_id": trace.format_trace_id(here.trace_id),
        "span_id": trace.format_span_id(here.span_id),
    }
    # Only a span that is recorded can be asked.
    attributes: Mapping[str, Any] = getattr(span, "attributes", None) or {}
    run = attributes.get(names.RESPONSE)
    return {**ids, "response_id": run} if run else ids
