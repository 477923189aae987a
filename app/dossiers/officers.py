"""Spellings of an officer's name: the same name written in different ways is the same officer (rules §18)."""

from collections.abc import Sequence

from sqlalchemy import select

from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.text_input import same_spelling

# An index of open dossiers answers it.
_IN_HAND = Prepared(select(dossiers.c.officer).where(dossiers.c.open, dossiers.c.officer.is_not(None)).distinct())


async def spellings(connection: Connection, names: Sequence[str]) -> list[str]:
    """The names, and each other spelling of them among the officers of open dossiers."""
    asked = {same_spelling(name) for name in names}
    in_hand = [row.officer for row in await connection.all(_IN_HAND)]
    return sorted({*names, *(officer for officer in in_hand if same_spelling(officer) in asked)})
