"""What the SDK of OpenTelemetry says of itself, which is kept out of the log."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)

_SENDING = ("opentelemetry.exporter.", "opentelemetry.sdk.")


class Once(logging.Handler):
    """Takes the log of an SDK that this program set up, and says one line for all its failures.

    It would say each of them, by the second where a collector is down, with tracebacks, and with
    headers and URLs, which may hold a credential.

    What the API logs, as of a span that somebody left in another task, is no word of the collector.

    Args:
        line: What is said at the first failure.
    """

    def __init__(self, line: str) -> None:
        super().__init__(logging.WARNING)
        self._line = line
        self._armed = False
        log = logging.getLogger("opentelemetry")
        log.addHandler(self)
        log.propagate = False
        # It tells of each request with its path and query, at DEBUG.
        logging.getLogger("urllib3").setLevel(logging.WARNING)

    def arm(self) -> None:
        """Say it from now on: what went wrong before is known to whoever set up the SDK."""
        self._armed = True

    def emit(self, record: logging.LogRecord) -> None:
        """Say the line, if it was not said."""
        if self._armed and record.name.startswith(_SENDING):
            self._armed = False
            logger.warning("%s", self._line)
