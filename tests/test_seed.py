"""The loaded reference data, and the answers of a worker's copy of them (rules §3, §4, §12)."""

import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import TypeVar

import pytest

from app.catalogue.cache import Reference, ReferenceCache, load, touch
from app.catalogue.calendars import YearContent, append_revision
from app.catalogue.provisional import provide_years, provisional_year
from app.catalogue.sessions import default_week
from app.database import Connection, Database
from app.database.tables import session_revisions
from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.codes import AgencyIdentifier
from app.domain.errors import Invalid
from app.domain.limits import LimitUnit, TimeLimit
from app.domain.working_days import CalendarStatus
from app.loading.reference.service import SeedSummary, seed_bac_tra_my
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.database_access import in_database

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OLD, NEW = date(2021, 8, 16), date(2026, 3, 2)
DATA = files("app.loading.reference") / "data"


def writing(url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def run(database: Database) -> T:
        async with database.writing() as connection:
            return await work(connection)

    return in_database(url, run)


@pytest.fixture
def reference(seeded_url: str) -> Reference:
    return writing(seeded_url, load)


# --- Loading ----------------------------------------------------------------------------------------------------------


def test_the_first_run_loads_everything_and_the_second_changes_nothing(database_url: str) -> None:
    first = in_database(database_url, lambda database: seed_bac_tra_my(database, NOW))
    assert first == SeedSummary(units=34, catalogues=2, procedures=65, calendar_years=10)
    before = writing(database_url, load)
    again = in_database(database_url, lambda database: seed_bac_tra_my(database, NOW + timedelta(days=1)))
    assert again == SeedSummary()
    after = writing(database_url, load)
    assert after.revision == before.revision
    assert (after.units, after.procedures, after.years) == (before.units, before.procedures, before.years)


def test_a_provisional_year_becomes_official(database_url: str) -> None:
    writing(database_url, lambda connection: provide_years(connection, [2026], NOW))
    in_database(database_url, lambda database: seed_bac_tra_my(database, NOW))
    year = writing(database_url, load).years[2026]
    assert (year.number, year.calendar.status) == (2, CalendarStatus.OFFICIAL)
    assert not year.calendar.is_working_day(date(2026, 1, 2))


def test_a_year_from_the_library_takes_over_the_reported_decision_and_stays_provisional(seeded_url: str) -> None:
    from_library = provisional_year(2027)
    writing(seeded_url, lambda connection: append_revision(connection, from_library, NOW))
    added = in_database(seeded_url, lambda database: seed_bac_tra_my(database, NOW))
    year = writing(seeded_url, load).years[2027]
    assert (added.calendar_years, year.number, year.calendar.status) == (1, 3, CalendarStatus.PROVISIONAL)
    assert "10065/VPCP-KGVX" in (year.calendar.decision or "")
    assert year.calendar.days_off == from_library.days_off


def test_loading_a_reported_year_again_moves_no_dossier(seeded_url: str) -> None:
    now = datetime(2026, 12, 30, 2, tzinfo=UTC)
    writing(seeded_url, lambda connection: append_revision(connection, provisional_year(2027), now))
    with Client(seeded_url, now) as client:
        body = guardianship(receiving_unit="20900", at="2026-12-30T09:00:00+07:00")
        clerk = client.token("clerk", "20900")
        before = client.post(DOSSIERS, body, token=clerk).json()
        in_database(seeded_url, lambda database: seed_bac_tra_my(database, now))
        after = client.get(f"{DOSSIERS}/{before['code']}", token=clerk).json()
        assert client.get("/api/v1/calendar/2027").json()["revision"] == 3
    assert (before["due_date"], before["provisional"]) == ("2027-01-05", True)
    assert (after["due_date"], after["provisional"], after["version"]) == ("2027-01-05", True, 1)


def test_a_year_with_a_decision_of_the_office_is_left_alone(seeded_url: str) -> None:
    content = replace(provisional_year(2027), decision="QĐ 1/2027")
    writing(seeded_url, lambda connection: append_revision(connection, content, NOW))
    assert in_database(seeded_url, lambda database: seed_bac_tra_my(database, NOW)) == SeedSummary()


def test_parents_and_successors_exist_on_the_dates_of_their_units(reference: Reference) -> None:
    for line in csv.DictReader((DATA / "units.csv").read_text(encoding="utf-8").splitlines()):
        unit = reference.unit(line["code"], date.fromisoformat(line["valid_from"]))
        assert unit.name == line["name"]
        AgencyIdentifier(unit.agency_identifier)
        parent = reference.units[unit.parent_id].code if unit.parent_id is not None else ""
        assert parent == line["parent_code"]
        if line["successor_code"]:
            assert unit.valid_to is not None
            assert unit.successor_id is not None
            successor = reference.units[unit.successor_id]
            assert successor.code == line["successor_code"]
            assert successor.valid_on(unit.valid_to + timedelta(days=1))


def test_agency_identifiers_are_unique(reference: Reference) -> None:
    identifiers = [unit.agency_identifier for unit in reference.units.values()]
    assert len(set(identifiers)) == len(identifiers)


def test_every_listed_date_of_the_calendars_has_a_name() -> None:
    years = json.loads((DATA / "calendar.json").read_text(encoding="utf-8"))["years"]
    assert sorted(years) == [str(year) for year in range(2018, 2028)]
    for year in years.values():
        assert set(year["names"]) == {*year["days_off"], *year["working_days"]}


def test_every_swapped_day_off_names_its_make_up_day() -> None:
    years = json.loads((DATA / "calendar.json").read_text(encoding="utf-8"))["years"]
    names = {day: name for year in years.values() for day, name in year["names"].items()}

    def named(name: str) -> str:
        day, month, year = (int(part) for part in name.rpartition(" ")[2].split("/"))
        return date(year, month, day).isoformat()

    off = {day: named(name) for day, name in names.items() if name.startswith("Nghỉ hoán đổi")}
    worked = {day: named(name) for day, name in names.items() if name.startswith("Làm bù")}
    assert len(off) == len(worked) == 6
    assert set(off.items()) == {(other, day) for day, other in worked.items()}


def test_procedures_have_no_gap_from_2018_on(reference: Reference) -> None:
    for procedure in reference.procedures.values():
        assert procedure.versions[0].effective_from == date(2018, 1, 1)
        for earlier, later in zip(procedure.versions, procedure.versions[1:], strict=False):
            assert earlier.effective_to == later.effective_from - timedelta(days=1)


def test_the_commune_is_responsible_after_the_end_of_the_district(reference: Reference) -> None:
    procedure = reference.procedure("2.000806")
    before = reference.version_on(procedure, date(2025, 6, 30))
    assert before.responsible_unit_id == reference.unit("515.03", OLD).id
    assert reference.version_on(procedure, date(2025, 7, 1)).responsible_unit_id is None


def test_a_channel_without_a_limit_is_not_offered(reference: Reference) -> None:
    (version,) = reference.procedure("1.003197").versions
    online = TimeLimit(5, LimitUnit.WORKING_DAY)
    assert version.limits == {"counter": None, "online": online, "postal": None}


def test_an_ended_procedure_is_not_in_force(reference: Reference) -> None:
    procedure = reference.procedure("9.000001")
    assert reference.version_on(procedure, date(2025, 6, 30)).version == 1
    with pytest.raises(Invalid) as refusal:
        reference.version_on(procedure, date(2025, 7, 1))
    assert refusal.value.code == "procedure_not_in_force"
    assert "2018-01-01 to 2025-06-30" in refusal.value.detail


# --- Units through succession -----------------------------------------------------------------------------------------


def test_a_code_means_the_unit_that_had_it_on_the_date(reference: Reference) -> None:
    assert reference.unit("20900", date(2025, 6, 30)).name == "Trà Sơn"
    assert reference.unit("20900", date(2025, 7, 1)).name == "Trà My"
    with pytest.raises(Invalid) as refusal:
        reference.unit("20899", NEW)
    assert refusal.value.code == "unit_not_valid"
    assert "succeeded by 20900 Trà My" in refusal.value.detail
    with pytest.raises(Invalid) as refusal:
        reference.unit(999, NEW)
    assert refusal.value.code == "unknown_unit"


def test_a_query_may_name_an_ended_unit_if_its_code_was_not_reused(reference: Reference) -> None:
    ended = reference.query_unit("20899", None, NEW)
    assert ended is not None
    assert ended.name == "Trà My"
    assert reference.query_unit(None, None, NEW) is None
    with pytest.raises(Invalid) as refusal:
        reference.query_unit("20900", None, date(2017, 1, 1))
    assert refusal.value.code == "ambiguous_unit"


def test_a_unit_means_its_successor_after_the_succession(reference: Reference) -> None:
    old, new = reference.unit("20899", OLD), reference.unit("20900", NEW)
    assert reference.unit_on(old.id, date(2025, 6, 30)) is old
    assert reference.unit_on(old.id, date(2025, 7, 1)) is new
    with pytest.raises(Invalid):
        reference.unit_on(new.id, OLD)
    with pytest.raises(Invalid):
        reference.unit_on(reference.unit("515", OLD).id, NEW)


def test_the_scope_of_a_token_has_subordinate_units_and_predecessors(reference: Reference) -> None:
    def names(code: str, named_on: date, on: date) -> list[str]:
        scope = reference.scope(reference.unit(code, named_on).id, on)
        assert scope is not None
        return sorted(reference.units[unit_id].name for unit_id in scope)

    assert reference.scope(None, NEW) is None
    assert names("20899", OLD, OLD) == ["Trà My"]
    assert names("20899", OLD, NEW) == ["Trà Dương", "Trà Giang", "Trà My", "Trà My", "Trà Sơn"]
    assert len(names("515", OLD, NEW)) == len(names("515", OLD, OLD)) == 27
    assert len(names("48", NEW, NEW)) == 34


def test_predecessors_are_all_units_that_it_replaced(reference: Reference) -> None:
    predecessors = reference.predecessors(reference.unit("20900", NEW).id)
    assert {reference.units[unit_id].code for unit_id in predecessors} == {"20899", "20900", "20911", "20914"}
    assert reference.predecessors(reference.unit("20899", OLD).id) == frozenset()


# --- Sessions and calendars of a date ---------------------------------------------------------------------------------


def test_a_receipt_has_the_opening_hours_known_at_its_time(seeded_url: str) -> None:
    week = [{**session, "to": "16:30"} if session["to"] == "17:00" else session for session in default_week()]

    async def work(connection: Connection) -> Reference:
        await touch(connection)
        row = {"unit_id": 17, "sessions": week, "recorded_at": NOW}
        await connection.insert(session_revisions, row)
        return await load(connection)

    reference = writing(seeded_url, work)
    assert reference.sessions(17, NOW - timedelta(seconds=1)) == (DEFAULT_SESSIONS, None)
    changed, revision = reference.sessions(17, NOW)
    assert revision is not None
    assert changed.week[0][-1].end == 16 * 60 + 30
    assert reference.sessions_of(revision) is changed
    assert reference.sessions(18, NOW) == (DEFAULT_SESSIONS, None)
    assert reference.week(17) == week
    version = reference.procedure("1.004837").versions[0]
    assert reference.law(version.id, 17, NOW) is reference.law(version.id, 17, NOW + timedelta(days=1))
    assert reference.law(version.id, 17, NOW).sessions is changed
    assert reference.law(version.id, 18, NOW).sessions is DEFAULT_SESSIONS


def test_a_deadline_can_be_recomputed_with_its_original_calendar(seeded_url: str) -> None:
    day = date(2026, 12, 24)
    before = writing(seeded_url, load)

    async def work(connection: Connection) -> Reference:
        await touch(connection)
        official = before.years[2026].calendar
        content = YearContent(
            2026, CalendarStatus.OFFICIAL, "mới", official.days_off | {day}, official.working_days, official.names
        )
        await append_revision(connection, content, NOW)
        return await load(connection)

    after = writing(seeded_url, work)
    first, last = before.years[2026].id, after.years[2026].id
    assert first != last
    assert not after.calendar.is_working_day(day)
    assert after.calendar_with([last]) is after.calendar
    former = after.calendar_with([first, after.years[2025].id])
    assert former.is_working_day(day)
    assert after.calendar_with([first]) is former
    version = after.procedure("1.004837").versions[0]
    assert after.law(version.id, 17, NOW, former).calendar is former


def test_a_workers_copy_is_reloaded_only_after_a_change(seeded_url: str) -> None:
    async def work(database: Database) -> None:
        cache = ReferenceCache()
        assert cache.peek() is None
        async with database.reading() as connection:
            first = await cache.current(connection)
            assert await cache.current(connection) is first
        async with database.writing() as connection:
            await touch(connection)
        async with database.reading() as connection:
            fresh = await cache.current(connection)
        assert fresh is not first
        assert fresh.revision == first.revision + 1
        assert cache.peek() is fresh

    in_database(seeded_url, work)
