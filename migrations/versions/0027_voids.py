"""An index of voids: the irregularities find them by time.

Revision 0027, after 0026.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"

_VOIDS = sa.text("type = 'void'")


def upgrade() -> None:
    op.create_index("ix_entries_voids", "entries", ["occurred_at"], postgresql_where=_VOIDS, sqlite_where=_VOIDS)


def downgrade() -> None:
    op.drop_index("ix_entries_voids", table_name="entries")
