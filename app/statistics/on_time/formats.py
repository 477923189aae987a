"""In which form an answer is given: which one the client prefers, and the figures as a flat table."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.http.errors import NotAcceptable
from app.statistics.on_time.schemas import OnTimeOut

JSON, CSV = "application/json", "text/csv"
CSV_TYPE = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# How an address ends that gives one form of what stands there, whatever is accepted otherwise.
_SUFFIXES = {".csv": CSV, ".xlsx": XLSX}

# A spreadsheet would take a cell that begins so for a formula, some also with the signs as wide as Chinese ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def wanted(path: str, accept: str | None, offered: Sequence[str] = (JSON, CSV)) -> str:
    """The media type that an address ends in (`.csv`, `.xlsx`), else the one of `offered` that Accept prefers.

    Raises NotAcceptable where Accept wants none of them.
    """
    found = next((media for suffix, media in _SUFFIXES.items() if path.endswith(suffix)), None)
    return found or preferred(accept, offered)


def preferred(accept: str | None, offered: Sequence[str] = (JSON, CSV)) -> str:
    """Which of the media types offered an Accept header prefers (RFC 9110 §12.5.1); the first of equals.

    Raises NotAcceptable where it wants none.
    """
    ranges = [_range(part) for part in (accept or "").split(",") if part.strip()]
    if not ranges:
        return offered[0]
    qualities = {media: _quality(media, ranges) for media in offered}
    best = max(qualities, key=lambda media: qualities[media])
    if qualities[best] <= 0:
        raise NotAcceptable("not_acceptable", f"The figures can be had as {' or '.join(offered)}.")
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


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """The quality of the most specific range that the media type falls under; 0 where there is none."""
    for pattern in (media, f"{media.partition('/')[0]}/*", "*/*"):
        found = [quality for one, quality in ranges if one == pattern]
        if found:
            return max(found)
    return 0.0


def as_csv(figures: OnTimeOut) -> bytes:
    """One line per row and one for the total, after a header line."""
    return as_table([flat(row) for row in (*figures.rows, figures.total)])


def as_table(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """The lines, at least one and all with the first one's names, after a header line; UTF-8, as RFC 4180 has it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(lines[0].keys())
    writer.writerows([_cell(value) for value in line.values()] for line in lines)
    return text.getvalue().encode()


def flat(row: BaseModel) -> dict[str, Any]:
    """A row's values by name, those of a part as `part_name`."""
    found: dict[str, Any] = {}
    for name, value in row.model_dump().items():
        if isinstance(value, dict):
            found |= {f"{name}_{part}": inner for part, inner in value.items()}
        else:
            found[name] = value
    return found


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
