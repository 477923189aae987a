"""Pages of lists: a page on the wire, and the cursor with the sort key of its last item."""

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

# The largest integer of both databases.
_LARGEST = 2**63 - 1


class Page(BaseModel, Generic[T]):
    """One page of a list in stable order."""

    items: list[T] = Field(description="the items, in the list's order")
    next_cursor: str | None = Field(description="`cursor` of the next page, null on the last")


def encode_cursor(values: tuple[Any, ...]) -> str:
    """The cursor for a sort key of strings, integers, booleans, dates, instants and nulls; safe in a URL."""
    written = json.dumps([_written(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key of a cursor. With `kinds`, one for each value, each value is of its kind or None.

    Raises Unparsable `bad_cursor` for anything that `encode_cursor` did not write.
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
    """The refusal of a cursor that does not come from this list."""
    return Unparsable("bad_cursor", "The cursor does not come from this list.", pointer="/cursor")


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
            raise ValueError("not a value of a sort key")
        return _instant(text) if kind == "t" else date.fromisoformat(text)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("too large")
    if isinstance(value, str):
        value.encode()  # raises for half of a surrogate pair
        if "\0" in value:
            raise ValueError("databases store no NUL")
    elif value is not None and not isinstance(value, int):
        raise ValueError("not a value of a sort key")
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
    raise ValueError("not an integer")
