"""From when on somebody is reminded, by procedure, and one look for all workers.

Revision 0018, after 0017.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNDER_WAY = sa.text("status IN ('received', 'processing', 'awaiting_supplement', 'awaiting_payment', 'finished')")


def upgrade() -> None:
    op.create_index("ix_dossiers_under_way", "dossiers", ["id"], postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY)
    op.add_column("procedures", sa.Column("thresholds", Json(), nullable=True))
    op.create_table(
        "reminder_rounds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reminder_rounds_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rounds")),
    )


def downgrade() -> None:
    op.drop_table("reminder_rounds")
    op.drop_index("ix_dossiers_under_way", table_name="dossiers")
    with op.batch_alter_table("procedures") as batch:
        batch.drop_column("thresholds")
