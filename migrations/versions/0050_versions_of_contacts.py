"""Versions of contacts, for changes and removals of the version that the client has read.

Revision 0050, after 0049. Only adds a column. A process of the version before changes a contact without counting.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"contacts": "short"}


def upgrade() -> None:
    op.add_column("contacts", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("contacts", "version")
