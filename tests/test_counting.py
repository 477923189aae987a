"""On-time figures against a naive count over the journals, at any date, on random lives of dossiers (rules §11)."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from operator import itemgetter
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.catalogue.cache import load
from app.database import Connection, Database, schema, tables
from app.domain.calendar import TZ, local_date
from app.domain.lifecycle import Entry, apply, replay
from app.dossiers import recording
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord, Particulars
from app.rollups import service as rollups
from app.rollups.facts import project
from app.rollups.roll_up import roll_up
from app.statistics.lateness.figures import lateness_figures
from app.statistics.lateness.presenting import lateness_out
from app.statistics.office_table.figures import office_figures
from app.statistics.office_table.forms import form_on
from app.statistics.office_table.table import office_table_out
from app.statistics.on_time.drill_down import page
from app.statistics.on_time.figure_filters import FIGURES, row_figure, size
from app.statistics.on_time.figures import changed_since, count_and_change
from app.statistics.on_time.parameters import OnTimeIn
from app.statistics.on_time.presenting import answer
from app.statistics.on_time.question import BY_UNIT, Question, question_of
from app.statistics.on_time.schemas import OnTimeOut, OnTimeRowOut
from tests.support.calendars import YEARS
from tests.support.database_access import open_database
from tests.support.databases import Databases, Templates
from tests.support.lives import GONE, SUCCEEDED_AT, SUCCESSOR, UNITS, Life, lives, terms_of
from tests.support.naive_counting import (
    FIELDS,
    KINDS,
    LEVELS,
    ROOT,
    ByHand,
    LatenessByHand,
    OfficeByHand,
    changes_from,
)

LATER = datetime(2021, 12, 31, 9, 0, tzinfo=TZ)


@settings(database=None, deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
# A due date from an event that was recorded after a publication and dated before it.
@example(seed=10779)
def test_every_figure_is_that_of_a_naive_count_over_the_journals(
    databases: Databases, templates: Templates, seed: int
) -> None:
    url = databases.create(templates.prepared_by(schema.upgrade))
    try:
        asyncio.run(compare(url, Random(seed)))
    finally:
        databases.drop(url)


async def compare(url: str, random: Random) -> None:
    """Writes all lives in the order of their recording; now and then rolls up, and asks for figures."""
    all_lives = lives(random, 12)
    entries = [
        (entry.recorded_at, number, entry.sequence) for number, life in enumerate(all_lives) for entry in life.journal
    ]
    entries.sort()
    pauses = [0, *sorted(random.sample(range(1, len(entries)), min(8, len(entries) - 1))), len(entries)]
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            await write_reference(connection)
        written: dict[int, Dossier] = {}
        for start, end in itertools.pairwise(pauses):
            async with database.writing() as connection:
                for _, number, sequence in entries[start:end]:
                    written[number] = await write_entry(
                        connection, number, all_lives[number], sequence, written.get(number)
                    )
                    if random.random() < 0.1:
                        await roll_up(connection, random.choice([1, 5, 1000]))
            lives_so_far = [
                Life(all_lives[number].procedure, all_lives[number].journal[: dossier.state.version])
                for number, dossier in written.items()
            ]
            await ask(database, lives_so_far, random, entries[end - 1][0])
        async with database.reading(snapshot=True) as connection:
            for number, life in enumerate(all_lives):
                await assert_kept_as_the_journal_says(connection, number + 1, life)
        for _ in range(8):
            await ask(
                database,
                all_lives,
                random,
                max(LATER, *(entry.recorded_at for life in all_lives for entry in life.journal)),
            )
    finally:
        await database.close()


async def assert_kept_as_the_journal_says(connection: Connection, dossier_id: int, life: Life) -> None:
    expected = rollups.rows_of(dossier_id, *project(rollups.history_of(life.journal)))
    for table in (tables.spans, tables.occurrences):
        statement = select(table).where(table.c.dossier_id == dossier_id)
        kept = [dict(zip(table.c.keys(), row, strict=True)) for row in await connection.all(statement)]
        keys = itemgetter("number", "phase" if table is tables.spans else "kind")
        assert sorted(kept, key=keys) == sorted((row for row_table, row in expected if row_table is table), key=keys)


async def ask(database: Database, all_lives: list[Life], random: Random, now: datetime) -> None:
    """One random question, answered by the service and by hand."""
    async with database.reading(snapshot=True) as connection:
        await ask_on(connection, all_lives, random, now)


async def ask_on(connection: Connection, all_lives: list[Life], random: Random, now: datetime) -> None:
    reference = await load(connection)
    # Counts are most likely wrong on days of events and due dates, and on the days around them.
    instants = [entry.occurred_at for life in all_lives for entry in life.journal]
    days = [local_date(at) for at in instants] + [life.state.due_date for life in all_lives if life.state.due_date]
    first, last = sorted(random.choice(days) + timedelta(days=random.choice([-1, 0, 0, 1])) for _ in range(2))
    query = random_query(random, min(first, local_date(now)), last)
    question = question_of(query, reference, now)
    counts, changed = await count_and_change(connection, question, now)
    assert changed == await changed_since(connection, question, now)
    given_answer = answer(question, counts, changed, "vi")
    by_hand = ByHand(query, all_lives, now)
    assert shown(given_answer) == by_hand.rows(), query
    assert figures_of(given_answer.total) == by_hand.total(), query
    assert given_answer.changed_since == by_hand.changed_since(), query
    for row in (*given_answer.rows, given_answer.total):
        assert_identity_and_rates(row)
    if question.by in BY_UNIT and question.basis == "responsible":
        await ask_office_table(connection, question, OfficeByHand(query, all_lives, now), now)
    if question.basis != "step":
        await ask_lateness(connection, question, LatenessByHand(query, all_lives, now), now)
    for figure in random.sample(sorted(FIGURES), 4):
        await open_figure(connection, question, random.choice([*given_answer.rows, given_answer.total]), figure)


async def ask_office_table(connection: Connection, question: Question, by_hand: OfficeByHand, now: datetime) -> None:
    """The office table of the same question, answered by the service and by hand."""
    counts, changed = await office_figures(connection, question, now)
    table = office_table_out(question, form_on(question.last), counts, changed, "vi")
    columns = {
        row.id or row.key: {name: number for name, number in row.figures.items() if number}
        for row in (*table.rows, table.total)
    }
    assert columns == by_hand.columns(), by_hand.query
    ended = ("resolved_total", "open_total", "stopped", "withdrawn", "moved_out")
    for row in (*table.rows, table.total):
        assert row.figures["received_total"] == sum(row.figures[name] for name in ended), row


async def ask_lateness(connection: Connection, question: Question, by_hand: LatenessByHand, now: datetime) -> None:
    """The figures of lateness of the same question, answered by the service and by hand."""
    counts, changed = await lateness_figures(connection, question, now)
    lateness = lateness_out(question, counts, changed, "vi")
    rows = {}
    for row in (*lateness.rows, lateness.total):
        causes = {f"causes.{name}": number for name, number in row.causes if name != "unknown"}
        assert sum(causes.values()) + row.causes.unknown == row.late
        promises = {"promises.kept": row.promises.kept, "promises.broken": row.promises.broken}
        if figures := +Counter({**causes, **promises}):
            rows[row.id or row.key] = figures
    assert rows == by_hand.lateness(), by_hand.query


async def open_figure(connection: Connection, question: Question, row: OnTimeRowOut, figure: str) -> None:
    """The list behind a figure has its number of dossiers, with and without the number as an argument."""
    key = None if row.key == "total" else str(row.id or row.key)
    opened = row_figure(question, figure, key)
    expected = figures_of(row).get(figure, figures_of(row).get(f"{figure}.total", 0))
    assert await size(connection, opened) == expected, (question, row, figure)
    for count in (None, expected):
        rows, cursor = await page(connection, opened, 2, None, count)
        while cursor is not None:
            more, cursor = await page(connection, opened, 2, cursor, count)
            rows += more
        assert len(rows) == expected, (question, row, figure)
        places = [(item.dossier_id, item.number, item.at) for item in rows]
        assert len(set(places)) == len(places) or figure == "late_without_apology"


def random_query(random: Random, first: date, last: date) -> OnTimeIn:
    unit_ids = random.choice([[], [], [ROOT], [random.choice(UNITS)], random.sample(UNITS, 2)])
    return OnTimeIn.model_validate(
        {
            "by": random.choice(["office", "commune", "unit", "field", "procedure", "channel", "month", "level"]),
            "basis": random.choice(["responsible", "responsible", "receiving", "step"]),
            "from": first,
            "to": last,
            "unit_id": unit_ids,
            "field": random.choice([[], [], [], ["Hộ tịch"], ["Hộ tịch", "Đất đai"]]),
            "procedure": random.choice([[], [], [], ["P1"], ["P2", "P3"]]),
            "channel": random.choice([[], [], [], ["online"], ["counter", "postal"]]),
            "successors": random.random() < 0.4,
        }
    )


# --- Writing lives ----------------------------------------------------------------------------------------------------


async def write_reference(connection: Connection) -> None:
    begin = date(2018, 1, 1)
    for unit_id, kind in sorted(KINDS.items(), reverse=True):
        gone = unit_id == GONE
        unit = {
            "id": unit_id,
            "code": f"U{unit_id}",
            "name": f"Đơn vị {unit_id}",
            "kind": kind,
            "type": kind,
            "agency_identifier": f"000.00.0{unit_id}.H47",
            "parent_id": None if unit_id == ROOT else ROOT,
            "valid_from": begin,
            "valid_to": SUCCEEDED_AT.date() - timedelta(days=1) if gone else None,
            "successor_id": SUCCESSOR if gone else None,
        }
        await connection.insert(tables.units, unit)
    await connection.insert(tables.catalogues, {"id": 1, "name": "Bộ TTHC"})
    for number, field in FIELDS.items():
        terms = terms_of(number)
        procedure = {
            "id": number,
            "code": f"P{number}",
            "name": f"Thủ tục {number}",
            "name_folded": f"thu tuc {number}",
            "field": field,
            "level": LEVELS[number],
            "catalogue_id": 1,
        }
        version = {
            "id": number,
            "procedure_id": number,
            "version": 1,
            "effective_from": begin,
            "limits": {
                name: {"amount": limit.amount, "unit": limit.unit} for name, limit in terms.limits.items() if limit
            },
            "clock_policy": terms.clock_policy.value,
            "documents": [],
            "route": [],
            "max_supplement_requests": terms.max_supplement_requests,
            "max_extension": terms.max_extension,
        }
        await connection.insert(tables.procedures, procedure)
        await connection.insert(tables.procedure_versions, version)
    for name, year in YEARS.items():
        revision = {
            "year": int(name),
            "revision": 1,
            "recorded_at": datetime(2018, 1, 1, tzinfo=UTC),
            **{key: year[key] for key in ("status", "decision", "days_off", "working_days", "names")},
        }
        await connection.insert(tables.calendar_revisions, revision)


async def write_entry(
    connection: Connection, number: int, life: Life, sequence: int, before: Dossier | None
) -> Dossier:
    """The dossier after its next entry is written."""
    journal = life.journal[:sequence]
    entry = journal[-1]
    if before is None:
        about = Particulars({"kind": "person", "name": "Nguyễn Thị Hoa"})
        code, state = f"D-{number + 1}", apply(None, entry)
        new = recording.NewDossier(number + 1, code, life.procedure, about, recorded(life, entry), state, 0)
        return await recording.record_new(connection, new)
    after = replace(before, state=replay(journal))
    if entry.replaces:
        return await recording.record_correction(connection, before, after, recorded(life, entry), journal)
    return await recording.record(connection, before, after, recorded(life, entry))


def recorded(life: Life, entry: Entry) -> EntryRecord:
    return EntryRecord(entry, "tests", changes_from=changes_from(life, entry))


# --- Answers ---------------------------------------------------------------------------------------------------------


def shown(figures: OnTimeOut) -> dict[Hashable, dict[str, int]]:
    return {row.id or row.key: figures_of(row) for row in figures.rows}


def figures_of(row: OnTimeRowOut) -> dict[str, int]:
    figures: dict[str, int] = {}
    for name, value in row.model_dump(exclude={"key", "id", "name", "rate_of_finished", "rate_of_due"}).items():
        parts: dict[str, Any] = value if isinstance(value, dict) else {"": value}
        figures |= {f"{name}.{part}".removesuffix("."): number for part, number in parts.items() if number}
    return figures


def assert_identity_and_rates(row: OnTimeRowOut) -> None:
    came = row.received.total + row.carried_over + row.moved_in
    went = row.finished.total + row.withdrawn.total + row.discontinued.total + row.moved_out
    assert came == went + row.open.total, row
    bad = row.finished.late + row.open.overdue + row.withdrawn.overdue + row.discontinued.overdue
    due = came - row.moved_out
    in_time = row.finished.early + row.finished.on_time
    for rate, numerator, denominator in (
        (row.rate_of_finished, in_time, in_time + row.finished.late),
        (row.rate_of_due, due - bad, due),
    ):
        exact = Decimal(numerator) / denominator if denominator else None
        shown = None if exact is None else float(exact.quantize(Decimal("0.0001"), ROUND_DOWN))
        assert (rate.value, rate.numerator, rate.denominator) == (shown, numerator, denominator)
