"""Adds and changes units (rules §12); a succession is a reform."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, update

from app.catalogue.cache import Reference, load, touch
from app.catalogue.exclusion import exclusive_guard
from app.catalogue.queries import binding_dossiers
from app.catalogue.records import Unit
from app.catalogue.schemas import SessionIn, UnitIn, UnitPatch
from app.catalogue.sessions import default_week, working_sessions
from app.database import Connection, Prepared
from app.database.tables import session_revisions, units
from app.domain.codes import AgencyIdentifier
from app.domain.errors import Conflict, Invalid, NotFound
from app.ledger.entries import Author
from app.ledger.service import record

# A parent has a lower rank than the unit. A commune may have offices.
_RANK = {"province": 0, "district": 1, "commune": 2, "office": 3}
_REQUIRED = ("name", "type", "agency_identifier")
_LISTS = ("traits", "fields")

_COLUMNS = ("name", "type", "agency_identifier", "parent_id", "address", "phone", "traits", "fields", "valid_to")
_UPDATE = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(
        version=units.c.version + 1,
        **{name: bindparam(f"new_{name}", type_=units.c[name].type) for name in _COLUMNS},
    )
)


async def create_unit(connection: Connection, body: UnitIn, author: Author, now: datetime) -> tuple[Reference, Unit]:
    """Adds a unit, and returns the reference data with it (rules §12).

    Raises Invalid for wrong input, and Conflict `code_in_use` if another unit has the code at the same time.
    """
    await touch(connection)
    unit_id, sessions = await insert_unit(connection, await load(connection), body, now)
    await record(connection, {units: [unit_id], session_revisions: sessions}, author, now)
    reference = await load(connection)
    return reference, reference.unit(body.code, body.valid_from)


async def insert_unit(
    connection: Connection, reference: Reference, body: UnitIn, now: datetime
) -> tuple[int, Sequence[int]]:
    """Adds a unit to the `reference` data without a record in the ledger; its id and the revisions of its sessions.

    Raises as `create_unit`.
    """
    _check_validity(reference, body.code, body.valid_from, body.valid_to, None)
    parent_id = _parent(reference, body.parent, body.kind, body.valid_from)
    week = _week(body.sessions)
    row = body.model_dump(
        include={"code", "name", "kind", "type", "address", "phone", "traits", "fields", "valid_from", "valid_to"}
    )
    identifier = _identifier(body.agency_identifier)
    unit_id = await connection.insert(units, {**row, "agency_identifier": identifier, "parent_id": parent_id})
    assert unit_id is not None  # the database gives the key
    return unit_id, [] if body.sessions is None else [await _set_sessions(connection, unit_id, week, now)]


async def change_unit(
    connection: Connection,
    unit_id: int,
    body: UnitPatch,
    author: Author,
    now: datetime,
    require: Callable[[int], None],
) -> tuple[Reference, Unit]:
    """Changes the given fields of a unit (rules §12).

    `require` gets its version, and refuses it if the client expects another. Raises NotFound `unknown_unit`, Invalid
    for wrong input, and Conflict if the unit cannot end yet.
    """
    named = body.model_fields_set
    if "valid_to" in named:
        # Before `touch`, as in reforms: one order of locks prevents deadlocks.
        await exclusive_guard(connection)
    await touch(connection)
    reference = await load(connection)
    unit = reference.units.get(unit_id)
    if unit is None:
        raise NotFound("unknown_unit", f"There is no unit with the id {unit_id}.")
    require(unit.version)
    if not named:
        return reference, unit
    sessions = await update_unit(connection, reference, unit, body, now)
    await record(connection, {units: [unit.id], session_revisions: sessions}, author, now)
    reference = await load(connection)
    return reference, reference.units[unit.id]


async def update_unit(
    connection: Connection, reference: Reference, unit: Unit, body: UnitPatch, now: datetime
) -> Sequence[int]:
    """Changes a unit of the `reference` data without a record in the ledger; the revisions of its sessions.

    Raises as `change_unit`. For another end the caller has `exclusive_guard`.
    """
    named = body.model_fields_set
    new = _changed(reference, unit, body, named)
    if new["valid_to"] != unit.valid_to:
        await _check_end(connection, reference, unit, new["valid_to"])
    await connection.run(_UPDATE, unit=unit.id, **{f"new_{name}": new[name] for name in _COLUMNS})
    if "sessions" not in named:
        return []
    return [await _set_sessions(connection, unit.id, _week(body.sessions), now)]


def _changed(reference: Reference, unit: Unit, body: UnitPatch, named: set[str]) -> Mapping[str, Any]:
    new: dict[str, Any] = {name: getattr(unit, name) for name in _COLUMNS}
    new |= {name: list(new[name]) for name in _LISTS}
    for name in named - {"parent", "sessions"}:
        value = getattr(body, name)
        if value is None and name in _REQUIRED:
            raise Invalid("field_needed", f"A unit needs its {name}.", pointer=f"/{name}")
        if name in _LISTS:
            value = value or []
        new[name] = _identifier(value) if name == "agency_identifier" else value
    if "parent" in named:
        new["parent_id"] = _parent(reference, body.parent, unit.kind, unit.valid_from)
    return new


async def _check_end(connection: Connection, reference: Reference, unit: Unit, valid_to: date | None) -> None:
    """Refuses another end of a succeeded unit, and any end of a unit with dossiers that are not closed (rules §12)."""
    if unit.successor_id is not None:
        raise Conflict("unit_succeeded", f"The unit was succeeded: {unit.described}.", pointer="/valid_to")
    if reference.reform is not None:
        # Dossiers may still move to the unit.
        detail = "Dossiers still follow a succession or a calendar: repeat the request in a moment."
        raise Conflict("reform_running", detail, pointer="/valid_to")
    _check_validity(reference, unit.code, unit.valid_from, valid_to, unit)
    if valid_to is None:
        return
    taken_over = [reference.units[predecessor].valid_to for predecessor in reference.predecessors(unit.id)]
    if any(last_day is not None and valid_to <= last_day for last_day in taken_over):
        raise Invalid("period_invalid", "A unit cannot end before it took over from another.", pointer="/valid_to")
    number, codes = await binding_dossiers(connection, unit.id)
    if number:
        raise Conflict(
            "unit_has_dossiers",
            f"{number} dossiers of the unit are not closed: it ends by succession, or after they were transferred.",
            pointer="/valid_to",
            count=number,
            dossiers=codes,
        )


def _check_validity(reference: Reference, code: str, start: date, end: date | None, itself: Unit | None) -> None:
    if end is not None and end < start:
        raise Invalid("period_invalid", "A unit cannot end before it begins.", pointer="/valid_to")
    for other in reference.units.values():
        apart = (end is not None and end < other.valid_from) or (other.valid_to is not None and other.valid_to < start)
        if other.code == code and other is not itself and not apart:
            raise Conflict("code_in_use", f"The code is in use then: {other.described}.", pointer="/code")


def _parent(reference: Reference, named: str | int | None, kind: str, on: date) -> int | None:
    if named is None:
        return None
    parent = reference.unit(named, on, pointer="/parent")
    if _RANK[parent.kind] >= _RANK[kind]:
        raise Invalid("parent_invalid", f"A {parent.kind} is not above a {kind}.", pointer="/parent")
    return parent.id


def _identifier(text: str) -> str:
    try:
        return AgencyIdentifier(text).text
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, pointer="/agency_identifier") from None


def _week(sessions: Sequence[SessionIn] | None) -> list[dict[str, Any]]:
    if sessions is None:
        return default_week()
    week = [session.model_dump(by_alias=True) for session in sessions]
    working_sessions(week)
    return sorted(week, key=lambda session: (session["weekday"], session["from"]))


async def _set_sessions(connection: Connection, unit_id: int, week: Any, now: datetime) -> int:
    """Stores a revision of the sessions: it applies to later receipts (rules §3). Its id."""
    row = {"unit_id": unit_id, "sessions": week, "recorded_at": now}
    revision = await connection.insert(session_revisions, row)
    assert revision is not None  # the database gives the key
    return revision
