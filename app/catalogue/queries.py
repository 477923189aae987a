"""What is read of reference data: lists in pages out of the worker's copy, and the dossiers that bind a unit."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, or_, select

from app.catalogue.cache import Reference
from app.catalogue.records import Procedure, Unit
from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.domain.errors import NotFound
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.text_input import fold

T = TypeVar("T")

_OF_UNIT = ~dossiers.c.closed & or_(
    dossiers.c.responsible_unit_id == bindparam("unit"),
    dossiers.c.holder_unit_id == bindparam("unit"),
    dossiers.c.counter_unit_id == bindparam("unit"),
)
_COUNT = Prepared(select(func.count().label("number")).select_from(dossiers).where(_OF_UNIT))
_FIRST = Prepared(select(dossiers.c.code).where(_OF_UNIT).order_by(dossiers.c.code).limit(20))


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """Which units to list; an empty collection and None filter nothing."""

    kinds: Collection[str]
    parents: Collection[int]
    on: date | None


@dataclass(frozen=True, slots=True)
class ProcedureFilter:
    """Which procedures to list, as of `on`; an empty collection and None filter nothing.

    `text` is part of the code or of the name, `fields` the names of fields, all without regard to case and accents;
    `units` answer for the version in force.
    """

    text: str | None
    fields: Collection[str]
    levels: Collection[str]
    units: Collection[int]
    catalogues: Collection[int]
    on: date


async def binding_dossiers(connection: Connection, unit_id: int) -> tuple[int, list[str]]:
    """How many dossiers that are not closed have the unit as responsible, holder or counter, and their first codes."""
    number = await connection.scalar(_COUNT, unit=unit_id)
    return number, [row.code for row in await connection.all(_FIRST, unit=unit_id)] if number else []


def list_units(reference: Reference, wanted: UnitFilter) -> list[Unit]:
    """The units that fit, by code and then by id."""
    return sorted(
        (
            unit
            for unit in reference.units.values()
            if (not wanted.kinds or unit.kind in wanted.kinds)
            and (not wanted.parents or unit.parent_id in wanted.parents)
            and (wanted.on is None or unit.valid_on(wanted.on))
        ),
        key=unit_key,
    )


def list_procedures(reference: Reference, wanted: ProcedureFilter) -> list[Procedure]:
    """The procedures that fit, by code."""
    text = fold(wanted.text) if wanted.text else ""
    fields = {fold(field) for field in wanted.fields}
    return sorted(
        (
            one
            for one in reference.procedures.values()
            if (not text or text in one.name_folded or text in one.code.casefold())
            and (not fields or fold(one.field) in fields)
            and (not wanted.levels or one.level in wanted.levels)
            and (not wanted.catalogues or one.catalogue_id in wanted.catalogues)
            and (not wanted.units or _responsible(reference, one, wanted.on) in wanted.units)
        ),
        key=procedure_key,
    )


def find_procedure(reference: Reference, code: str) -> Procedure:
    """The procedure of this code; raises NotFound `unknown_procedure`."""
    found = reference.find_procedure(code)
    if found is None:
        raise NotFound("unknown_procedure", f"There is no procedure {code}.")
    return found


def _responsible(reference: Reference, procedure: Procedure, on: date) -> int | None:
    """The unit that answers for the version in force, or what succeeded it by then (rules §12)."""
    version = reference.in_force(procedure, on)
    if version is None or version.responsible_unit_id is None:
        return None
    return reference.succeeded(version.responsible_unit_id, on).id


def unit_key(unit: Unit) -> tuple[str, int]:
    """By what units are listed."""
    return unit.code, unit.id


def procedure_key(procedure: Procedure) -> tuple[str]:
    """By what procedures are listed."""
    return (procedure.code,)


def page_of(
    items: Iterable[T], key: Callable[[T], tuple[Any, ...]], kinds: tuple[type, ...], limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """The items of a sorted list that follow the cursor's key, `limit` at most, and the cursor of the next page.

    `kinds` are the types of the key's values. Raises Unparsable `bad_cursor`.
    """
    after = decode_cursor(cursor, *kinds) if cursor is not None else None
    if after is not None and None in after:
        raise foreign_cursor()
    following = [item for item in items if after is None or key(item) > after]
    shown = following[:limit]
    return shown, encode_cursor(key(shown[-1])) if len(following) > limit else None
