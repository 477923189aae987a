"""Lists in pages: the cursor that stands for the last item's sort key, and the page that is answered."""

import base64
import binascii
import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from app.http.errors import Unparsable

T = TypeVar("T")

DEFAULT_LIMIT = 50

Limit = Annotated[int, Query(ge=1, le=500, description="how many items at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]

# What both databases take as an integer.
_LARGEST = 2**63 - 1


class Page(BaseModel, Generic[T]):
    """One page of a list in stable order."""

    items: list[T] = Field(description="the items, in the list's order")
    next_cursor: str | None = Field(description="`cursor` of the next page, null on the last")


def encode_cursor(values: tuple[Any, ...]) -> str:
    """The cursor for a sort key of strings, integers, booleans, dates, instants and nulls; safe in an address."""
    written = json.dumps([_written(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key behind a cursor; where `kinds` are given, one for each value, each value is of its kind or None.

    Raises Unparsable `bad_cursor` for what `encode_cursor` did not write.
    """
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        written = json.loads(raw, parse_float=_refuse, parse_constant=_refuse)
        values = tuple(_read(value) for value in written) if isinstance(written, list) else None
    except (ValueError, TypeError, RecursionError, binascii.Error):
        values = None
    if values is None or (kinds and not _fit(values, kinds)):
        raise foreign_cursor()
    return values


def foreign_cursor() -> Unparsable:
    """The refusal of a cursor that this list did not give: another one did, or nobody."""
    return Unparsable("bad_cursor", "The cursor is not one that this list gave.", pointer="/cursor")


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        (kind, text), *others = value.items()
        if others or kind not in ("t", "d"):
            raise ValueError("no kind of value")
        return _instant(text) if kind == "t" else date.fromisoformat(text)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("too large")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
        if "\0" in value:
            raise ValueError("NUL is no text for a database")
    elif value is not None and not isinstance(value, int):
        raise ValueError("no kind of value")
    return value


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.utcoffset() is None:
        raise ValueError("an instant without an offset")
    return instant


def _fit(values: tuple[Any, ...], kinds: tuple[type, ...]) -> bool:
    return len(values) == len(kinds) and all(
        value is None or type(value) is kind for value, kind in zip(values, kinds, strict=True)
    )


def _refuse(_text: str) -> Any:
    raise ValueError("no number that a cursor holds")
