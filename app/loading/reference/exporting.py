"""Writes the reference data and the people as rows of the workbook's sheets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.access.person_records import PersonRole, roles_of
from app.access.persons import Person, PersonState, person_from, select_persons
from app.catalogue.records import CHANNELS, RECEIVING, RESPONSIBLE, Procedure, Unit, Version
from app.catalogue.register import Reference, StoredYear
from app.catalogue.sessions import default_week
from app.database import Connection
from app.database.tables import persons
from app.domain.errors import Invalid
from app.domain.limits import TimeLimit
from app.loading.reference import forms

Values = Mapping[str, Any]
Rows = Mapping[str, Sequence[Values]]

PLACES = {"nơi tiếp nhận": RECEIVING, "nơi giải quyết": RESPONSIBLE}
_WORDS = {place: words for words, place in PLACES.items()}


class People(NamedTuple):
    """The people who are not gone, and their roles that were not taken back."""

    people: Sequence[Person]
    roles: Sequence[PersonRole]


async def read_people(connection: Connection) -> People:
    """All people and roles that the workbook has, by account name."""
    rows = await connection.all(select_persons().order_by(persons.c.account))
    people = [person for person in map(person_from, rows) if person.state is not PersonState.ENDED]
    roles = await roles_of(connection, [person.id for person in people]) if people else []
    return People(people, [role for role in roles if role.ended_at is None])


def rows_of(reference: Reference, people: People) -> Rows:
    """The rows of all sheets, by the names of the sheets."""
    procedures = sorted(reference.procedures.values(), key=lambda procedure: procedure.code)
    versions = [(procedure, version) for procedure in procedures for version in procedure.versions]
    units = sorted(reference.units.values(), key=lambda unit: (unit.code, unit.valid_from))
    years = sorted(reference.years.values(), key=lambda year: year.calendar.year)
    return {
        forms.UNITS.name: [_unit(reference, unit) for unit in units],
        forms.CATALOGUES.name: [
            {name: getattr(catalogue, name) for name in ("name", "decision", "min_days", "max_days")}
            for catalogue in sorted(reference.catalogues.values(), key=lambda catalogue: catalogue.name)
        ],
        forms.PROCEDURES.name: [_procedure(reference, procedure) for procedure in procedures],
        forms.VERSIONS.name: [_version(reference, *version) for version in versions],
        forms.DOCUMENTS.name: [
            {**_key(*version), **{name: paper.get(name) for name in forms.PAPER}}
            for version in versions
            for paper in version[1].documents
        ],
        forms.RESULTS.name: [
            {**_key(*version), "id": result.get("code"), "name": result["name"]}
            for version in versions
            for result in version[1].results
        ],
        forms.STEPS.name: [
            {**_key(*version), "unit": _place(reference, step.unit, version[1]), "name": step.name}
            | {"limit": _limit(step.limit)}
            for version in versions
            for step in version[1].route
        ],
        forms.SPECIAL.name: [
            {**_key(*version), **rule} for version in versions for rule in _special(reference, version[1])
        ],
        forms.YEARS.name: [
            {"year": year.calendar.year, "status": year.calendar.status.value, "decision": year.calendar.decision}
            | {"source": year.source}
            for year in years
        ],
        forms.SPECIAL_DAYS.name: [
            {"day": day, "kind": kind, "name": year.calendar.names.get(day)}
            for year in years
            for day, kind in _days(year)
        ],
        forms.PEOPLE.name: [
            {column.key: getattr(person, column.key) for column in forms.PEOPLE.columns} for person in people.people
        ],
        forms.PERSON_ROLES.name: _roles(reference, people),
    }


def _days(year: StoredYear) -> Sequence[tuple[date, str]]:
    off = [(day, "off") for day in year.calendar.days_off]
    return sorted(off + [(day, "worked") for day in year.calendar.working_days])


def unit_cell(reference: Reference, unit_id: int | None, on: date) -> str | None:
    """The code of a unit; with its first day if the code alone means another unit on the date."""
    if unit_id is None:
        return None
    unit = reference.units[unit_id]
    try:
        plain = reference.unit(unit.code, on).id == unit_id
    except Invalid:
        plain = False
    return unit.code if plain else f"{unit.code}@{unit.valid_from}"


def _unit(reference: Reference, unit: Unit) -> Values:
    week = reference.week(unit.id)
    after = unit.valid_to + timedelta(days=1) if unit.valid_to else unit.valid_from
    same = ("code", "valid_from", "valid_to", "kind", "type", "name", "agency_identifier", "address", "phone")
    return {
        **{name: getattr(unit, name) for name in same},
        "parent": unit_cell(reference, unit.parent_id, unit.valid_from),
        "successor": unit_cell(reference, unit.successor_id, after),
        "sessions": None if list(week) == default_week() else week_value(week),
        "traits": unit.traits,
        "fields": unit.fields,
    }


def week_value(week: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, str, str, bool], ...]:
    """The openings of a week in the form of cells."""
    openings = ((item["weekday"], item["from"], item["to"], item["reception_only"]) for item in week)
    return tuple(sorted(openings))


def _procedure(reference: Reference, procedure: Procedure) -> Values:
    values = {name: getattr(procedure, name) for name in ("code", "name", "field", "level", "note")}
    return {**values, "catalogue": reference.catalogues[procedure.catalogue_id].name}


def _key(procedure: Procedure, version: Version) -> Values:
    return {"code": procedure.code, "effective_from": version.effective_from}


def _version(reference: Reference, procedure: Procedure, version: Version) -> Values:
    same = ("effective_to", "fee", "max_supplement_requests", "max_extension", "legal_basis")
    return {
        **_key(procedure, version),
        **{name: getattr(version, name) for name in same},
        **{channel: _limit(version.limits.get(channel)) for channel in CHANNELS},
        "clock_policy": version.clock_policy.value,
        "responsible_unit": unit_cell(reference, version.responsible_unit_id, version.effective_from),
    }


def _limit(limit: TimeLimit | None) -> tuple[int | None, str] | None:
    return None if limit is None else (limit.amount, limit.unit.value)


def _place(reference: Reference, unit: int | str, version: Version) -> str | None:
    return _WORDS[unit] if isinstance(unit, str) else unit_cell(reference, unit, version.effective_from)


def _special(reference: Reference, version: Version) -> Iterator[Values]:
    rules = version.rules
    if cut_off := rules.get("cut_off"):
        yield {"rule": "cut_off", "time": cut_off.get("time") or str(cut_off["minutes_before_closing"])}
    for condition in rules.get("conditions", ()):
        limit = _stored(condition.get("limit"))
        yield {"rule": "condition", "id": condition["code"], "name": condition["name"], "limit": limit} | {
            "days": condition.get("days"),
            "basis": condition["legal_basis"],
        }
    for area in rules.get("area_surcharges", ()):
        yield {"rule": "area", "id": area["trait"], "days": area["days"], "basis": area["legal_basis"]}
    for local in rules.get("local_limits", ()):
        limits = {channel: _stored(local["limits"].get(channel)) for channel in CHANNELS}
        unit = unit_cell(reference, local["unit"], version.effective_from)
        yield {"rule": "local", "id": unit, **limits, "basis": local["decision"]}
    if "supplement_within" in rules:
        yield {"rule": "supplement_within", "limit": _stored(rules["supplement_within"])}
    if rules.get("outage_suspends"):
        yield {"rule": "outage"}


def _stored(limit: Mapping[str, Any] | None) -> tuple[int | None, str] | None:
    return None if limit is None else (limit.get("amount"), limit["unit"])


def _roles(reference: Reference, people: People) -> Sequence[Values]:
    accounts = {person.id: person.account for person in people.people}
    rows = [
        {
            "account": accounts[role.person_id],
            "role": str(role.role),
            "unit": unit_cell(reference, role.unit_id, role.valid_from),
            "valid_from": role.valid_from,
            "valid_to": role.valid_to,
        }
        for role in people.roles
    ]
    return sorted(rows, key=lambda row: (row["account"], row["role"], row["unit"] or "", row["valid_from"]))
