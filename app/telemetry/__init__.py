"""Spans of requests, statements and round trips for OpenTelemetry, only where an address for them is configured."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.telemetry.tracing import Tracing

_ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def configured_tracing(version: str, seconds: Callable[[], float]) -> "Tracing | None":
    """The tracing that the environment asks for by OpenTelemetry's own variables, None without an address.

    `seconds`: the clock, in seconds since 1970.

    Raises RuntimeError if the extra packages are missing. They are imported only here.
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(map(os.environ.get, _ADDRESSES)):
        return None
    try:
        from app.telemetry.tracing import Tracing  # noqa: PLC0415
    except ModuleNotFoundError as error:
        variable = next(name for name in _ADDRESSES if os.environ.get(name))
        raise RuntimeError(f"{variable} is set, but {error.name} is missing: install motcua[telemetry].") from error
    return Tracing(version, seconds)
