"""Loads the reference data of Bắc Trà My: units, procedures, and the working calendars of 2018 to 2027."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import Table, bindparam, select, update

from app.catalogue.bounds import check_limits, check_route, within_bounds
from app.catalogue.cache import Reference, ReferenceCache, load, touch
from app.catalogue.calendars import YearContent
from app.catalogue.exclusion import exclusive_guard
from app.catalogue.records import CHANNELS, Catalogue
from app.database import Connection, Database, Prepared
from app.database.tables import catalogues, procedure_versions, procedures, units
from app.domain.limits import LimitUnit, TimeLimit
from app.domain.state import limit_data
from app.domain.terms import Step
from app.domain.working_days import CalendarStatus
from app.dossiers.reforms.publishing import publication
from app.dossiers.reforms.worker import ReformWorker
from app.ledger.entries import COMMAND_LINE
from app.ledger.service import record
from app.text_input import fold

# The database gives their ids.
BOUNDED = Catalogue(0, "Thủ tục có thời hạn từ 2 đến 20 ngày", None, 2, 20)
UNBOUNDED = Catalogue(0, "Thủ tục giải quyết trong ngày và thủ tục có thời hạn khác", None, None, None)

# The client in journal entries of dossiers that a new official calendar re-dates.
_CLIENT = "motcua seed"

_SUCCEED = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(successor_id=bindparam("successor", type_=units.c.id.type))
)

# Tables whose new rows the ledger gets.
_HELD = (units, catalogues, procedures, procedure_versions)

Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeedSummary:
    """Numbers of added rows; all zero if everything existed."""

    units: int = 0
    catalogues: int = 0
    procedures: int = 0
    calendar_years: int = 0


async def seed_bac_tra_my(database: Database, now: datetime) -> SeedSummary:
    """Adds missing reference data. Existing data stay unchanged.

    A unit exists if its code and first day do, a procedure by its code, a catalogue by its name, and a year as
    `_is_there` says. `now` is the recording time of the calendars. Each year is a reform of its own, after all else.
    """
    async with database.writing() as connection:
        if _is_complete(await load(connection)):
            return SeedSummary()
        await exclusive_guard(connection)
        await touch(connection)
        before = {table: await _ids(connection, table) for table in _HELD}
        added = SeedSummary(
            units=await _add_units(connection, "units.csv"),
            catalogues=await _add_catalogues(connection),
            procedures=await _add_procedures(connection),
        )
        rows = {table: await _ids(connection, table) - before[table] for table in _HELD}
        await record(connection, rows, COMMAND_LINE, now)
        reference = await load(connection)
    return replace(added, calendar_years=await _add_years(database, reference, now))


async def add_departments(database: Database, now: datetime) -> int:
    """Adds the missing departments of today's communes, and returns their number. The communes must be there."""
    async with database.writing() as connection:
        await touch(connection)
        before = await _ids(connection, units)
        added = await _add_units(connection, "departments.csv")
        await record(connection, {units: await _ids(connection, units) - before}, COMMAND_LINE, now)
    return added


async def _ids(connection: Connection, table: Table) -> set[int]:
    return {row.id for row in await connection.all(select(table.c.id))}


def _is_complete(reference: Reference) -> bool:
    present = {(unit.code, unit.valid_from) for unit in reference.units.values()}
    return (
        all((line["code"], _day(line["valid_from"])) in present for line in _lines("units.csv"))
        and all(reference.find_procedure(line["code"]) for line in _lines("procedures.csv"))
        and {BOUNDED.name, UNBOUNDED.name} <= {catalogue.name for catalogue in reference.catalogues.values()}
        and all(_is_there(reference, year, content) for year, content in _years().items())
    )


# --- Units ------------------------------------------------------------------------------------------------------------


async def _add_units(connection: Connection, file: str) -> int:
    reference = await load(connection)
    present = {(unit.code, unit.valid_from) for unit in reference.units.values()}
    missing = [line for line in _lines(file) if (line["code"], _day(line["valid_from"])) not in present]
    for line in missing:
        parent = line["parent_code"]
        row = {name: line[name] for name in ("code", "name", "kind", "type", "agency_identifier")}
        dates = {"valid_from": _day(line["valid_from"]), "valid_to": _day_or_none(line["valid_to"])}
        parent_id = reference.unit(parent, dates["valid_from"] or date.min).id if parent else None
        counter = {"address": line["address"] or None, "phone": line["phone"] or None}
        fields = line["fields"].split("; ") if line["fields"] else []
        await connection.insert(units, {**row, **dates, **counter, "fields": fields, "parent_id": parent_id})
        reference = await load(connection)
    for line in missing:
        if line["successor_code"]:
            last = _day(line["valid_to"])
            unit, successor = reference.unit(line["code"], last), line["successor_code"]
            await connection.run(
                _SUCCEED, unit=unit.id, successor=reference.unit(successor, last + timedelta(days=1)).id
            )
    return len(missing)


# --- Catalogues and procedures ----------------------------------------------------------------------------------------


async def _add_catalogues(connection: Connection) -> int:
    present = {catalogue.name for catalogue in (await load(connection)).catalogues.values()}
    missing = [catalogue for catalogue in (BOUNDED, UNBOUNDED) if catalogue.name not in present]
    columns = ("name", "decision", "min_days", "max_days")
    rows = [{name: getattr(catalogue, name) for name in columns} for catalogue in missing]
    await connection.insert_many(catalogues, rows)
    return len(missing)


