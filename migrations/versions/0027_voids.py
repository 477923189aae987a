"""An index of voids: the irregularities find them by time.

Revision 0027, after 0026.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"

locks: dict[str, str] = {"entries": "scan"}


def online(steps: Online) -> None:
    steps.create_index("ix_entries_voids", "entries (occurred_at) WHERE type = 'void'")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    op.drop_index("ix_entries_voids", table_name="entries")
