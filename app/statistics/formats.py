"""The formats of figures, and the choice between them by the path's ending or the `Accept` header."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.http.errors import NotAcceptable

JSON, CSV = "application/json", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFERED = (JSON, CSV, XLSX)
SUFFIXES: Mapping[str, str] = {".csv": CSV, ".xlsx": XLSX}


def format_of(path: str, accept: str | None) -> str:
    """The media type of the path's ending (`.csv`, `.xlsx`); without an ending that of `Accept`.

    Raises NotAcceptable `not_acceptable` if `Accept` allows none of them.
    """
    for suffix, media in SUFFIXES.items():
        if path.endswith(suffix):
            return media
    return preferred(accept)


@lru_cache(maxsize=64)
def preferred(accept: str | None) -> str:
    """The media type with the highest quality in an Accept header (RFC 9110 §12.5.1); of equals the first offered.

    Raises NotAcceptable `not_acceptable` if the header allows none of them.
    """
    ranges = [_range(part) for part in (accept or "").split(",") if part.strip()]
    if not ranges:
        return JSON
    qualities = {media: _quality(media, ranges) for media in OFFERED}
    best = max(qualities, key=lambda media: qualities[media])
    if qualities[best] <= 0:
        raise NotAcceptable("not_acceptable", f"The figures are available as {', '.join(OFFERED)}.")
    return best


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, _number(value.strip())
    return media, 1.0


def _number(text: str) -> float:
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdigit() else 0.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that covers the media type; 0 without such a range."""
    for pattern in (media, f"{media.partition('/')[0]}/*", "*/*"):
        qualities = [quality for name, quality in ranges if name == pattern]
        if qualities:
            return max(qualities)
    return 0.0
