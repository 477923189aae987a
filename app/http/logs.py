"""Logs: one line for each event, as JSON or as text, with the id of its request."""

import logging
import re
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonEncoder, JsonFormatter

from app import clock
from app.settings import Settings

# The id of the present request; empty outside requests.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

# One line for each request; `extra={"fields": {...}}` of any line becomes members of it.
access = logging.getLogger("motcua.access")

# The part that the records of all responses share.
_RESPONSE = logging.LogRecord(access.name, logging.INFO, "", 0, "answered", None, None).__dict__

# Characters that could start a line, move the cursor or colour the terminal of a reader.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_encoded = JsonEncoder().encode

_ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_response(fields: Mapping[str, Any]) -> None:
    """Writes the line of one response, as `access.info` would.

    It does not collect the caller, thread and process, which no line shows: that would cost as much as the line.
    """
    if access.isEnabledFor(logging.INFO):
        record = logging.LogRecord.__new__(logging.LogRecord)
        record.__dict__.update(_RESPONSE, created=clock.seconds(), fields=fields)
        access.callHandlers(record)


class JsonLines(JsonFormatter):
    """Each record as one JSON object on one line."""

    def __init__(self) -> None:
        # One encoder for all lines: making one takes as long as a line.
        super().__init__(json_serializer=lambda line, **_options: _encoded(line))

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _instant(record), "level": record.levelname.lower(), "logger": record.name}
        line["message"] = record.getMessage()
        request_id = REQUEST_ID.get()
        if request_id:
            line["request_id"] = request_id
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["error"] = stack(record.exc_info)
        return str(self.jsonify_log_record(line))


class TextLines(logging.Formatter):
    """Each record as one line for people; a stack trace adds indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"request_id": REQUEST_ID.get() or None, **getattr(record, "fields", {})}
        pairs = [f"{name}={value}" for name, value in fields.items() if value is not None]
        parts = [_instant(record), record.levelname.lower(), record.name, record.getMessage(), *pairs]
        line = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], " ".join(parts))
        if record.exc_info:
            line += "\n    " + stack(record.exc_info).replace("\n", "\n    ")
        return line


def stack(error: _ErrorInfo) -> str:
    """The error and its causes by type and place, without their messages, which may quote personal data."""
    parts: list[str] = []
    cause: BaseException | None = error[1]
    while cause is not None and len(parts) < 10:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        parts.append(f"{frames}{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\ncaused by:\n".join(parts)


def log_config(settings: Settings) -> dict[str, Any]:
    """The configuration for `logging.config`: every logger, also the server's, writes to standard error."""
    formatter = JsonLines if settings.log_format == "json" else TextLines
    level = settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{formatter.__module__}.{formatter.__name__}"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            access.name: {"level": "INFO" if settings.access_log else "WARNING"},
            "uvicorn": {"level": level, "handlers": [], "propagate": True},
            # They log whole addresses and headers, and those of gateways and receivers contain secrets.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # It says at each start that it draws no images.
            "pyBarcode": {"level": "WARNING"},
        },
    }


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
