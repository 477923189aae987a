"""Sessions of people in browsers, kept so that signing out ends them.

Revision 0051, after 0050. Only adds a table. A process of the version before knows sessions by their cookie alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database.columns import Instant

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {}


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False, index=True),
    )
    op.create_index("ix_sessions_subject", "sessions", ["subject"])


def downgrade() -> None:
    op.drop_table("sessions")
