"""Sums figures of several registers: counts, numerators and denominators, never rates (rules §11)."""

from collections.abc import Sequence
from typing import Any

from app.statistics.on_time.presenting import rate
from app.statistics.on_time.schemas import OnTimeRowOut

_LABELS = {"key", "id", "name"}


def sum_of(rows: Sequence[OnTimeRowOut]) -> OnTimeRowOut:
    """The sum of one or more rows, with the labels of the first."""
    labels = rows[0].model_dump(include=_LABELS)
    return OnTimeRowOut.model_validate({**labels, **_sum([row.model_dump(exclude=_LABELS) for row in rows])})


def _sum(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if "denominator" in parts[0]:
        numerator, denominator = (sum(part[name] for part in parts) for name in ("numerator", "denominator"))
        return rate(numerator, denominator).model_dump()
    return {
        name: _sum([part[name] for part in parts]) if isinstance(value, dict) else sum(part[name] for part in parts)
        for name, value in parts[0].items()
    }
