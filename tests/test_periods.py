"""Named periods: their dates, their titles in reports, and unknown names."""

from datetime import date, timedelta

import pytest

from app.domain.errors import Invalid
from app.statistics.on_time.periods import dates, named_period

JANUARY_TO_DECEMBER = [f"{month:02}" for month in range(1, 13)]
QUARTERS, HALVES = ("Q1", "Q2", "Q3", "Q4"), ("H1", "H2")


@pytest.mark.parametrize(
    ("name", "first", "last", "title"),
    [
        ("2025-03", "2025-03-01", "2025-03-31", "Tháng 3 năm 2025"),
        ("2024-02", "2024-02-01", "2024-02-29", "Tháng 2 năm 2024"),
        ("2025-Q1", "2025-01-01", "2025-03-31", "Quý I năm 2025"),
        ("2025-Q4", "2025-10-01", "2025-12-31", "Quý IV năm 2025"),
        ("2025-H1", "2025-01-01", "2025-06-30", "6 tháng đầu năm 2025"),
        ("2025-H2", "2025-07-01", "2025-12-31", "6 tháng cuối năm 2025"),
        ("2025", "2025-01-01", "2025-12-31", "Năm 2025"),
        ("statutory-2025-01", "2024-12-15", "2025-01-14", "Tháng 1 năm 2025"),
        ("statutory-2025-03", "2025-02-15", "2025-03-14", "Tháng 3 năm 2025"),
        ("statutory-2025-Q1", "2024-12-15", "2025-03-14", "Quý I năm 2025"),
        ("statutory-2025-Q2", "2025-03-15", "2025-06-14", "Quý II năm 2025"),
        ("statutory-2025-H1", "2024-12-15", "2025-06-14", "6 tháng đầu năm 2025"),
        ("statutory-2025-H2", "2025-06-15", "2025-12-14", "6 tháng cuối năm 2025"),
        ("statutory-2025", "2024-12-15", "2025-12-14", "Năm 2025"),
    ],
)
def test_a_name_has_its_dates_and_title(name: str, first: str, last: str, title: str) -> None:
    period = named_period(name)
    assert (period.first.isoformat(), period.last.isoformat(), period.title("vi")) == (first, last, title)


@pytest.mark.parametrize("prefix", ["", "statutory-"])
@pytest.mark.parametrize("parts", [JANUARY_TO_DECEMBER, QUARTERS, HALVES], ids=["months", "quarters", "halves"])
def test_the_parts_of_a_year_are_consecutive_and_complete(prefix: str, parts: list[str]) -> None:
    year = named_period(f"{prefix}2024")
    periods = [named_period(f"{prefix}2024-{part}") for part in parts]
    assert (periods[0].first, periods[-1].last) == (year.first, year.last)
    assert [period.first for period in periods[1:]] == [period.last + timedelta(days=1) for period in periods[:-1]]


@pytest.mark.parametrize("prefix", ["", "statutory-"])
def test_years_are_consecutive(prefix: str) -> None:
    assert named_period(f"{prefix}2025").first == named_period(f"{prefix}2024").last + timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "title"),
    [("2025-03", "Month 3 of 2025"), ("2025-Q3", "Quarter III of 2025"), ("2025-H2", "Second half of 2025")],
)
def test_titles_are_english_on_request(name: str, title: str) -> None:
    assert named_period(name).title("en") == title
    assert named_period(f"statutory-{name}").title("en") == title


@pytest.mark.parametrize(
    "name",
    [
        *("", "25", "2025-", "-2025", "2025-13", "2025-00", "2025-3", "2025-Q0", "2025-Q5", "2025-H3", "2025-q1"),
        *("2025Q1", "2025-03-01", "2025-03 ", "２０２５", "1900", "2201", "statutory", "statutory-", "Statutory-2025"),
    ],
)
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        named_period(name)
    assert (refused.value.code, refused.value.extra) == ("period_unknown", {"pointer": "/period"})


def test_dates_are_unchanged_without_a_name() -> None:
    first, last = date(2025, 2, 3), date(2025, 2, 4)
    assert dates(None, first, last) == (first, last)
    assert dates(None, None, None) == (None, None)
    assert dates("2025-02", None, None) == (date(2025, 2, 1), date(2025, 2, 28))


@pytest.mark.parametrize("given", [(date(2025, 2, 3), None), (None, date(2025, 2, 3))])
def test_a_name_beside_dates_is_refused(given: tuple[date | None, date | None]) -> None:
    with pytest.raises(Invalid) as refused:
        dates("2025-02", *given)
    assert refused.value.code == "period_twice"
