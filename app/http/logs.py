"""What the service writes of itself: one line per event, as JSON or as text, with the id of the request it is about."""

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

# The id of the request that this task answers, empty outside of any.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

# One line for each request; `extra={"fields": {...}}` of any line becomes members of it.
access = logging.getLogger("motcua.access")

# What the records of all answered requests have in common.
_ANSWERED = logging.LogRecord(access.name, logging.INFO, "", 0, "answered", None, None).__dict__

# What would begin a line, move the cursor or colour the terminal of whoever reads the log.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_encoded = JsonEncoder().encode

_ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def answered(fields: Mapping[str, Any]) -> None:
    """Writes the line of one answered request, as `access.info` would.

    But without what that finds out for each record and no line shows (the caller, the thread, the process), which costs
    as much as the line does.
    """
    if access.isEnabledFor(logging.INFO):
        record = logging.LogRecord.__new__(logging.LogRecord)
        record.__dict__.update(_ANSWERED, created=clock.seconds(), fields=fields)
        access.callHandlers(record)


class JsonLines(JsonFormatter):
    """Each record as one JSON object on one line."""

    def __init__(self) -> None:
        # Made once: an encoder for each line takes as long as the line.
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
    """Each record as one line for people; only a stack trace has further ones, which are indented."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"request_id": REQUEST_ID.get() or None, **getattr(record, "fields", {})}
        told = [f"{name}={value}" for name, value in fields.items() if value is not None]
        parts = [_instant(record), record.levelname.lower(), record.name, record.getMessage(), *told]
        line = _CONTROL.sub(lambda found: ascii(found[0])[1:-1], " ".join(parts))
        if record.exc_info:
            line += "\n    " + stack(record.exc_info).replace("\n", "\n    ")
        return line


def stack(error: _ErrorInfo) -> str:
    """The error with those it came from, by type and place: their messages may hold what people have entered."""
    parts: list[str] = []
    one: BaseException | None = error[1]
    while one is not None and len(parts) < 10:
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{type(one).__module__}.{type(one).__qualname__}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\nwhich came of:\n".join(parts)


def log_config(settings: Settings) -> dict[str, Any]:
    """The configuration for `logging.config` that puts every logger, the server's own too, on standard error."""
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
            # They tell whole addresses and headers, and those of gateways and receivers hold secrets.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
