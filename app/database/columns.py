"""Column types with the same meaning on both databases: instants, local dates and JSON."""

import json
from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime
from typing import Any

from sqlalchemy import DATE, TIMESTAMP, Date, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from app.database.errors import ValueOutOfRange


class Instant(TypeDecorator[datetime]):
    """An aware datetime, read back in UTC: TIMESTAMPTZ on PostgreSQL, seconds since 1970 on SQLite.

    Precision is one second (rules §2); fractions are dropped. A naive datetime raises ValueError.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else TIMESTAMP(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _instant_to_seconds if dialect.name == "sqlite" else _instant_to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:  # noqa: ARG002
        # asyncpg returns aware timestamps in UTC.
        return _instant_from_seconds if dialect.name == "sqlite" else None


class LocalDate(TypeDecorator[date]):
    """A date in Asia/Ho_Chi_Minh (rules §2): DATE on PostgreSQL, ISO text on SQLite. A datetime raises ValueError."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DATE())

    def bind_processor(self, dialect: Dialect) -> Callable[[date | None], Any]:
        return _date_to_text if dialect.name == "sqlite" else _date_only

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], date | None] | None:  # noqa: ARG002
        return _date_from_text if dialect.name == "sqlite" else None


class Json(TypeDecorator[Any]):
    """JSON as compact text with sorted keys, so equal values are equal texts. None is NULL; NaN raises ValueError."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002
        return _json_to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        return _json_from_text


def _instant_to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is UTC and not value.microsecond:
        return value
    if value.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {value}")
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise ValueOutOfRange(f"no such instant in UTC: {value}") from error


def _instant_to_seconds(value: datetime | None) -> int | None:
    # The common case. In the first and last year an offset may lead out of the calendar.
    if value is not None and value.tzinfo is not None and not value.microsecond and 1 < value.year < MAXYEAR:
        return int(value.timestamp())
    instant = _instant_to_utc(value)
    return None if instant is None else int(instant.timestamp())


def _instant_from_seconds(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _date_only(value: date | None) -> date | None:
    if isinstance(value, datetime):
        raise ValueError(f"a date, not an instant, is needed: {value}")
    return value


def _date_to_text(value: date | None) -> str | None:
    if type(value) is date:
        return value.isoformat()
    day = _date_only(value)
    return None if day is None else day.isoformat()


def _date_from_text(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


class JsonText(str):
    """JSON text from `json_text`. A column of the type `Json` stores it unchanged."""

    __slots__ = ()


def _encoder() -> Callable[[Any], str]:
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    # `encode` builds this encoder for each value, which costs half of its time for small values.
    chunks = make(None, encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda value: "".join(chunks(value, 0))


# json.dumps builds an encoder per call unless it has its default options.
_encode = _encoder()


def json_text(value: Any) -> JsonText:
    """The value as a column of the type `Json` stores it. Raises ValueError for NaN and infinities."""
    return JsonText(_encode(value))


def _json_to_text(value: Any) -> str | None:
    if value is None:
        return None
    # The drivers adapt subclasses of str, which is slow.
    return str(value) if type(value) is JsonText else _encode(value)


def _json_from_text(value: str | None) -> Any:
    return None if value is None else json.loads(value)
