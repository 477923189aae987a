"""Drops the index of what changed past figures: since when they changed is counted (late_changes), nothing reads it.

Revision 0016, after 0015.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHANGES = "changes_from IS NOT NULL"


def upgrade() -> None:
    op.drop_index("ix_entries_changes", table_name="entries")


def downgrade() -> None:
    op.create_index(
        "ix_entries_changes",
        "entries",
        ["recorded_at"],
        postgresql_where=sa.text(_CHANGES),
        sqlite_where=sa.text(_CHANGES),
    )
