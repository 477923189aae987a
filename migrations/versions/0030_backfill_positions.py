"""The positions of backfills, so that a killed migration goes on where it was.

Revision 0030, after 0029.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
# The locks of `motcua migrate --plan`; a test compares them with those that PostgreSQL takes.
locks: dict[str, str] = {}


def upgrade() -> None:
    op.create_table(
        "backfill_positions",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision", "name", name=op.f("pk_backfill_positions")),
    )


def downgrade() -> None:
    op.drop_table("backfill_positions")
