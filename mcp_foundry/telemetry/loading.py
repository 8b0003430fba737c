"""What OpenTelemetry's API loads by name when it is imported, and would end this process over.

Such variables are often set for all programs of a machine, with packages that only some have.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

logger = logging.getLogger(__name__)

# Each with the module that loads it, and the function there, if its import alone does not.
_LOADED = {
    "OTEL_PYTHON_CONTEXT": ("opentelemetry.context", "get_current"),
    "OTEL_PROPAGATORS": ("opentelemetry.propagate", "get_global_textmap"),
    "OTEL_PYTHON_TRACER_PROVIDER": ("opentelemetry.trace", "get_tracer_provider"),
    "OTEL_PYTHON_METER_PROVIDER": ("opentelemetry.metrics", "get_meter_provider"),
}


def load(environment: MutableMapping[str, str]) -> None:
    """Load what variables name; those that name nothing are taken out, with a line of the log.

    Args:
        environment: The process's own, which the API reads.
    """
    api = logging.getLogger("opentelemetry")
    level = api.level
    api.setLevel(logging.CRITICAL)  # it would log a traceback
    for variable, (module, function) in _LOADED.items():
        if variable in environment:
            try:
                getattr(import_module(module), function)()
            except Exception:  # noqa: BLE001 - whatever a package does at its import
                del environment[variable]
                logger.warning(
                    "Telemetry: %s names what cannot be loaded here, and is left out.", variable
                )
    api.setLevel(level)
