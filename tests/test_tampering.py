"""Changes past the service, by an owner of the database: the verification names each of them."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Row, Text, delete, func, insert, select, text, type_coerce, update
from typer.testing import CliRunner

from app.audit.seals.encoding import LEAVES, Leaf, Seal, block_root, hashed, marks_of
from app.audit.seals.lines import SavedSeal, all_lines
from app.audit.seals.service import seal
from app.audit.verification.difference import Difference
from app.audit.verification.service import verify
from app.cli import commands
from app.database import Database, schema
from app.database.append_only import expected_triggers, triggers
from app.database.tables import (
    applicants,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    occurrences,
    rollup_totals,
    seal_blocks,
    seals,
    spans,
)
from app.domain import merkle
from app.domain.hash_chain import START, hash_of
from app.domain.lifecycle import Action, Entry, replay
from app.dossiers.chain import entry_content
from app.dossiers.rows import salted_hash, state_columns
from app.encryption.errors import KeysUnusable
from app.encryption.key_files import Keys
from app.loading.simulation.service import simulate
from app.operations.recount.service import recount
from tests.support.database_access import open_database
from tests.support.databases import Databases, Templates
from tests.support.owner import behind_the_back, with_triggers
from tests.support.reference import seed

NOW = datetime(2022, 7, 1, 1, 30, tzinfo=UTC)


class Finding(NamedTuple):
    """The difference that a change must cause."""

    where: str
    entry: int | None
    field: str


Tampering = Callable[[Connection], Iterable[Finding]]
ROW, ENTRY, SEALED = "row", "entry", "sealed"


def fill(url: str) -> None:
    """Dossiers under two seals, and dossiers without a seal."""
    seed(url)

    async def work(database: Database) -> None:
        for number in (1, 2, 3):
            start, end = date(2021, number, 1), date(2021, number, 28)
            await simulate(database, dossiers=8, start=start, end=end, seed=number, now=NOW)
            if number < 3:
                assert len(await seal(database, NOW + timedelta(days=number))) == 1

    run(url, work)


def run(url: str, work: Callable[[Database], Any]) -> Any:
    async def in_loop() -> Any:
        database = await open_database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(in_loop())


@pytest.fixture
def sealed_url(databases: Databases, templates: Templates) -> Iterator[str]:
    url = databases.create(templates.prepared_by(fill))
    yield url
    databases.drop(url)


def named(differences: Iterable[Difference]) -> set[Finding]:
    return {Finding(item.dossier, item.entry, item.field) for item in differences}


# --- Helpers --------------------------------------------------------------------------------------------------------


def some_dossier(connection: Connection, *, sealed: bool = True) -> Row[Any]:
    """A finished dossier with at least four entries, under the first seal or under none."""
    last = connection.scalar(select(func.max(seals.c.last_id)))
    side = func.max(entries.c.id) <= select(func.min(seals.c.last_id)).scalar_subquery()
    many = (
        select(entries.c.dossier_id)
        .group_by(entries.c.dossier_id)
        .having(func.count() >= 4, side if sealed else func.min(entries.c.id) > last)
    )
    return connection.execute(
        select(dossiers)
        .where(dossiers.c.id.in_(many), dossiers.c.verdict.is_not(None))
        .order_by(dossiers.c.id)
        .limit(1)
    ).one()


def journal(connection: Connection, dossier_id: int) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(entries, type_coerce(entries.c.data, Text()).label("data_text"))
            .where(entries.c.dossier_id == dossier_id)
            .order_by(entries.c.sequence)
        ).all()
    )


def entries_of(rows: Iterable[Row[Any]]) -> list[Entry]:
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data) for row in rows
    ]


def change(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(entries).where(entries.c.id == row.id).values(**values))


def rehash_chain(connection: Connection, dossier_id: int) -> None:
    """Recomputes the hashes of all entries, and the last hash in the dossier."""
    code, head = connection.scalar(select(dossiers.c.code).where(dossiers.c.id == dossier_id)), START
    for row in journal(connection, dossier_id):
        head = hash_of(entry_content(str(code), head, {**row._asdict(), "data": row.data_text}))
        change(connection, row, hash=head)
    connection.execute(update(dossiers).where(dossiers.c.id == dossier_id).values(journal_hash=head))


def remake_seals(connection: Connection) -> None:
    """Recomputes all seals over the current entries."""
    stored = connection.execute(select(seals).order_by(seals.c.number)).all()
    of_others = select(seal_blocks).where(seal_blocks.c.log != "journal").order_by(seal_blocks.c.block)
    others = connection.execute(of_others).mappings().all()
    connection.execute(delete(seal_blocks))
    connection.execute(delete(seals))
    after, previous = 0, START
    for row in stored:
        block_leaves = [
            Leaf(*item)
            for item in connection.execute(
                select(entries.c.id, entries.c.dossier_id, entries.c.sequence, entries.c.hash)
                .where(entries.c.id > after, entries.c.id <= row.last_id)
                .order_by(entries.c.id)
            )
        ]
        assert len(block_leaves) <= LEAVES
        root = block_root(block_leaves).hex()
        beside = [block for block in others if block["seal"] == row.number]
        whole = merkle.root([bytes.fromhex(item) for item in (root, *(block["root"] for block in beside))]).hex()
        made = hashed(replace(Seal(*row), count=len(block_leaves), root=whole, previous=previous))
        connection.execute(insert(seals).values(**asdict(made)))
        own = {"seal": made.number, "block": 0, "root": root, "leaves": marks_of(block_leaves)}
        connection.execute(insert(seal_blocks).values(first_id=block_leaves[0].id, last_id=row.last_id, **own))
        for block in beside:
            connection.execute(insert(seal_blocks).values(**block))
        after, previous = row.last_id, made.hash


# --- Entries --------------------------------------------------------------------------------------------------------


def entry_changed(name: str, value: Callable[[Row[Any]], Any], *, place: int = 1) -> Tampering:
    """A change of one column of one entry."""

    def tamper(connection: Connection) -> Iterable[Finding]:
        dossier = some_dossier(connection)
        row = journal(connection, dossier.id)[place]
        change(connection, row, **{name: value(row)})
        return [Finding(dossier.code, row.sequence, "hash")]

    return tamper


def a_due_date_in_the_journal(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    row = next(row for row in journal(connection, dossier.id) if "deadline" in row.data)
    change(connection, row, data={**row.data, "deadline": {**row.data["deadline"], "due_date": "2021-12-31"}})
    return [Finding(dossier.code, row.sequence, "hash"), Finding(dossier.code, row.sequence, "deadline.due_date")]


def an_entry_with_its_own_hash(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    rows = journal(connection, dossier.id)
    changed = {**rows[1]._asdict(), "data": rows[1].data_text, "client": "ai khác"}
    change(connection, rows[1], client="ai khác", hash=hash_of(entry_content(dossier.code, rows[0].hash, changed)))
    return [Finding(dossier.code, 3, "hash"), Finding(dossier.code, 2, "sealed hash")]


def an_entry_and_the_rest_of_its_chain(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    rows = journal(connection, dossier.id)
    change(connection, rows[1], client="ai khác")
    rehash_chain(connection, dossier.id)
    return [Finding(dossier.code, row.sequence, "sealed hash") for row in rows[1:]]


def a_finish_dated_earlier_with_row_and_chain(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    row = next(row for row in journal(connection, dossier.id) if row.type == "finish")
    change(connection, row, occurred_at=row.occurred_at - timedelta(seconds=1))
    update_row(connection, dossier)
    rehash_chain(connection, dossier.id)
    return [Finding(dossier.code, row.sequence, "sealed hash")]


def two_entries_exchanged(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    first, second = journal(connection, dossier.id)[1:3]
    change(connection, first, sequence=99)
    change(connection, second, sequence=first.sequence)
    change(connection, first, sequence=second.sequence)
    return [Finding(dossier.code, first.sequence, "hash"), Finding(dossier.code, second.sequence, "hash")]


def two_entries_exchanged_in_the_whole_register(connection: Connection) -> Iterable[Finding]:
    first, second = journal(connection, some_dossier(connection).id)[1:3]
    change(connection, first, id=-1)
    change(connection, second, id=first.id)
    connection.execute(update(entries).where(entries.c.id == -1).values(id=second.id))
    code = some_dossier(connection).code
    return [Finding(code, item.sequence, "position among sealed entries") for item in (first, second)]


def an_entry_moved_to_another_dossier(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    other = connection.execute(
        select(dossiers).where(dossiers.c.id != dossier.id).order_by(dossiers.c.id).limit(1)
    ).one()
    row, last = journal(connection, dossier.id)[-1], journal(connection, other.id)[-1]
    change(connection, row, dossier_id=other.id, sequence=last.sequence + 1)
    for gone in (dossier, other):
        rehash_chain(connection, gone.id)
    return [
        Finding(dossier.code, row.sequence, "sealed entry"),
        Finding(other.code, last.sequence + 1, "sealed entry"),
    ]


def a_forged_entry_with_a_right_chain(connection: Connection) -> Iterable[Finding]:
    """An entry within a sealed journal; the following entries get greater numbers."""
    dossier = some_dossier(connection)
    rows = journal(connection, dossier.id)
    for row in reversed(rows[1:]):
        change(connection, row, sequence=row.sequence + 1)
    forged = {name: value for name, value in rows[1]._asdict().items() if name not in ("id", "data_text")}
    connection.execute(insert(entries).values(**{**forged, "sequence": 2, "data": {}, "type": "take"}))
    rehash_chain(connection, dossier.id)
    return [
        Finding(dossier.code, 2, "sealed entry"),
        Finding(dossier.code, 3, "sealed hash"),
        Finding(dossier.code, len(rows) + 1, "sealed entry"),
    ]


def an_entry_before_the_first_sealed_entry(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection, sealed=False)
    row = journal(connection, dossier.id)[-1]
    change(connection, row, id=-7)
    return [Finding(dossier.code, row.sequence, "sealed entry")]


def the_last_entry_removed(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection, sealed=False)
    connection.execute(delete(entries).where(entries.c.id == journal(connection, dossier.id)[-1].id))
    return [Finding(dossier.code, None, "journal_hash"), Finding(dossier.code, None, "version")]


def update_row(connection: Connection, dossier: Row[Any]) -> None:
    """Sets the columns of the dossier to the values of its journal."""
    columns = state_columns(replay(entries_of(journal(connection, dossier.id))))
    words = select(entry_texts.c.content).where(entry_texts.c.dossier_id == dossier.id).order_by(entry_texts.c.sequence)
    for content in connection.scalars(words):
        columns["officer"] = content.get("officer", columns.get("officer"))
    connection.execute(update(dossiers).where(dossiers.c.id == dossier.id).values(**columns))


def the_last_entry_removed_and_the_row_updated(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    last = journal(connection, dossier.id)[-1]
    connection.execute(delete(entries).where(entries.c.id == last.id))
    connection.execute(
        delete(entry_texts).where(entry_texts.c.dossier_id == dossier.id, entry_texts.c.sequence == last.sequence)
    )
    update_row(connection, dossier)
    rehash_chain(connection, dossier.id)
    return [Finding(dossier.code, last.sequence, "sealed entry")]


def an_entry_removed_from_the_middle(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    row = journal(connection, dossier.id)[1]
    connection.execute(delete(entries).where(entries.c.id == row.id))
    return [
        Finding(dossier.code, None, "sequences"),
        Finding(dossier.code, row.sequence + 1, "hash"),
        Finding(dossier.code, row.sequence, "sealed entry"),
    ]


def a_whole_dossier_removed(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    rows = journal(connection, dossier.id)
    for table in (entries, entry_texts, applicants, dossier_units, spans, occurrences):
        connection.execute(delete(table).where(table.c.dossier_id == dossier.id))
    connection.execute(delete(dossiers).where(dossiers.c.id == dossier.id))
    return [Finding(f"dossier {dossier.id}, which is missing", row.sequence, "sealed entry") for row in rows]


def another_last_hash(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection, sealed=False)
    connection.execute(update(dossiers).where(dossiers.c.id == dossier.id).values(journal_hash=START))
    return [Finding(dossier.code, None, "journal_hash")]


def another_code(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection, sealed=False)
    code = f"{dossier.code[:-4]}9999"
    connection.execute(update(dossiers).where(dossiers.c.id == dossier.id).values(code=code))
    return [Finding(code, sequence, "hash") for sequence in (1, 2, 3, 4)]


# --- Texts, applicants, rows and figures ----------------------------------------------------------------------------


def another_text(connection: Connection) -> Iterable[Finding]:
    row = connection.execute(select(entry_texts).order_by(entry_texts.c.dossier_id).limit(1)).one()
    content = {**row.content, "officer": "Ai Khác"}
    return text_changed(connection, row, content=content), Finding(code_of(connection, row), row.sequence, "text_hash")


def another_text_with_its_hash(connection: Connection) -> Iterable[Finding]:
    row = connection.execute(select(entry_texts).order_by(entry_texts.c.dossier_id).limit(1)).one()
    content = {**row.content, "officer": "Ai Khác"}
    text_changed(connection, row, content=content)
    entry = journal(connection, row.dossier_id)[row.sequence - 1]
    change(connection, entry, text_hash=salted_hash(row.salt, content))
    return [Finding(code_of(connection, row), row.sequence, "hash")]


def text_changed(connection: Connection, row: Row[Any], **values: Any) -> Finding:
    connection.execute(
        update(entry_texts)
        .where(entry_texts.c.dossier_id == row.dossier_id, entry_texts.c.sequence == row.sequence)
        .values(**values)
    )
    return Finding(code_of(connection, row), row.sequence, "text_hash")


def code_of(connection: Connection, row: Row[Any]) -> str:
    return str(connection.scalar(select(dossiers.c.code).where(dossiers.c.id == row.dossier_id)))


def another_applicant(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    connection.execute(update(applicants).where(applicants.c.dossier_id == dossier.id).values(phone="1"))
    return [Finding(dossier.code, 1, "applicant_hash")]


def row_changed(name: str, value: Callable[[Row[Any]], Any]) -> Tampering:
    def tamper(connection: Connection) -> Iterable[Finding]:
        dossier = some_dossier(connection)
        connection.execute(update(dossiers).where(dossiers.c.id == dossier.id).values(**{name: value(dossier)}))
        return [Finding(dossier.code, None, name)]

    return tamper


def a_figure(connection: Connection) -> Iterable[Finding]:
    where = rollup_totals.c.dimension == "channel", rollup_totals.c.grain == "year"
    row = connection.execute(select(rollup_totals).where(*where).limit(1)).one()
    same = [rollup_totals.c[name] == getattr(row, name) for name in ("dimension", "grain", "first_date", "key")]
    connection.execute(update(rollup_totals).where(*same).values(late=row.late - 1, on_time=row.on_time + 1))
    place = f"rollup_totals dimension=channel grain=year first_date={row.first_date} key={row.key}"
    return [Finding(place, None, "late"), Finding(place, None, "on_time")]


def an_occurrence(connection: Connection) -> Iterable[Finding]:
    dossier = some_dossier(connection)
    better = "early" if dossier.verdict != "early" else "late"
    where = occurrences.c.dossier_id == dossier.id, occurrences.c.kind == "finished"
    number = connection.scalar(select(occurrences.c.number).where(*where))
    connection.execute(update(occurrences).where(*where).values(verdict=better))
    return [Finding(dossier.code, number, "occurrences.verdict")]


# --- Seals ----------------------------------------------------------------------------------------------------------


def seal_changed(number: int, **values: Any) -> Tampering:
    def tamper(connection: Connection) -> Iterable[Finding]:
        connection.execute(update(seals).where(seals.c.number == number).values(**values))
        return [Finding(f"seal {number}", None, "hash")]

    return tamper


def a_seal_with_its_own_hash(connection: Connection) -> Iterable[Finding]:
    row = connection.execute(select(seals).where(seals.c.number == 1)).one()
    made = hashed(replace(Seal(*row), date=row.date - timedelta(days=1)))
    connection.execute(update(seals).where(seals.c.number == 1).values(**asdict(made)))
    return [Finding("seal 2", None, "previous")]


def a_seal_with(**claims: int) -> Tampering:
    """The last seal with wrong bounds, so that the next entries would be in no tree."""

    def tamper(connection: Connection) -> Iterable[Finding]:
        last = Seal(*connection.execute(select(seals).where(seals.c.number == 2)).one())
        made = hashed(replace(last, **{name: getattr(last, name) + more for name, more in claims.items()}))
        connection.execute(update(seals).where(seals.c.number == 2).values(**asdict(made)))
        return [Finding("seal 2", None, name) for name in claims]

    return tamper


def a_block_with_another_first_id(connection: Connection) -> Iterable[Finding]:
    connection.execute(update(seal_blocks).where(seal_blocks.c.seal == 2).values(first_id=seal_blocks.c.first_id + 1))
    return [Finding("seal 2 block 0", None, "first_id")]


def a_seal_removed(number: int) -> Tampering:
    def tamper(connection: Connection) -> Iterable[Finding]:
        connection.execute(delete(seals).where(seals.c.number == number))
        return [Finding(f"seal {number}", None, "seals")]

    return tamper


def the_first_seal_removed_with_its_blocks(connection: Connection) -> Iterable[Finding]:
    connection.execute(delete(seal_blocks).where(seal_blocks.c.seal == 1))
    connection.execute(delete(seals).where(seals.c.number == 1))
    return [Finding("seal 1", None, "seals")]


def an_added_seal(connection: Connection) -> Iterable[Finding]:
    last = connection.execute(select(seals).where(seals.c.number == 2)).one()
    forged = replace(Seal(*last), number=3, first_id=last.last_id + 1, last_id=last.last_id + 9, count=9)
    forged = hashed(replace(forged, previous=last.hash))
    connection.execute(insert(seals).values(**asdict(forged)))
    return [Finding("seal 3", None, "root")]


def a_block_root(connection: Connection) -> Iterable[Finding]:
    connection.execute(update(seal_blocks).where(seal_blocks.c.seal == 2).values(root=START))
    return [Finding("seal 2", None, "root"), Finding("seal 2 block 0", None, "root")]


def the_marks_of_a_block(connection: Connection) -> Iterable[Finding]:
    connection.execute(update(seal_blocks).where(seal_blocks.c.seal == 2).values(leaves=[]))
    return [Finding("seal 2 block 0", None, "leaves")]


def marks_without_json(connection: Connection) -> Iterable[Finding]:
    connection.execute(text("UPDATE seal_blocks SET leaves = '[[1' WHERE seal = 2"))
    return [Finding("seal 2 block 0", None, "leaves")]


def an_entry_its_chain_and_the_root_of_its_block(connection: Connection) -> Iterable[Finding]:
    expected = an_entry_and_the_rest_of_its_chain(connection)
    seal_row = connection.execute(select(seals).where(seals.c.number == 1)).one()
    leaves = [
        Leaf(*item)
        for item in connection.execute(
            select(entries.c.id, entries.c.dossier_id, entries.c.sequence, entries.c.hash)
            .where(entries.c.id <= seal_row.last_id)
            .order_by(entries.c.id)
        )
    ]
    connection.execute(update(seal_blocks).where(seal_blocks.c.seal == 1).values(root=block_root(leaves).hex()))
    return [*expected, Finding("seal 1", None, "root")]


TAMPERINGS: dict[str, Tampering] = {
    "the data of an entry": entry_changed("data", lambda row: {**row.data, "days": 3}),
    "a due date in the journal": a_due_date_in_the_journal,
    "the time of an entry": entry_changed("occurred_at", lambda row: row.occurred_at - timedelta(seconds=1)),
    "the time of recording of an entry": entry_changed("recorded_at", lambda row: row.recorded_at - timedelta(days=1)),
    "the client of an entry": entry_changed("client", lambda _row: "ai khác"),
    "the unit of an entry": entry_changed("unit_id", lambda row: row.unit_id + 1),
    "the type of an entry": entry_changed("type", lambda row: "take" if row.type != "take" else "forward"),
    "the corrected entry of an entry": entry_changed("corrects", lambda _row: 1),
    "the start of changed figures of an entry": entry_changed(
        "changes_from", lambda row: None if row.changes_from else row.occurred_at
    ),
    "the hash of an applicant": entry_changed("applicant_hash", lambda _row: START, place=0),
    "the number of an applicant": entry_changed("applicant_number", lambda _row: 2, place=0),
    "the hash of an entry": entry_changed("hash", lambda _row: "không phải"),
    "an entry with its own hash": an_entry_with_its_own_hash,
    "an entry and the rest of its chain": an_entry_and_the_rest_of_its_chain,
    "a finish dated earlier, with row and chain": a_finish_dated_earlier_with_row_and_chain,
    "two entries exchanged": two_entries_exchanged,
    "two entries exchanged in the whole register": two_entries_exchanged_in_the_whole_register,
    "an entry moved to another dossier": an_entry_moved_to_another_dossier,
    "a forged entry with a right chain": a_forged_entry_with_a_right_chain,
    "an entry before the first sealed entry": an_entry_before_the_first_sealed_entry,
    "the last entry removed": the_last_entry_removed,
    "the last entry removed and the row updated": the_last_entry_removed_and_the_row_updated,
    "an entry removed from the middle": an_entry_removed_from_the_middle,
    "a whole dossier removed": a_whole_dossier_removed,
    "another last hash of a journal": another_last_hash,
    "another code": another_code,
    "another text": another_text,
    "another text with its hash": another_text_with_its_hash,
    "another applicant": another_applicant,
    "another verdict": row_changed("verdict", lambda row: "early" if row.verdict != "early" else "late"),
    "another due date": row_changed("due_date", lambda row: row.due_date + timedelta(days=9)),
    "another responsible unit": row_changed("responsible_unit_id", lambda row: row.responsible_unit_id + 1),
    "another time of the finish": row_changed("finished_at", lambda row: row.finished_at - timedelta(hours=1)),
    "a figure": a_figure,
    "an occurrence": an_occurrence,
    "the root of a seal": seal_changed(1, root=START),
    "the date of a seal": seal_changed(2, date=date(2021, 1, 1)),
    "the time of a seal": seal_changed(2, sealed_at=NOW),
    "the count of a seal": seal_changed(1, count=1),
    "the hash of a seal": seal_changed(1, hash=START),
    "a seal with its own hash": a_seal_with_its_own_hash,
    "a seal with a greater last id": a_seal_with(last_id=3),
    "a seal with a lower first id": a_seal_with(first_id=-1),
    "a seal with another count": a_seal_with(count=1),
    "a block with another first id": a_block_with_another_first_id,
    "the first seal removed": a_seal_removed(1),
    "the last seal removed": a_seal_removed(2),
    "the first seal removed with its blocks": the_first_seal_removed_with_its_blocks,
    "an added seal": an_added_seal,
    "the root of a block": a_block_root,
    "the marks of a block": the_marks_of_a_block,
    "marks without JSON": marks_without_json,
    "an entry, its chain and the root of its block": an_entry_its_chain_and_the_root_of_its_block,
}


def tampered(url: str, tampering: Tampering) -> set[Finding]:
    """Makes the change; the differences that it must cause."""
    expected: set[Finding] = set()
    behind_the_back(url, lambda connection: expected.update(tampering(connection)))
    return expected


def test_an_unchanged_register_has_no_difference(sealed_url: str) -> None:
    assert tampered(sealed_url, lambda _connection: []) == set()
    assert run(sealed_url, verify) == []


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_reported(sealed_url: str, name: str) -> None:
    expected = tampered(sealed_url, TAMPERINGS[name])
    assert expected
    assert expected <= named(run(sealed_url, verify))


@pytest.mark.parametrize(
    "name",
    [
        "an entry and the rest of its chain",
        "the last entry removed and the row updated",
        "a finish dated earlier, with row and chain",
    ],
)
def test_only_the_seal_reveals_a_consistent_change(sealed_url: str, name: str) -> None:
    expected = tampered(sealed_url, TAMPERINGS[name])
    run(sealed_url, recount)
    differences = named(run(sealed_url, verify))
    assert expected <= differences
    assert {item.field for item in differences} <= {"sealed hash", "sealed entry", "root"}


# --- The triggers ---------------------------------------------------------------------------------------------------


_FEWER = "CREATE TRIGGER entries_are_kept BEFORE TRUNCATE ON entries EXECUTE FUNCTION entries_are_kept()"
_NOTHING = (
    "CREATE OR REPLACE FUNCTION entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
)
OFF: dict[str, dict[str, tuple[str, list[str]]]] = {
    "sqlite": {
        "dropped": ("entries_refuse_update", ["DROP TRIGGER entries_refuse_update"]),
        "dropped from the seals": ("seals_refuse_delete", ["DROP TRIGGER seals_refuse_delete"]),
        "changed to refuse nothing": (
            "entries_refuse_delete",
            [
                "DROP TRIGGER entries_refuse_delete",
                "CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries BEGIN SELECT 1; END",
            ],
        ),
        "put in": ("mine", ["CREATE TRIGGER mine AFTER INSERT ON entries BEGIN SELECT 1; END"]),
    },
    "postgresql": {
        "dropped": ("entries_are_kept", ["DROP TRIGGER entries_are_kept ON entries"]),
        "disabled": ("entries_are_kept", ["ALTER TABLE entries DISABLE TRIGGER ALL"]),
        "disabled for the seals": ("seals_are_kept", ["ALTER TABLE seals DISABLE TRIGGER seals_are_kept"]),
        "left to replicas": ("entries_are_kept", ["ALTER TABLE entries ENABLE REPLICA TRIGGER entries_are_kept"]),
        "changed to refuse nothing": ("entries_are_kept", [_NOTHING]),
        "changed to refuse less": ("entries_are_kept", ["DROP TRIGGER entries_are_kept ON entries", _FEWER]),
    },
}
_PUT_OFF = [(kind, how) for kind, ways in OFF.items() for how in ways]


@pytest.mark.parametrize(("kind", "how"), _PUT_OFF)
def test_disabled_triggers_are_reported(request: pytest.FixtureRequest, kind: str, how: str) -> None:
    databases: Databases = request.getfixturevalue(f"{kind}_databases")
    url = databases.create()
    schema.upgrade(url)
    trigger, statements = OFF[kind][how]
    with_triggers(url, lambda connection: [connection.exec_driver_sql(statement) for statement in statements])
    # The schema check also names its function, and constraints that were switched off with it.
    assert Finding(f"trigger {trigger}", None, "definition") in named(run(url, verify))
    databases.drop(url)


def test_the_verification_expects_every_trigger_of_the_migrations(database_url: str) -> None:
    async def work(database: Database) -> tuple[dict[str, str], dict[str, str]]:
        async with database.reading() as connection:
            return await triggers(connection), expected_triggers(connection)

    known_triggers, made = run(database_url, work)
    assert known_triggers == made


# --- Saved seals ----------------------------------------------------------------------------------------------------


def test_remade_seals_are_reported_with_a_saved_seal(sealed_url: str, tmp_path: Any) -> None:
    saved = tmp_path / "seals.ndjson"
    saved.write_text("\n".join(run(sealed_url, all_lines)), encoding="utf-8")

    def tamper(connection: Connection) -> None:
        dossier = some_dossier(connection)
        change(connection, journal(connection, dossier.id)[1], client="ai khác")
        rehash_chain(connection, dossier.id)
        remake_seals(connection)

    behind_the_back(sealed_url, tamper)
    # An owner of the database can make all its tables agree.
    assert run(sealed_url, verify) == []
    environment = {"MOTCUA_DATABASE_URL": sealed_url}
    end = CliRunner().invoke(commands, ["verify", "--seals", str(saved)], env=environment)
    assert end.exit_code == 1
    for number in (1, 2):
        assert f"seal {number}: hash of the saved seal" in end.output


def test_matching_saved_seals_are_no_difference(sealed_url: str, tmp_path: Any) -> None:
    saved = tmp_path / "seals.ndjson"
    saved.write_text("\n".join(run(sealed_url, all_lines)), encoding="utf-8")
    end = CliRunner().invoke(commands, ["verify", "--seals", str(saved)], env={"MOTCUA_DATABASE_URL": sealed_url})
    assert end.exit_code == 0, end.output


def test_an_empty_file_of_saved_seals_is_a_difference(sealed_url: str, tmp_path: Any) -> None:
    saved = tmp_path / "seals.ndjson"
    saved.write_text("\n", encoding="utf-8")
    end = CliRunner().invoke(commands, ["verify", "--seals", str(saved)], env={"MOTCUA_DATABASE_URL": sealed_url})
    assert end.exit_code == 1
    assert "0 kept seals were compared, and 0 of them agree." in end.output
    assert "No kept seal holds the seals 1 to 2" in end.output
    assert "kept seals: number is 0, but should be at least 1" in end.output


def test_the_verification_says_which_seals_no_saved_one_holds(sealed_url: str, tmp_path: Any) -> None:
    saved, lines = tmp_path / "seals.ndjson", run(sealed_url, all_lines)
    for kept, said in ((lines[:1], "1 kept seals were compared, and 1 of them agree."), (lines[1:], "and 1 of them")):
        saved.write_text("\n".join(kept), encoding="utf-8")
        end = CliRunner().invoke(commands, ["verify", "--seals", str(saved)], env={"MOTCUA_DATABASE_URL": sealed_url})
        assert end.exit_code == 0, end.output
        assert said in end.output
        assert ("No kept seal holds the seals 2 to 2" in end.output) == (kept == lines[:1])


def test_saved_seals_that_the_register_lacks_are_reported(sealed_url: str) -> None:
    known = [SavedSeal(**json.loads(line)) for line in run(sealed_url, all_lines)]
    others = [known[0]._replace(number=number) for number in (3, 0, -1, 2**40)]
    differences = run(sealed_url, lambda database: verify(database, saved_seals=[*known, *others]))
    assert named(differences) == {Finding(f"seal {item.number}", None, "hash of the saved seal") for item in others}


def test_a_changed_saved_seal_is_reported_as_such(sealed_url: str) -> None:
    first = SavedSeal(**json.loads(run(sealed_url, all_lines)[0]))
    altered = first._replace(content=first.content.replace('"number":1', '"number":7'))

    async def work(database: Database) -> list[Difference]:
        return await verify(database, saved_seals=[altered])

    assert named(run(sealed_url, work)) == {Finding("saved seal 1", None, "hash")}


def test_a_file_without_seals_is_refused(sealed_url: str, tmp_path: Any) -> None:
    saved = tmp_path / "seals.ndjson"
    for content in ("{", "[1]", '{"number": 1}', '"seal"'):
        saved.write_text(content, encoding="utf-8")
        with pytest.raises(Exception, match="is not a seal"):
            CliRunner().invoke(
                commands,
                ["verify", "--seals", str(saved)],
                env={"MOTCUA_DATABASE_URL": sealed_url},
                catch_exceptions=False,
            )


# --- Several processes ----------------------------------------------------------------------------------------------


def test_two_processes_report_what_one_reports(sealed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("another due date", "a figure", "an occurrence", "another code", "the root of a seal"):
        tampered(sealed_url, TAMPERINGS[name])
    alone = run(sealed_url, verify)
    assert {item.field for item in alone} >= {"due_date", "late", "hash", "occurrences.verdict"}
    # Counts that move to the file again and again give the same sums.
    monkeypatch.setattr("app.rollups.scratch._MOST", 1)
    assert run(sealed_url, verify) == alone
    assert run(sealed_url, lambda database: verify(database, processes=2)) == alone


def test_the_progress_of_two_processes_ends_with_all_dossiers(sealed_url: str) -> None:
    shown: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        shown.append((done, total))

    assert run(sealed_url, lambda database: verify(database, progress, processes=2)) == []
    assert shown[-1] == (24, 24)


def test_two_processes_see_the_state_of_one_moment(sealed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(database: Database) -> list[Difference]:
        async def change_a_verdict(*_arguments: Any) -> list[Difference]:
            async with database.writing() as connection:
                await connection.run(update(dossiers).where(dossiers.c.verdict.is_not(None)).values(verdict="late"))
            return []

        # By then both processes have begun to read.
        with monkeypatch.context() as during:
            during.setattr("app.audit.verification.service.seal_differences", change_a_verdict)
            return await verify(database, processes=2)

    assert run(sealed_url, work) == []
    assert {item.field for item in run(sealed_url, verify)} == {"verdict"}


def test_an_error_of_a_process_reaches_the_caller(sealed_url: str) -> None:
    async def work(database: Database) -> None:
        database.keys = Keys(database.url, "không phải khóa")
        await verify(database, processes=2)

    with pytest.raises(KeysUnusable):
        run(sealed_url, work)
