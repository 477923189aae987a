"""The answer made of the figures: which rows there are, what they are called, and their rates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.catalogue.records import CHANNELS
from app.http.wire_types import shown
from app.statistics.on_time.counts import Counted, Figures, Key
from app.statistics.on_time.parameters import BY_UNIT, Question, row_unit
from app.statistics.on_time.schemas import OnTimeOut, RateOut, RowOut

CHANNEL_NAMES: Mapping[str, Mapping[str, str]] = {
    "vi": {"counter": "Trực tiếp", "online": "Trực tuyến", "postal": "Bưu chính"},
    "en": {"counter": "At the counter", "online": "Online", "postal": "By post"},
}
LEVEL_NAMES: Mapping[str, Mapping[str, str]] = {
    "vi": {"central": "Cấp trung ương", "province": "Cấp tỉnh", "district": "Cấp huyện", "commune": "Cấp xã"},
    "en": {
        "central": "Central level",
        "province": "Provincial level",
        "district": "District level",
        "commune": "Commune level",
    },
}
TOTAL = {"vi": "Tổng cộng", "en": "Total"}


def answer(
    question: Question, reference: Reference, counted: Counted, changed: datetime | None, language: str
) -> OnTimeOut:
    """All rows and their total, named in the language ("vi" or "en")."""
    return OnTimeOut.model_validate(answer_data(question, reference, counted, changed, language))


def answer_data(
    question: Question, reference: Reference, counted: Counted, changed: datetime | None, language: str
) -> dict[str, Any]:
    """As `answer`, in plain values as they are written."""
    periods = question.periods
    figures = counted.rows(question.by == "month", len(periods))
    always = always_shown(question, reference)
    for key in always:
        figures.setdefault(key, Figures())
    rows = [
        row_data(*label(question, reference, key, language), one)
        for key, one in figures.items()
        if any(one.values()) or key in always
    ]
    rows.sort(key=lambda row: place(row["key"], row["id"]))
    return {
        "by": question.by,
        "basis": question.basis,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "as_of": shown(question.whole.as_of),
        "rows": rows,
        "changed_since": shown(changed) if changed is not None else None,
        "total": row_data("total", None, TOTAL[language], counted.total(len(periods))),
    }


def always_shown(question: Question, reference: Reference) -> frozenset[Key]:
    """The rows shown also with zeros: units that existed in the period (rules §11), months, the channels asked for."""
    if question.by == "month":
        return frozenset(range(len(question.periods)))
    if question.by == "channel":
        return frozenset(question.channels or CHANNELS)
    if question.by not in BY_UNIT:
        return frozenset()
    rows = {
        reference.units[row_unit(question, reference, unit.id)]
        for unit in reference.units.values()
        if (question.units is None or unit.id in question.units)
        and unit.valid_from <= question.whole.last
        and (unit.valid_to is None or unit.valid_to >= question.first)
    }
    return frozenset(unit.id for unit in rows if question.by in ("unit", unit.kind))


def label(question: Question, reference: Reference, key: Key, language: str) -> tuple[str, int | None, str]:
    """The row's key, its unit's id, and its name."""
    if question.by in BY_UNIT:
        unit = reference.units[int(key)]
        return unit.code, unit.id, unit.name
    if question.by == "month":
        first = question.periods[int(key)].first
        return f"{first:%Y-%m}", None, f"Tháng {first:%m/%Y}" if language == "vi" else f"{first:%m/%Y}"
    code = str(key)
    if question.by == "procedure":
        return code, None, reference.procedure(code).name
    if question.by == "field":
        return code, None, code
    names = CHANNEL_NAMES if question.by == "channel" else LEVEL_NAMES
    return code, None, names[language].get(code, code)


def place(key: str, unit_id: int | None) -> tuple[int, str, int]:
    """Where a row stands among others: channels in their own order, all else by key; codes of units are re-used."""
    return (CHANNELS.index(key) if key in CHANNELS else 0), key, unit_id or 0


def row_of(key: str, unit_id: int | None, name: str, one: Figures) -> RowOut:
    """The figures as a row shows them, with their rates."""
    return RowOut.model_validate(row_data(key, unit_id, name, one))


def row_data(key: str, unit_id: int | None, name: str, one: Figures) -> dict[str, Any]:
    """As `row_of`, in plain values: a province's table has hundreds of rows."""
    channels = {channel: one[f"received.{channel}"] for channel in CHANNELS}
    received = sum(channels.values())
    early, on_time, late = one["finished.early"], one["finished.on_time"], one["finished.late"]
    # A step without a share of the limit is done without a verdict (rules §9).
    judged = early + on_time + late
    is_open, overdue = one["open.total"], one["open.overdue"]
    return {
        "key": key,
        "id": unit_id,
        "name": name,
        "received": {"total": received, **channels},
        "carried_over": one["carried_over"],
        "finished": {"total": judged + one["finished.unjudged"], "early": early, "on_time": on_time, "late": late},
        "moved_in": one["moved_in"],
        "moved_out": one["moved_out"],
        "withdrawn": {"total": one["withdrawn.total"], "overdue": one["withdrawn.overdue"]},
        "discontinued": {"total": one["discontinued.total"], "overdue": one["discontinued.overdue"]},
        "open": {
            "total": is_open,
            "in_time": is_open - overdue,
            "overdue": overdue,
            "suspended": one["open.suspended"],
        },
        "rate_of_finished": rate_of_finished(one),
        "rate_of_due": rate_of_due(one),
        "late_without_apology": one["late_without_apology"],
        "submitted": {
            "new": one["submitted.new"],
            "declined": one["submitted.declined"],
            "withdrawn": one["submitted.withdrawn"],
            "waiting": one["submitted.waiting"],
            "waiting_over_one_working_day": one["submitted.waiting_over_one_working_day"],
        },
    }


def rate_of_finished(one: Figures) -> dict[str, Any]:
    """Of what was finished with a verdict, the share finished early or on time (rules §11)."""
    good = one["finished.early"] + one["finished.on_time"]
    return _rate(good, good + one["finished.late"])


def rate_of_due(one: Figures) -> dict[str, Any]:
    """Of what was due for work, the share that was not late (rules §11)."""
    received = sum(one[f"received.{channel}"] for channel in CHANNELS)
    due = received + one["carried_over"] + one["moved_in"] - one["moved_out"]
    bad = one["finished.late"] + one["open.overdue"] + one["withdrawn.overdue"] + one["discontinued.overdue"]
    return _rate(due - bad, due)


def rate(numerator: int, denominator: int) -> RateOut:
    """The share with what it was computed from."""
    return RateOut.model_validate(_rate(numerator, denominator))


def _rate(numerator: int, denominator: int) -> dict[str, Any]:
    """The share, halves of the fourth decimal rounded up; a zero denominator gives null, never 100 % (rules §11)."""
    value = (20_000 * numerator + denominator) // (2 * denominator) / 10_000 if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}
