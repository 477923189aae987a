"""Every column of every table, changed behind the service's back: the verification names it, or its page says why not.

The tables are in three groups, each changed in a register of its own: what one change breaks could hide another. Within
a group each column is changed in a row, and of a dossier in a dossier, of its own.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Column, Connection, RowMapping, Table, select

from app.audit.verification.coverage import NAMES, NOT_CHECKED, TABLES
from app.audit.verification.difference import Difference
from app.audit.verification.service import verify
from app.database.tables import dossiers, metadata
from app.ledger.subjects import SUBJECTS
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.owner import behind_the_back
from tests.support.whole_register import changed, fill

# The row of the dossier last: its key moves.
OF_DOSSIERS = (
    "entries",
    "applicants",
    "participants",
    "entry_texts",
    "dossier_units",
    "externals",
    "payments",
    "spans",
    "occurrences",
    "dossiers",
)
# Changed in tests of their own, because the register has no row or too few rows of them.
ELSEWHERE = frozenset(
    {
        *(
            "alembic_version",
            "seals",
            "seal_blocks",
            "seal_stamps",
            "cosigned_checkpoints",
            "ledger",
            "resumptions",
            "rollup_moves",
            "recount_due",
            "recounts",
            "sessions",
        ),
        *("person_secrets", "sign_in_links", "sign_in_failures"),
        *("recount_totals", "recount_cells", "recount_moves", "recount_late_changes", "backfill_positions"),
    }
)
OTHERS = tuple(name for name in metadata.tables if name not in {*OF_DOSSIERS, *SUBJECTS, *ELSEWHERE})
# The database accepts no other value, or none that means something else.
FIXED = frozenset(
    {
        *("outbox.state", "reminder_rounds.id", "rating_secret.id", "reference_state.id", "pending_increments.content"),
        *("token_changes.type", "reforms.kind", "contacts.role", "contacts.channel", "score_rules.kind"),
    }
)


class Change(NamedTuple):
    """A changed column, and the names that its row may have in a difference."""

    column: Column[Any]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    def is_named(self, differences: Iterable[Difference]) -> bool:
        """Whether a difference is about the row, and about this column where a row has several changes."""
        table, name = self.column.table.name, self.column.name
        several = table in SUBJECTS or (table.startswith("rollup_") and not self.column.primary_key)
        return any(
            (item.dossier in self.names or item.dossier.partition(" ")[0] in self.names)
            and (not several or item.field == name)
            for item in differences
        )


@pytest.fixture(scope="module", params=[OF_DOSSIERS, tuple(SUBJECTS), OTHERS], ids=["dossiers", "ledger", "others"])
def group(request: pytest.FixtureRequest, databases: Databases, templates: Templates) -> Iterator[tuple[Any, Any]]:
    """The changes of one group, and the differences that the verification finds after them."""
    url = databases.create(templates.prepared_by(fill))
    changes: list[Change] = []

    def work(connection: Connection) -> None:
        codes = {row.id: row.code for row in connection.execute(select(dossiers.c.id, dossiers.c.code))}
        for name in request.param:
            if name not in ELSEWHERE:
                changes.extend(changed_columns(connection, metadata.tables[name], codes))

    behind_the_back(url, work)
    yield changes, in_database(url, verify)
    databases.drop(url)


def changed_columns(connection: Connection, table: Table, codes: dict[int, str]) -> Iterator[Change]:
    """Changes each column in another row. `codes`: of the dossiers without a change so far.

    Inserted and removed rows of the ledger's tables are tried elsewhere: a moved key would hide the other columns.
    """
    keys = [key.name for key in table.primary_key.columns]
    # A row is found by its key, so keys are changed last.
    for place, column in enumerate(sorted(table.columns, key=lambda column: column.primary_key)):
        if f"{table}.{column.name}" in FIXED or (table.name in SUBJECTS and column.primary_key):
            continue
        rows = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
        row = own_row(rows, table, column, codes) if table.name in OF_DOSSIERS else rows[place % len(rows)]
        where = {name: row[name] for name in keys}
        new = changed(connection, column, where)
        assert new is not None, f"{table}.{column.name} has no other value"
        if table.name in OF_DOSSIERS:
            code = codes.pop(row[dossier_key(table)])
            yield Change(column, (code, after_code(column, new)))
        else:
            yield Change(column, names_of(table, where, {**where, column.name: new}))


def dossier_key(table: Table) -> str:
    """The column with the id of the dossier."""
    return "id" if table is dossiers else "dossier_id"


def own_row(rows: Iterable[RowMapping], table: Table, column: Column[Any], codes: dict[int, str]) -> RowMapping:
    """A row of a dossier without a change, with a value in the column if there is one."""
    free = [row for row in rows if row[dossier_key(table)] in codes]
    return min(free, key=lambda row: row[column.name] is None)


def after_code(column: Column[Any], new: Any) -> str:
    """The name of a dossier whose code or key was changed."""
    return str(new) if column is dossiers.c.code else "dossier 990001, which is missing"


def names_of(table: Table, *rows: dict[str, Any]) -> tuple[str, ...]:
    """The names of a row in differences, by its old and its new key; of some tables only the name of the table."""
    if table.name == "code_ordinals":
        return tuple(f"{row['agency_identifier']}-{row['date']:%y%m%d}" for row in rows)
    alone = ("rollup_", "late_", "pending_", "rating_secret", "encryption_keys")
    if table.name.startswith(alone) or len(table.primary_key.columns) > 1:
        return (table.name,)
    (key,) = table.primary_key.columns
    return tuple(f"{table.name} {shown_key(row, key.name)}" for row in rows)


def shown_key(row: dict[str, Any], key: str) -> str:
    """The key as differences show it: the beginning of a hash."""
    return str(row[key])[:12]


def test_a_change_of_each_column_is_named_or_the_page_says_why_not(group: tuple[list[Change], list[Any]]) -> None:
    changes, differences = group
    assert changes
    unseen = {str(change) for change in changes if not change.is_named(differences)}
    listed = {
        str(change)
        for change in changes
        for coverage in [TABLES[change.column.table.name]]
        if coverage.checked == NOT_CHECKED or change.column.name in coverage.columns
    }
    assert unseen == listed


def test_each_table_of_the_schema_has_its_line() -> None:
    assert set(TABLES) == NAMES
    assert all(coverage.unseen for coverage in TABLES.values() if coverage.checked == NOT_CHECKED or coverage.columns)
    for name, coverage in TABLES.items():
        assert set(coverage.columns) <= (set(metadata.tables[name].c.keys()) if coverage.columns else set())
    for name, subject in SUBJECTS.items():
        assert set(TABLES[name].columns) == subject.without


def test_the_register_has_rows_of_every_table_but_those_tried_elsewhere(
    databases: Databases, templates: Templates
) -> None:
    url = templates.prepared_by(fill)
    empty: set[str] = set()

    def work(connection: Connection) -> None:
        tables = metadata.tables.values()
        empty.update(table.name for table in tables if connection.execute(select(table).limit(1)).first() is None)

    behind_the_back(url, work)
    assert empty <= ELSEWHERE
    assert not in_database(url, verify)
