"""Checks the codes of other systems against the journal, and lists those that two dossiers have (rules §10)."""

from collections.abc import Iterator

from sqlalchemy import select

from app.audit.verification.difference import Difference
from app.audit.verification.expected_texts import expected_externals
from app.audit.verification.stored_dossiers import StoredDossier
from app.database import Database, Prepared
from app.database.tables import dossiers, externals
from app.domain.state import Status
from app.dossiers.externals import pair_key

_TWINS = Prepared(
    select(externals.c.system, externals.c.code, dossiers.c.code.label("dossier"))
    .join(dossiers, dossiers.c.id == externals.c.dossier_id)
    .where(externals.c.code_key.is_not(None), externals.c.system_key.is_(None))
    .order_by(externals.c.system, externals.c.code)
)


def external_differences(dossier: StoredDossier) -> Iterator[Difference]:
    """Codes that differ from the last edit of them, and keys that differ from their code.

    Another dossier may have a code of an annulled one.
    """
    stored = {(row.system, row.code) for row in dossier.externals}
    expected = expected_externals(dossier)
    annulled = dossier.columns["status"] == Status.ANNULLED
    if expected is not None and stored != expected and not (annulled and stored <= expected):
        yield Difference(dossier.code, None, "externals", sorted(expected), sorted(stored))
    for row in dossier.externals:
        system_key, key = pair_key((row.system, row.code))
        # A twin has no key of its system, and a row of an earlier version has no key at all.
        if row.code_key not in (None, key) or row.system_key not in (None, system_key):
            yield Difference(
                dossier.code, None, "externals.code_key", (system_key, key), (row.system_key, row.code_key)
            )


async def twin_notes(database: Database) -> list[str]:
    """A line for each code of another system that differs only in its spelling from that of another dossier."""
    async with database.reading() as connection:
        rows = await connection.all(_TWINS)
    return [
        f"Code {row.code} of {row.system} at dossier {row.dossier} is another spelling of a code that is in use."
        for row in rows
    ]
