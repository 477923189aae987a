"""The newest seal of each entry when it was recorded, for slips and answers.

Revision 0045, after 0044. Only adds a column. A process of the version before leaves it empty.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"entries": "short"}


def upgrade() -> None:
    op.add_column("entries", sa.Column("newest_seal", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("entries", "newest_seal")
