"""Procedure versions get the rules of their sector, and units say what their area is.

Revision 0021, after 0020. Both columns have a constant default, so no row is rewritten on PostgreSQL.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Json

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "procedure_versions", sa.Column("special_rules", Json(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column("units", sa.Column("traits", Json(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("units", "traits")
    op.drop_column("procedure_versions", "special_rules")
