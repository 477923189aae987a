"""An index of the entries that are few and looked for by their time: asked for papers, put off, corrected.

Revision 0007, after 0006.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_RARE = sa.text("type IN ('request-supplement', 'reschedule', 'correct')")


def upgrade() -> None:
    op.create_index(
        op.f("ix_entries_rare"), "entries", ["type", "occurred_at"], postgresql_where=_RARE, sqlite_where=_RARE
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_entries_rare"), table_name="entries")
