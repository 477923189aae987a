"""An index of the dossiers with an apology: late steps are told apart by it.

Revision 0033, after 0032.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"


def online(steps: Online) -> None:
    steps.create_index("ix_spans_apologies", "spans (dossier_id) WHERE apology AND phase = 'open'")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    op.drop_index("ix_spans_apologies", table_name="spans")
