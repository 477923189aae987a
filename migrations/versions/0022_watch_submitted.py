"""Submitted dossiers are scanned for reminders too: papers are asked for in time.

Revision 0022, after 0021.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "status IN ('received', 'processing', 'awaiting_supplement', 'awaiting_payment', 'finished')"
_AFTER = "status IN ('submitted', 'received', 'processing', 'awaiting_supplement', 'awaiting_payment', 'finished')"


def upgrade() -> None:
    _remake(_AFTER)


def downgrade() -> None:
    _remake(_BEFORE)


def _remake(condition: str) -> None:
    op.drop_index("ix_dossiers_under_way", table_name="dossiers")
    op.create_index(
        "ix_dossiers_under_way",
        "dossiers",
        ["id"],
        postgresql_where=sa.text(condition),
        sqlite_where=sa.text(condition),
    )
