"""Notes about restores: a resumed register has other seals than those kept before the restore."""

from sqlalchemy import select

from app.database import Database, Prepared
from app.database.tables import resumptions
from app.domain.localtime import to_second

_RESUMPTIONS = Prepared(select(resumptions).order_by(resumptions.c.number))


async def resumption_notes(database: Database) -> list[str]:
    """A line for each restore to a moment after which the register was resumed, oldest first."""
    async with database.reading() as connection:
        rows = await connection.all(_RESUMPTIONS)
    return [
        f"The register was restored to {to_second(row.after)} and resumed at {to_second(row.resumed_at)}, "
        f"after entry {row.last_entry} and seal {row.last_seal}. "
        f"Later seals that were kept before cannot match. Ordinals up to {row.last_day} are {row.margin} higher."
        for row in rows
    ]
