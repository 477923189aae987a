"""An index of what was recorded later than it happened, for the list of it.

Revision 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_RECORDED_LATE = """data LIKE '%"backdated"%'"""


def upgrade() -> None:
    op.create_index(
        "ix_entries_late",
        "entries",
        ["recorded_at", "id", "unit_id", "type"],
        postgresql_where=sa.text(_RECORDED_LATE),
        sqlite_where=sa.text(_RECORDED_LATE),
    )


def downgrade() -> None:
    op.drop_index("ix_entries_late", table_name="entries")
