"""Lists units and procedures in pages from memory, and reads the dossiers that bind a unit."""

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
    """A filter of units; an empty collection and None filter nothing."""

    kinds: Collection[str]
    parents: Collection[int]
    on: date | None


@dataclass(frozen=True, slots=True)
class ProcedureFilter:
    """A filter of procedures as of `on`; an empty collection and None filter nothing.

    `text` is part of the code or of the name. Case and accents have no influence on `text` and `fields`. `units` are
    responsible for the version in force.
    """

    text: str | None
    fields: Collection[str]
    levels: Collection[str]
    units: Collection[int]
    catalogues: Collection[int]
    on: date


async def binding_dossiers(connection: Connection, unit_id: int) -> tuple[int, list[str]]:
    """The number and the first codes of dossiers that prevent a unit from ending (rules §12)."""
    number = await connection.scalar(_COUNT, unit=unit_id)
    return number, [row.code for row in await connection.all(_FIRST, unit=unit_id)] if number else []


def list_units(reference: Reference, filters: UnitFilter) -> list[Unit]:
    """The units that fit, by code and then by id."""
    return sorted(
        (
            unit
            for unit in reference.units.values()
            if (not filters.kinds or unit.kind in filters.kinds)
            and (not filters.parents or unit.parent_id in filters.parents)
            and (filters.on is None or unit.valid_on(filters.on))
        ),
        key=unit_key,
    )


def list_procedures(reference: Reference, filters: ProcedureFilter) -> list[Procedure]:
    """The procedures that fit, by code."""
    text = fold(filters.text) if filters.text else ""
    fields = {fold(field) for field in filters.fields}
    return sorted(
        (
            procedure
            for procedure in reference.procedures.values()
            if (not text or text in procedure.name_folded or text in procedure.code.casefold())
            and (not fields or fold(procedure.field) in fields)
            and (not filters.levels or procedure.level in filters.levels)
            and (not filters.catalogues or procedure.catalogue_id in filters.catalogues)
            and (not filters.units or _responsible(reference, procedure, filters.on) in filters.units)
        ),
        key=procedure_key,
    )


def find_procedure(reference: Reference, code: str) -> Procedure:
    """The procedure of this code; raises NotFound `unknown_procedure`."""
    procedure = reference.find_procedure(code)
    if procedure is None:
        raise NotFound("unknown_procedure", f"There is no procedure {code}.")
    return procedure


def _responsible(reference: Reference, procedure: Procedure, on: date) -> int | None:
    """The responsible unit of the version in force, or its successor by the date (rules §12)."""
    version = reference.in_force(procedure, on)
    if version is None or version.responsible_unit_id is None:
        return None
    return reference.succeeded(version.responsible_unit_id, on, procedure.id).id


def unit_key(unit: Unit) -> tuple[str, int]:
    """The sort key of units."""
    return unit.code, unit.id


def procedure_key(procedure: Procedure) -> tuple[str]:
    """The sort key of procedures."""
    return (procedure.code,)


def page_of(
    items: Iterable[T], key: Callable[[T], tuple[Any, ...]], kinds: tuple[type, ...], limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """The next `limit` items of a sorted list after the cursor's key, and the cursor of the next page.

    `kinds` are the types of the key's values. Raises Unparsable `bad_cursor`.
    """
    after = decode_cursor(cursor, *kinds) if cursor is not None else None
    if after is not None and None in after:
        raise foreign_cursor()
    following = [item for item in items if after is None or key(item) > after]
    shown = following[:limit]
    return shown, encode_cursor(key(shown[-1])) if len(following) > limit else None
