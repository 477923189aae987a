"""An index of late duties of the counter: the office table counts them by their time.

Revision 0028, after 0027.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"

_LATE_DUTIES = """type IN ('forward', 'take', 'request-supplement') AND data LIKE '%"late_%'"""


locks: dict[str, str] = {"entries": "scan"}


def online(steps: Online) -> None:
    steps.create_index("ix_entries_late_duties", f"entries (occurred_at) WHERE {_LATE_DUTIES}")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    op.drop_index("ix_entries_late_duties", table_name="entries")
