"""Views of people as leaves of seals: each change is named, and a month can go after its years while its root stays."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, update

from app.access.callers import Caller
from app.access.shown_people import ShownPeople
from app.audit.seals.lines import all_lines
from app.audit.seals.service import seal
from app.audit.verification.difference import Difference
from app.audit.verification.service import verify
from app.database import Database
from app.database.tables import access_log, seals
from app.domain.lifecycle import Role
from app.ledger.entries import COMMAND_LINE, Kind
from app.ledger.service import append
from app.operations.purge.service import purge
from tests.support.database_access import in_database
from tests.support.owner import behind_the_back

CLERK = Caller("tiep-nhan", Role.CLERK, 17, 3)
# The trigger of PostgreSQL keeps what is younger than two years by its own clock.
NOW = datetime.now(UTC).replace(microsecond=0)
OLD = datetime(NOW.year - 4, 12, 20, tzinfo=UTC)
LATER = datetime(NOW.year - 3, 1, 2, tzinfo=UTC)
YEARS = NOW - timedelta(days=2 * 366)


def views(at: datetime, *dossiers: Iterable[int]) -> list[Any]:
    rows = []
    for ids in dossiers:
        shown = ShownPeople("listDossiers")
        shown.dossiers.update(ids)
        rows.append(shown.row(CLERK, at))
    return rows


async def keep(database: Database, at: datetime, *dossiers: Iterable[int]) -> None:
    async with database.writing() as connection:
        await connection.insert_many(access_log, views(at, *dossiers))


def fill(url: str) -> None:
    """Eight sealed views: three in one month, two in the next with a late one of the month before, and two of today."""

    async def work(database: Database) -> None:
        await keep(database, OLD, [1], [1, 2, 3], [4])
        await keep(database, LATER, [5])
        await keep(database, OLD, [6])
        await keep(database, LATER, [7])
        await seal(database, LATER)
        await keep(database, NOW, [1], [2, 9])
        await seal(database, NOW)

    in_database(url, work)


def differences(url: str) -> set[tuple[str, str]]:
    async def work(database: Database) -> list[Difference]:
        return await verify(database, now=NOW)

    return {(item.dossier, item.field) for item in in_database(url, work)}


def test_each_change_of_a_sealed_view_is_named_and_later_views_are_not_sealed(database_url: str) -> None:
    fill(database_url)
    in_database(database_url, lambda database: keep(database, NOW, [11]))
    assert differences(database_url) == set()
    log = access_log.c

    def change(connection: Connection) -> None:
        for row, values in (
            (1, {"client": "ai-khac"}),
            (2, {"dossiers": [1, 3]}),
            (4, {"viewed_at": LATER + timedelta(days=40)}),
            (6, {"unit_id": 18}),
            (8, {"dossier_id": 2, "dossiers": None}),
        ):
            connection.execute(update(access_log).where(log.id == row).values(**values))
        connection.execute(delete(access_log).where(log.id == 7))
        connection.execute(insert(access_log).values(id=-1, **views(NOW, [12])[0]))

    behind_the_back(database_url, change)
    assert differences(database_url) == {
        *((f"access_log {row}", "sealed hash") for row in (1, 2, 6, 8)),
        *((f"access_log {row}", "sealed entry") for row in (-1, 4, 7)),
    }


def test_a_month_is_dropped_after_its_years_and_its_root_stays(database_url: str) -> None:
    fill(database_url)

    async def work(database: Database) -> tuple[int, list[str], list[str]]:
        before = await all_lines(database)
        dropped = (await purge(database, NOW, YEARS, YEARS)).views
        return dropped, before, await all_lines(database)

    dropped, before, after = in_database(database_url, work)
    assert dropped == 6
    # The ledger says it, and is sealed with it.
    assert after[: len(before)] == before
    assert differences(database_url) == set()
    # A dropped view cannot come back in another form.
    behind_the_back(
        database_url, lambda connection: connection.execute(insert(access_log).values(id=2, **views(OLD, [1, 2])[0]))
    )
    assert {("access_log 2", "sealed hash"), ("access_log 1", "sealed entry")} <= differences(database_url)


@pytest.mark.parametrize(
    ("month", "said", "named"),
    [
        (OLD, None, (1, 2, 3, 5)),
        # Its two years were not over.
        (OLD, LATER, (1, 2, 3, 5)),
        (OLD, NOW + timedelta(days=1), (1, 2, 3, 5)),
        (NOW, NOW, (7, 8)),
        # The ledger says another month.
        (OLD, "other", (1, 2, 3, 5)),
    ],
)
def test_views_that_are_gone_without_their_years_are_named(
    database_url: str, month: datetime, said: Any, named: tuple[int, ...]
) -> None:
    fill(database_url)
    first = month.replace(day=1)
    behind_the_back(
        database_url,
        lambda connection: connection.execute(
            delete(access_log).where(
                access_log.c.viewed_at >= first, access_log.c.viewed_at < first + timedelta(days=31)
            )
        ),
    )

    async def say(database: Database) -> None:
        number = 201801 if said == "other" else month.year * 100 + month.month
        async with database.writing() as connection:
            change = ("access_log", number, Kind.REMOVED, {"values": None})
            await append(connection, [change], COMMAND_LINE, NOW if said == "other" else said)

    if said is not None:
        in_database(database_url, say)
    assert {(f"access_log {row}", "sealed entry") for row in named} <= differences(database_url)


def test_the_months_of_blocks_cannot_be_changed_without_the_seal(database_url: str) -> None:
    """With other months, views of today would count as dropped."""
    fill(database_url)

    def change(connection: Connection) -> None:
        connection.execute(delete(access_log).where(access_log.c.id >= 7))
        logs = {
            "ledger": {"count": 0, "last": 0},
            "views": {"count": 2, "last": 8, "months": [[OLD.year * 100 + 12, 1]]},
        }
        connection.execute(update(seals).where(seals.c.number == 2).values(logs=logs))

    behind_the_back(database_url, change)

    async def say(database: Database) -> None:
        async with database.writing() as connection:
            change = ("access_log", OLD.year * 100 + 12, Kind.REMOVED, {"values": None})
            await append(connection, [change], COMMAND_LINE, NOW)

    in_database(database_url, say)
    assert differences(database_url) == {("seal 2", "hash")}


def test_a_seal_of_an_older_version_between_two_does_not_begin_the_views_again(database_url: str) -> None:
    fill(database_url)

    async def work(database: Database) -> list[Any]:
        async with database.writing() as connection:
            # As a process of the version before seals beside this one.
            newest = await connection.one(text("SELECT max(number) AS number FROM seals"))
            row = {column.name: None for column in seals.c}
            assert newest.number == 2
            await connection.insert(
                seals,
                row
                | {"number": 3, "date": NOW.date(), "first_id": 1, "last_id": 0, "count": 0, "root": "", "previous": ""}
                | {"sealed_at": NOW, "hash": "", "logs": {"ledger": {"count": 1, "last": 1}}},
            )
        return await seal(database, NOW)

    assert in_database(database_url, work) == []
