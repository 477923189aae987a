"""Kinds of identity papers, telephones in the form for search, and people whom corrected particulars replace.

Only adds columns and indexes, so a process of the version before goes on beside it. It writes rows without these
columns: such a person is found by the telephone as it was typed, and the kind of the paper is inferred.

Revision 0042, after 0041.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

from app.contact_data import phone_key
from app.database.online import Online

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"applicants": "scan, then short", "participants": "scan, then short"}

# The keys of the rows beside `dossier_id`, and the new columns.
_TABLES = {
    "applicants": (("number",), ("identity_kind TEXT",)),
    "participants": (("sequence", "number"), ("replaced_by INTEGER",)),
}


def online(steps: Online) -> None:
    for table, (keys, columns) in _TABLES.items():
        if steps.dialect == "sqlite":
            for column in (*columns, "phone_key TEXT"):
                steps.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
        else:
            added = (*columns, 'phone_key TEXT COLLATE "C"')
            steps.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN IF NOT EXISTS {column}" for column in added))
        steps.create_index(f"ix_{table}_phone_key", f"{table} (phone_key)")
        steps.backfill(table, _filling(table, keys), key="dossier_id")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    for table, (_keys, columns) in _TABLES.items():
        op.drop_index(f"ix_{table}_phone_key", table_name=table)
        for column in (*columns, "phone_key"):
            op.drop_column(table, column.partition(" ")[0])


def _filling(name: str, keys: Sequence[str]) -> Callable[[sa.Connection, int, int], None]:
    table = sa.table(name, *(sa.column(column) for column in ("dossier_id", *keys, "phone", "phone_key")))

    def fill(connection: sa.Connection, after: int, upto: int) -> None:
        missing = (table.c.phone.is_not(None), table.c.phone_key.is_(None))
        within = (table.c.dossier_id > after, table.c.dossier_id <= upto)
        for row in connection.execute(sa.select(table).where(*within, *missing)).all():
            of_row = (table.c[key] == getattr(row, key) for key in ("dossier_id", *keys))
            connection.execute(sa.update(table).where(*of_row).values(phone_key=phone_key(row.phone)))

    return fill
