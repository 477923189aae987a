"""Codes of other systems: compared without case, blanks and kinds of dash (rules §10)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from app.database import Connection, Prepared
from app.database.tables import dossiers, externals
from app.domain.codes import code_key
from app.domain.state import Status

Pair = tuple[str, str]

# Words of a pasted text that may be a code, at most: each is a guess.
_MOST_WORDS = 3
_SHORTEST_WORD = 6
_AROUND = " .,;:!?\"'()[]<>“”‘’«»"
# Dossiers that one code may have, at most: one, and twins of before the comparison.
_MOST_TWINS = 10


class Holder(NamedTuple):
    """The dossier that has a code of another system."""

    dossier_id: int
    code: str
    annulled: bool


_COLUMNS = (dossiers.c.id, dossiers.c.code, dossiers.c.status)
# An older process writes no keys.
_HOLDERS = Prepared(
    select(*_COLUMNS, externals.c.system)
    .join(externals, externals.c.dossier_id == dossiers.c.id)
    .where(
        or_(
            externals.c.code_key == bindparam("key"),
            and_(externals.c.code_key.is_(None), externals.c.code == bindparam("code")),
        )
    )
    .order_by(dossiers.c.id)
)


def pair_key(pair: Pair) -> Pair:
    """System and code in the form for comparison."""
    return code_key(pair[0]), code_key(pair[1])


def external_rows(dossier_id: int, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """The rows of `externals`; the unique keys refuse the same code in another spelling."""
    return [
        {"dossier_id": dossier_id, "system": system, "code": code, "system_key": key[0], "code_key": key[1]}
        for system, code in pairs
        for key in [pair_key((system, code))]
    ]


async def holders(connection: Connection, pair: Pair) -> list[Holder]:
    """The dossiers that have this code in any spelling; several only if they are older than this comparison."""
    rows = await connection.all(_HOLDERS, key=pair_key(pair)[1], code=pair[1])
    return [
        Holder(row.id, row.code, row.status == Status.ANNULLED)
        for row in rows
        if code_key(row.system) == code_key(pair[0])
    ]


def typed_keys(typed: str) -> list[str]:
    """The codes of other systems that a typed or pasted text may mean, in the form for comparison."""
    words = [word.strip(_AROUND) for word in typed.split()]
    likely = [word for word in words if len(word) >= _SHORTEST_WORD and any(map(str.isdigit, word))]
    return list(dict.fromkeys(map(code_key, [typed.strip(_AROUND), *likely[:_MOST_WORDS]])))


def has_external(typed: str) -> ColumnElement[bool]:
    """Dossiers with a code of another system that the text may mean."""
    has_key = externals.c.code_key.in_(typed_keys(typed))
    as_typed = and_(externals.c.code_key.is_(None), externals.c.code == typed.strip())
    return dossiers.c.id.in_(select(externals.c.dossier_id).where(or_(has_key, as_typed)))


async def code_of_external(connection: Connection, typed: str) -> str | None:
    """The own code of the dossier that the text names by a code of another system; None without a single one."""
    rows = await connection.all(select(*_COLUMNS).where(has_external(typed)).limit(_MOST_TWINS))
    living = [row.code for row in rows if row.status != Status.ANNULLED]
    codes = living or [row.code for row in rows]
    return codes[0] if len(codes) == 1 else None
