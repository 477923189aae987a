"""Imports the units of a workbook: changes, then additions from the highest level down, then successions."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, update

from app.catalogue.cache import load
from app.catalogue.records import Unit
from app.catalogue.register import Reference
from app.catalogue.schemas import UnitIn, UnitPatch
from app.catalogue.service import insert_unit, update_unit
from app.database import Prepared
from app.database.tables import session_revisions, units
from app.domain.errors import Invalid
from app.loading.reference.changes import Import, by_key
from app.loading.reference.forms import KINDS, UNITS
from app.loading.reference.problems import wrong
from app.loading.reference.reading import Line, key_of, not_changeable

_SUCCEED = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(successor_id=bindparam("successor", type_=units.c.id.type))
)
_FIXED = ("kind",)


async def import_units(work: Import) -> None:
    """Adds and changes the units of the workbook."""
    before = by_key(UNITS, work.before)
    new: list[Line] = []
    moved: list[tuple[Line, set[str]]] = []
    for line in work.table(UNITS).lines:
        if line.bad:
            continue
        stored = before.get(key_of(UNITS.key, line.values))
        differing = work.compare(line, stored, partial(_same, work.reference, line))
        if stored is None:
            new.append(line)
        elif differing:
            await _change(work, line, differing - {"parent"}, stored)
            moved.append((line, differing & {"parent"}))
    await _add(work, new)
    for line, differing in moved:
        if differing:
            await _change(work, line, differing, {})


def unit_named(reference: Reference, cell: str, on: date, pointer: str) -> Unit:
    """The unit of a cell: its code on the date, or code@day. Raises Invalid as `Reference.unit`."""
    code, mark, day = cell.partition("@")
    if mark:
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise Invalid("unknown_unit", f"There is no unit {cell}.", pointer=pointer) from None
    return reference.unit(code, on, pointer)


def same_unit(reference: Reference, old: str | None, new: str | None, on: date) -> bool:
    """Whether two cells name the same unit."""
    if old is None or new is None:
        return False
    try:
        return unit_named(reference, old, on, "").id == unit_named(reference, new, on, "").id
    except Invalid:
        return False


def _same(reference: Reference, line: Line, key: str, old: Any, new: Any) -> bool:
    first, last = line.values["valid_from"], line.values.get("valid_to")
    if key == "parent":
        return same_unit(reference, old, new, first)
    return key == "successor" and last is not None and same_unit(reference, old, new, last + timedelta(days=1))


async def _change(work: Import, line: Line, differing: set[str], stored: Mapping[str, Any]) -> None:
    for name in differing.intersection(_FIXED):
        work.problems.add(line.place(name), not_changeable(line, name, stored[name]))
    if "successor" in differing:
        work.problems.add(line.place("successor"), wrong("succession_needed"))
    named = differing - {*_FIXED, "successor"}
    if not named or differing - named:
        return
    unit = work.reference.unit(line.values["code"], line.values["valid_from"])
    with work.problems.noticed(lambda pointer: _place(line, pointer)):
        body = UnitPatch.model_validate(_body(work, line, named))
        work.touch(session_revisions, await update_unit(work.connection, work.reference, unit, body, work.now))
        work.touch(units, [unit.id])
        work.reference = await load(work.connection) if named & {"valid_to"} else work.reference


async def _add(work: Import, lines: list[Line]) -> None:
    added: list[tuple[Line, int]] = []
    for kind in KINDS.values():
        level = [line for line in lines if line.values["kind"] == kind]
        for line in level:
            with work.problems.noticed(lambda pointer, line=line: _place(line, pointer)):  # type: ignore[misc]
                names = {column.key for column in UNITS.columns} & line.values.keys() - {"successor"}
                body = UnitIn.model_validate(_body(work, line, names))
                unit_id, sessions = await insert_unit(work.connection, work.reference, body, work.now)
                work.touch(units, [unit_id])
                work.touch(session_revisions, sessions)
                added.append((line, unit_id))
        if level:
            work.reference = await load(work.connection)
    for line, unit_id in added:
        if line.values.get("successor"):
            await _succeed(work, line, unit_id)
    work.reference = await load(work.connection)


async def _succeed(work: Import, line: Line, unit_id: int) -> None:
    """Sets the successor of a unit that has no dossiers, because this import adds it."""
    last = line.values.get("valid_to")
    with work.problems.noticed(lambda _pointer: line.place("successor")):
        if last is None:
            raise Invalid("period_invalid", "A unit with a successor has a last day.")
        successor = unit_named(work.reference, line.values["successor"], last + timedelta(days=1), "")
        await work.connection.run(_SUCCEED, unit=unit_id, successor=successor.id)


def _body(work: Import, line: Line, names: set[str]) -> dict[str, Any]:
    body = {name: line.values[name] for name in names}
    if body.get("parent") is not None:
        body["parent"] = unit_named(work.reference, body["parent"], line.values["valid_from"], "/parent").id
    if body.get("sessions") is not None:
        names_of_parts = ("weekday", "from", "to", "reception_only")
        body["sessions"] = [dict(zip(names_of_parts, opening, strict=True)) for opening in body["sessions"]]
    for name in ("traits", "fields"):
        if name in body:
            body[name] = list(body[name])
    return body


def _place(line: Line, pointer: str) -> Any:
    name = pointer.split("/")[1] if "/" in pointer else ""
    return line.place(name if name in line.values else None)
