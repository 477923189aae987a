"""An index of late duties of the counter: the office table counts them by their time.

Revision 0028, after 0027.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"

_LATE_DUTIES = """type IN ('forward', 'take', 'request-supplement') AND data LIKE '%"late_%'"""


def upgrade() -> None:
    op.create_index(
        "ix_entries_late_duties",
        "entries",
        ["occurred_at"],
        postgresql_where=sa.text(_LATE_DUTIES),
        sqlite_where=sa.text(_LATE_DUTIES),
    )


def downgrade() -> None:
    op.drop_index("ix_entries_late_duties", table_name="entries")
