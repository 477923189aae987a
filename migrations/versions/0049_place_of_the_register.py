"""The place of the register, by which a restored copy is noticed (docs/operations.md, Backups).

On PostgreSQL it is the id of a table, which `pg_restore` gives anew. On SQLite `motcua restore` marks the copy. Only adds
a column. A process of the version before does not look at it. Revision 0049, after 0048.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"reference_state": "short"}


def upgrade() -> None:
    op.add_column("reference_state", sa.Column("place", sa.Text(), nullable=True))
    here = "CAST(CAST(CAST('ledger' AS regclass) AS oid) AS text)"
    if op.get_bind().dialect.name == "sqlite":
        here = "'here'"
    op.execute(
        f"INSERT INTO reference_state (id, revision, place) VALUES (1, 0, {here}) "
        "ON CONFLICT (id) DO UPDATE SET place = excluded.place"
    )


def downgrade() -> None:
    op.drop_column("reference_state", "place")
