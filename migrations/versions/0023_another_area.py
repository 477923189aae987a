"""An index of the dossiers for another area: the office table counts them by the date of receipt.

Revision 0023, after 0022.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_dossiers_another_area",
        "dossiers",
        ["received_date"],
        postgresql_where=sa.text("coalesce(CAST(details AS JSONB) ? 'another_area', false)"),
        sqlite_where=sa.text("(details -> 'another_area' IS NOT NULL) = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_dossiers_another_area", table_name="dossiers")
