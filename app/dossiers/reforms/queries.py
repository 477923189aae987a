"""Reads what a reform did: how many dossiers moved, and what the answer lists about them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from app.catalogue.cache import Unit
from app.database import Connection, Prepared
from app.database.tables import dossiers, reform_dossiers

_MOVED = Prepared(
    select(func.count())
    .select_from(reform_dossiers)
    .where(reform_dossiers.c.reform_id == bindparam("reform"), reform_dossiers.c.moved.is_(True))
)
_LISTED = Prepared(
    select(dossiers.c.code, reform_dossiers.c.moved, reform_dossiers.c.effect)
    .join(dossiers, dossiers.c.id == reform_dossiers.c.dossier_id)
    .where(reform_dossiers.c.reform_id == bindparam("reform"))
    .order_by(reform_dossiers.c.dossier_id)
)


class ListedDossier(NamedTuple):
    """A dossier that a reform reached: its code, whether it moved, and the effect for the answer."""

    code: str
    moved: bool
    effect: Mapping[str, Any]


async def moved_by(connection: Connection, reform_id: int) -> int:
    """The number of dossiers that the reform moved."""
    return await connection.scalar(_MOVED, reform=reform_id) or 0


async def moved_into(connection: Connection, reform_id: int, gone: Unit) -> Mapping[int, int]:
    """The number of dossiers that a succession moved to each successor of the unit."""
    if gone.division is None:
        return dict.fromkeys(gone.successors, await moved_by(connection, reform_id))
    listed = await listed_of(connection, reform_id)
    return Counter(dossier.effect["successor"] for dossier in listed if dossier.moved)


async def listed_of(connection: Connection, reform_id: int) -> list[ListedDossier]:
    """The dossiers that the reform reached, by id."""
    return [ListedDossier(*row) for row in await connection.all(_LISTED, reform=reform_id)]
