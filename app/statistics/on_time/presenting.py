"""Answer with the on-time figures: its rows, their names, and the rates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.catalogue.records import CHANNELS
from app.http.wire_types import shown
from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.question import BY_UNIT, Question, RowKey
from app.statistics.on_time.schemas import OnTimeOut, OnTimeRowOut, RateOut
from app.statistics.shares import cut

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


def answer(question: Question, counts: RowCounts, changed: datetime | None, language: str) -> OnTimeOut:
    """All rows and their total, with names in the language ("vi" or "en")."""
    return OnTimeOut.model_validate(answer_data(question, counts, changed, language))


def answer_data(question: Question, counts: RowCounts, changed: datetime | None, language: str) -> dict[str, Any]:
    """The same as `answer` in plain values, which are faster to make and to write."""
    periods = len(question.periods)
    return {
        "by": question.by,
        "basis": question.basis,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "as_of": shown(question.whole.as_of),
        "rows": [row_data(*row) for row in shown_rows(question, counts, language)],
        "changed_since": shown(changed) if changed is not None else None,
        "total": row_data("total", None, TOTAL[language], counts.total(periods)),
    }


def shown_rows(question: Question, counts: RowCounts, language: str) -> list[tuple[str, int | None, str, Figures]]:
    """The rows of the answer in order: the key, the id of the unit, the name, and the figures."""
    figures, always = counts.rows(question.by == "month", len(question.periods)), always_shown(question)
    for key in always:
        figures.setdefault(key, Figures())
    rows = [
        (*label(question, key, language), row) for key, row in figures.items() if key in always or any(row.values())
    ]
    return sorted(rows, key=lambda row: place(row[0], row[1]))


def always_shown(question: Question) -> frozenset[RowKey]:
    """The rows with zeros too: units that existed in the period (rules §11), months, and the channels of the filter."""
    if question.by == "month":
        return frozenset(range(len(question.periods)))
    if question.by == "channel":
        return frozenset(question.channels or CHANNELS)
    if question.by not in BY_UNIT:
        return frozenset()
    units, counted = question.reference.units, question.units
    first, last = question.first, question.whole.last
    rows = {
        question.row_units[unit.id]
        for unit in units.values()
        if (counted is None or unit.id in counted)
        and unit.valid_from <= last
        and (unit.valid_to is None or unit.valid_to >= first)
    }
    return frozenset(row for row in rows if question.by in ("unit", units[row].kind))


def label(question: Question, key: RowKey, language: str) -> tuple[str, int | None, str]:
    """The row's key in the answer, the id of its unit, and its name."""
    if question.by in BY_UNIT:
        unit = question.reference.units[int(key)]
        return unit.code, unit.id, unit.name
    if question.by == "month":
        first = question.periods[int(key)].first
        return f"{first:%Y-%m}", None, f"Tháng {first:%m/%Y}" if language == "vi" else f"{first:%m/%Y}"
    code = str(key)
    if question.by == "procedure":
        return code, None, question.reference.procedure(code).name
    if question.by == "field":
        return code, None, code
    names = CHANNEL_NAMES if question.by == "channel" else LEVEL_NAMES
    return code, None, names[language].get(code, code)


def place(key: str, unit_id: int | None) -> tuple[int, str, int]:
    """The sort key of a row: channels in their own order, other rows by key, and by id because codes are re-used."""
    return (CHANNELS.index(key) if key in CHANNELS else 0), key, unit_id or 0


def row_of(key: str, unit_id: int | None, name: str, figures: Figures) -> OnTimeRowOut:
    """The figures as a row of the answer, with their rates."""
    return OnTimeRowOut.model_validate(row_data(key, unit_id, name, figures))


def row_data(key: str, unit_id: int | None, name: str, figures: Figures) -> dict[str, Any]:
    """The same as `row_of` in plain values: a province's table has hundreds of rows."""
    channels = {channel: figures[f"received.{channel}"] for channel in CHANNELS}
    received = sum(channels.values())
    early, on_time, late = figures["finished.early"], figures["finished.on_time"], figures["finished.late"]
    # A step without a share of the limit is done without a verdict (rules §9).
    judged = early + on_time + late
    is_open, overdue = figures["open.total"], figures["open.overdue"]
    return {
        "key": key,
        "id": unit_id,
        "name": name,
        "received": {"total": received, **channels},
        "carried_over": figures["carried_over"],
        "finished": {
            "total": judged + figures["finished.unjudged"],
            "early": early,
            "on_time": on_time,
            "late": late,
        },
        "moved_in": figures["moved_in"],
        "moved_out": figures["moved_out"],
        "withdrawn": {"total": figures["withdrawn.total"], "overdue": figures["withdrawn.overdue"]},
        "discontinued": {"total": figures["discontinued.total"], "overdue": figures["discontinued.overdue"]},
        "open": {
            "total": is_open,
            "in_time": is_open - overdue,
            "overdue": overdue,
            "suspended": figures["open.suspended"],
        },
        "rate_of_finished": rate_of_finished(figures),
        "rate_of_due": rate_of_due(figures),
        "late_without_apology": figures["finished.late_unapologised"] + figures["open.overdue_unapologised"],
        "submitted": {
            "new": figures["submitted.new"],
            "declined": figures["submitted.declined"],
            "withdrawn": figures["submitted.withdrawn"],
            "waiting": figures["submitted.waiting"],
            "waiting_over_one_working_day": figures["submitted.waiting_over_one_working_day"],
        },
    }


def rate_of_finished(figures: Figures) -> dict[str, Any]:
    """The share finished early or on time, of all finished with a verdict (rules §11)."""
    good = figures["finished.early"] + figures["finished.on_time"]
    return _rate(good, good + figures["finished.late"])


def rate_of_due(figures: Figures) -> dict[str, Any]:
    """The share that was not late, of all that was due for work (rules §11)."""
    received = sum(figures[f"received.{channel}"] for channel in CHANNELS)
    due = received + figures["carried_over"] + figures["moved_in"] - figures["moved_out"]
    ended_overdue = figures["withdrawn.overdue"] + figures["discontinued.overdue"]
    return _rate(due - figures["finished.late"] - figures["open.overdue"] - ended_overdue, due)


def rate(numerator: int, denominator: int) -> RateOut:
    """The share with its numerator and denominator."""
    return RateOut.model_validate(_rate(numerator, denominator))


def _rate(numerator: int, denominator: int) -> dict[str, Any]:
    """The share, cut; a zero denominator gives null, never 100 % (rules §11)."""
    value = cut(numerator, denominator) if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}
