"""Gives codes of other systems to a dossier, also those that an annulled dossier had (rules §10)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from app.database import Connection, Prepared
from app.database.tables import externals
from app.domain.errors import Conflict, Invalid
from app.dossiers.externals import Holder, Pair, external_rows, holders, pair_key
from app.dossiers.permissions import may_read
from app.dossiers.queries import units_ever
from app.dossiers.schemas import ExternalIn
from app.dossiers.unit_of_work import UnitOfWork

_DELETE = Prepared(
    delete(externals).where(
        externals.c.dossier_id == bindparam("dossier"),
        externals.c.system == bindparam("system"),
        externals.c.code == bindparam("code"),
    )
)
_OF_DOSSIER = Prepared(
    select(externals.c.system, externals.c.code).where(externals.c.dossier_id == bindparam("dossier"))
)


def pairs_of(given: Sequence[ExternalIn]) -> list[Pair]:
    """The codes of a body. Raises Invalid `external_twice` for two spellings of one code."""
    pairs = [(external.system, external.code) for external in given]
    if len({pair_key(pair) for pair in pairs}) < len(pairs):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    return pairs


async def claim(work: UnitOfWork, pairs: Sequence[Pair], dossier_id: int | None = None) -> None:
    """Takes codes from annulled dossiers. Raises Conflict `external_known` for one of another dossier."""
    for pair in pairs:
        for holder in await holders(work.connection, pair):
            if holder.dossier_id == dossier_id:
                continue
            if not holder.annulled:
                raise await _known(work, pair, holder)
            await _release(work.connection, holder.dossier_id, pair)


async def _release(connection: Connection, dossier_id: int, pair: Pair) -> None:
    """Takes a code from a dossier, in whichever spelling the dossier has it."""
    for row in await connection.all(_OF_DOSSIER, dossier=dossier_id):
        if pair_key((row.system, row.code)) == pair_key(pair):
            await connection.run(_DELETE, dossier=dossier_id, system=row.system, code=row.code)


async def replace_all(work: UnitOfWork, dossier_id: int, before: Sequence[Pair], after: Sequence[Pair]) -> None:
    """Gives a dossier these codes in the place of its present ones. Raises as `claim`."""
    await claim(work, [pair for pair in after if pair not in before], dossier_id)
    for system, code in set(before) - set(after):
        await work.connection.run(_DELETE, dossier=dossier_id, system=system, code=code)
    new = external_rows(dossier_id, [pair for pair in after if pair not in before])
    await work.connection.insert_by_end([(externals, row) for row in new])


async def _known(work: UnitOfWork, pair: Pair, holder: Holder) -> Conflict:
    # External codes can be guessed. Only a caller who may read the dossier gets its code.
    system, code = pair
    if not may_read(work.scope, await units_ever(work.connection, holder.dossier_id)):
        detail = f"External code {system} {code} already belongs to another dossier."
        return Conflict("external_known", detail, pointer="/external")
    detail = f"External code {system} {code} already belongs to dossier {holder.code}."
    return Conflict("external_known", detail, pointer="/external", dossier=holder.code)
