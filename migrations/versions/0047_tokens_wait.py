"""Units with tokens that wait until the successor confirms them.

Revision 0047, after 0046. Only adds a column. A process of the version before ends a unit without it, and its tokens
follow the successor as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"units": "short"}


def upgrade() -> None:
    op.add_column("units", sa.Column("tokens_wait", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("units", "tokens_wait")