async def _add_procedures(connection: Connection) -> int:
    reference = await load(connection)
    by_code: dict[str, list[Line]] = defaultdict(list)
    for line in _lines("procedures.csv"):
        by_code[line["code"]].append(line)
    missing = {code: lines for code, lines in by_code.items() if reference.find_procedure(code) is None}
    for lines in missing.values():
        await _add_procedure(connection, reference, lines)
    return len(missing)


async def _add_procedure(connection: Connection, reference: Reference, lines: Sequence[Line]) -> None:
    limits = [limit for line in lines for limit in _limits(line).values() if limit is not None]
    bounded = all(within_bounds(BOUNDED.min_days, BOUNDED.max_days, limit) for limit in limits)
    name = (BOUNDED if bounded else UNBOUNDED).name
    catalogue = next(candidate for candidate in reference.catalogues.values() if candidate.name == name)
    first = lines[0]
    procedure_id = await connection.insert(
        procedures,
        {
            **{column: first[column] for column in ("code", "name", "field", "level")},
            "name_folded": fold(first["name"]),
            "catalogue_id": catalogue.id,
            "note": first["note"] or None,
        },
    )
    for number, line in enumerate(lines, start=1):
        check_limits(catalogue, _limits(line))
        row = {"procedure_id": procedure_id, "version": number, **_version(reference, line)}
        await connection.insert(procedure_versions, row)


def _version(reference: Reference, line: Line) -> dict[str, Any]:
    limits, start = _limits(line), _day(line["effective_from"])
    route = [
        Step(step["unit"], step["name"], TimeLimit(int(step["share"]), LimitUnit(line["unit"])))
        for step in _lines("routes.csv")
        if step["code"] == line["code"] and _day(step["effective_from"]) == start
    ]
    check_route(limits, route)
    office = line["responsible_unit"]
    return {
        "effective_from": start,
        "effective_to": _day_or_none(line["effective_to"]),
        "limits": {channel: limit_data(limit) if limit else None for channel, limit in limits.items()},
        "clock_policy": "exclude",
        "responsible_unit_id": reference.unit(office, start).id if office else None,
        "fee": int(line["fee_vnd"]) if line["fee_vnd"] else None,
        "documents": _papers(line["code"]),
        "results": _results(line["code"]),
        "route": [
            {"unit": step.unit, "name": step.name, "limit": limit_data(step.limit) if step.limit else None}
            for step in route
        ],
        "legal_basis": line["legal_basis"] or None,
        "max_supplement_requests": 1,
        "max_extension": int(line["max_extension"]),
    }


def _papers(code: str) -> list[dict[str, Any]]:
    return [
        {"name": paper["name"], "form": paper["form"], "copies": int(paper["copies"])}
        | ({"when": paper["when"]} if paper["when"] else {})
        for paper in _lines("papers.csv")
        if paper["code"] == code
    ]


def _results(code: str) -> list[dict[str, str]]:
    return [
        {"name": result["name"]} | ({"code": result["result_code"]} if result["result_code"] else {})
        for result in _lines("results.csv")
        if result["code"] == code
    ]


def _limits(line: Line) -> dict[str, TimeLimit | None]:
    unit = LimitUnit(line["unit"])
    return {
        channel: TimeLimit(None if unit is LimitUnit.SAME_DAY else int(line[channel]), unit) if line[channel] else None
        for channel in CHANNELS
    }


# --- Calendars --------------------------------------------------------------------------------------------------------


async def _add_years(database: Database, reference: Reference, now: datetime) -> int:
    missing = {year: content for year, content in _years().items() if not _is_there(reference, year, content)}
    worker = ReformWorker(database, ReferenceCache(), lambda: now)
    for year, content in missing.items():
        # A publication re-dates dossiers received under a provisional calendar of that year.
        await worker.carried_out(publication(_CLIENT, _year(year, content), expect=lambda _revision: None))
    return len(missing)


def _is_there(reference: Reference, year: int, content: Mapping[str, Any]) -> bool:
    """True if the latest revision of the year is official, or names a decision and the file has no official one."""
    stored = reference.years.get(year)
    if stored is None or stored.calendar.status is CalendarStatus.OFFICIAL:
        return stored is not None
    return content["status"] == CalendarStatus.PROVISIONAL and stored.calendar.decision is not None


def _years() -> dict[int, Mapping[str, Any]]:
    return {int(year): content for year, content in json.loads(_text("calendar.json"))["years"].items()}


def _year(year: int, content: Mapping[str, Any]) -> YearContent:
    return YearContent(
        year=year,
        status=CalendarStatus(content["status"]),
        decision=content["decision"],
        days_off=frozenset(map(_day, content["days_off"])),
        working_days=frozenset(map(_day, content["working_days"])),
        names={_day(day): name for day, name in content["names"].items()},
    )


# --- The files --------------------------------------------------------------------------------------------------------


def _lines(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    return (files("app.loading.reference") / "data" / name).read_text(encoding="utf-8")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str) -> date | None:
    return _day(text) if text else None
