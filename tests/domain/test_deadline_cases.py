"""Real and hard cases of deadlines, worked out by hand, from tables that a lawyer can review."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.calendar import DEFAULT_SESSIONS, TZ, WorkingCalendar
from app.domain.deadline import ClockPolicy, LimitUnit, Suspension, TimeLimit, compute
from tests.support import naive_deadlines as naive
from tests.support.calendars import OFFICIAL, YEARS, calendar_year

HERE = Path(__file__).parent
LAWFUL = json.loads((HERE / "deadline_cases.json").read_text(encoding="utf-8"))["cases"]
HARD = json.loads((HERE / "hard_cases.json").read_text(encoding="utf-8"))["groups"]
TABLE = [pytest.param(case, id=f"{group}: {case['rule']}") for group, cases in HARD.items() for case in cases]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T08:00:00+07:00")


def suspensions_of(case: dict[str, Any]) -> list[Suspension]:
    return [
        Suspension(instant(span["from"]), span["to"] and instant(span["to"]), "supplement", span.get("counts"))
        for span in case.get("suspensions", ())
    ]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id="{amount} {unit} from {received} is {due}".format(**case)) for case in LAWFUL]
)
def test_the_lawful_cases_come_out(case: dict[str, Any]) -> None:
    limit = TimeLimit(case["amount"], LimitUnit(case["unit"]))
    deadline = compute(instant(case["received"]), limit, OFFICIAL, DEFAULT_SESSIONS)
    assert deadline.due_date == date.fromisoformat(case["due"])
    assert not deadline.provisional


@pytest.mark.parametrize("case", TABLE)
def test_the_hard_cases_come_out(case: dict[str, Any]) -> None:
    deadline = compute(
        instant(case["received"]),
        TimeLimit(case["limit"]["amount"], LimitUnit(case["limit"]["unit"])),
        OFFICIAL,
        DEFAULT_SESSIONS,
        policy=ClockPolicy(case.get("policy", "exclude")),
        suspensions=suspensions_of(case),
        extension_days=case.get("extension_days", 0),
    )
    assert deadline.due_date.isoformat() == case["due"]
    if "due_at" in case:
        assert deadline.due_at.isoformat() == case["due_at"]
    if "original_due" in case:
        assert deadline.original_due_date.isoformat() == case["original_due"]


@pytest.mark.parametrize("case", [case for case in TABLE if "counts" not in str(case.values[0])])
def test_the_slow_count_agrees_with_the_hard_cases(case: dict[str, Any]) -> None:
    due = naive.due(
        instant(case["received"]),
        TimeLimit(case["limit"]["amount"], LimitUnit(case["limit"]["unit"])),
        suspensions_of(case),
        ClockPolicy(case.get("policy", "exclude")),
        case.get("extension_days", 0),
    )
    assert (due.date() if isinstance(due, datetime) else due).isoformat() == case["due"]


def test_the_decision_of_25_december_2025_moves_both_ends_of_its_swap() -> None:
    swap = (date(2026, 1, 2), date(2026, 1, 10))
    before = WorkingCalendar(calendar_year(int(year), without=swap) for year in YEARS)
    for received, days, old, new in (
        (datetime(2025, 12, 31, 9, 0, tzinfo=TZ), 2, date(2026, 1, 5), date(2026, 1, 6)),
        (datetime(2026, 1, 9, 9, 0, tzinfo=TZ), 1, date(2026, 1, 12), date(2026, 1, 10)),
        # Received before the swap and due after it: what 2 January lost, 10 January gives back.
        (datetime(2025, 12, 31, 9, 0, tzinfo=TZ), 7, date(2026, 1, 12), date(2026, 1, 12)),
    ):
        limit = TimeLimit(days, LimitUnit.WORKING_DAY)
        assert compute(received, limit, before, DEFAULT_SESSIONS).due_date == old
        assert compute(received, limit, OFFICIAL, DEFAULT_SESSIONS).due_date == new
