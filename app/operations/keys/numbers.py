"""Re-encrypts identity numbers under the first key, and hashes them with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, Text, and_, bindparam, func, select, tuple_, update

from app.database import Connection, Database, Prepared
from app.database.tables import applicants, participants
from app.dossiers.participants import participant_place
from app.dossiers.rows import identity_place

Progress = Callable[[int, int], None]

# Rows of one transaction. Other writers take turns between transactions.
_BATCH = 500


def has_other_prefix(column: Any) -> ColumnElement[bool]:
    """True for a value that another key than the first encrypted; takes the parameter `prefix`."""
    prefix: BindParameter[str] = bindparam("prefix", type_=Text())
    return func.substr(column, 1, func.length(prefix)) != prefix


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The identity numbers of one table: its statements, and the encryption place of a row."""

    place: Callable[..., str]
    keys: tuple[str, ...]
    next_rows: Prepared
    reencrypt: Prepared
    count: Prepared


def _numbers_of(table: Table, place: Callable[..., str]) -> _Numbers:
    names = tuple(column.name for column in table.primary_key)
    keys, encrypted = [table.c[name] for name in names], table.c.identity_encrypted
    old = and_(encrypted.is_not(None), has_other_prefix(encrypted))
    after = tuple_(*keys) > tuple_(*(bindparam(f"after_{name}", type_=table.c[name].type) for name in names))
    # Updates only a row that is unchanged since it was read. A changed row was encrypted with the writer's key ring.
    unchanged = (table.c[name] == bindparam(f"of_{name}") for name in names)
    return _Numbers(
        place,
        names,
        Prepared(select(*keys, encrypted).where(old, after).order_by(*keys).limit(_BATCH)),
        Prepared(
            update(table)
            .where(*unchanged, encrypted == bindparam("old"))
            .values(identity_encrypted=bindparam("new"), identity_hash=bindparam("new_hash"))
        ),
        Prepared(select(func.count()).select_from(table).where(old)),
    )


_TABLES = (_numbers_of(applicants, identity_place), _numbers_of(participants, participant_place))


async def reencrypt_numbers(database: Database, progress: Progress | None) -> int:
    """Re-encrypts the numbers of applicants and participants in batches, and returns how many they were."""
    async with database.reading() as connection:
        total = sum([int(await connection.scalar(of.count, prefix=connection.ring.prefix)) for of in _TABLES])
    done = 0
    for numbers in _TABLES:
        after = dict.fromkeys(numbers.keys, 0)
        while True:
            async with database.writing() as connection:
                last = await _batch(connection, numbers, after)
            if last is None:
                break
            after, batch = last
            done += batch
            if progress:
                progress(done, max(total, done))
    return done


async def _batch(connection: Connection, numbers: _Numbers, after: dict[str, int]) -> tuple[dict[str, int], int] | None:
    """Re-encrypts the next rows; the key of the last one and their number, None if there are none."""
    ring = connection.ring
    key = {f"after_{name}": value for name, value in after.items()}
    rows = await connection.all(numbers.next_rows, prefix=ring.prefix, **key)
    changes = []
    for row in rows:
        place = numbers.place(*row[:-1])
        plain = ring.decrypt(row.identity_encrypted, place)
        of = {f"of_{name}": getattr(row, name) for name in numbers.keys}
        new = {"new": ring.encrypt(plain, place), "new_hash": ring.hash(plain)}
        changes.append({**of, "old": row.identity_encrypted, **new})
    await connection.run_many(numbers.reencrypt, changes)
    return ({name: getattr(rows[-1], name) for name in numbers.keys}, len(rows)) if rows else None
