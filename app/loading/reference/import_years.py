"""Imports the calendars of a workbook: checks each year, and leaves those that differ to be published."""

from app.catalogue.calendars import YearContent
from app.domain.working_days import CalendarStatus
from app.loading.reference.changes import Import, by_key
from app.loading.reference.forms import SPECIAL_DAYS, YEARS
from app.loading.reference.problems import wrong
from app.loading.reference.reading import Line


def import_years(work: Import) -> None:
    """Notes the changed days and years, and the content of each year to be published."""
    years = {line.values["year"]: line for line in work.table(YEARS).lines if not line.bad}
    bad = {line.values.get("year") for line in work.table(YEARS).lines if line.bad}
    before, days = by_key(YEARS, work.before), by_key(SPECIAL_DAYS, work.before)
    listed: dict[int, list[Line]] = {year: [] for year in years}
    changed = set()
    for line in work.table(SPECIAL_DAYS).lines:
        if line.bad:
            continue
        year = line.values["day"].year
        if year in bad:
            continue
        if year not in years:
            work.problems.add(line.place("day"), wrong("not_a_word", line.values["day"], ", ".join(map(str, years))))
            continue
        listed[year].append(line)
        if work.compare(line, days.get((line.values["day"],))):
            changed.add(year)
    for year, line in years.items():
        stored = before.get((year,))
        line.values["source"] = (stored or {}).get("source")
        here = {day.values["day"] for day in listed[year]}
        gone = {day for (day,) in days if day.year == year} - here if SPECIAL_DAYS.name in work.tables else set()
        if work.compare(line, stored) or year in changed or gone:
            with work.problems.noticed(lambda _pointer, line=line: line.place("year")):  # type: ignore[misc]
                work.years.append(_content(line, listed[year]))


def _content(line: Line, days: list[Line]) -> YearContent:
    def of(kind: str) -> frozenset[object]:
        return frozenset(day.values["day"] for day in days if day.values["kind"] == kind)

    return YearContent(
        year=line.values["year"],
        status=CalendarStatus(line.values["status"]),
        decision=line.values.get("decision"),
        days_off=of("off"),  # type: ignore[arg-type]
        working_days=of("worked"),  # type: ignore[arg-type]
        names={day.values["day"]: day.values["name"] for day in days if day.values.get("name")},
    )
