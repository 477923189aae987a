"""The cause of a late dossier, and the wish of an applicant not to be told; indexes for promises and causes.

A process of the version before leaves both columns as they are.

Revision 0041, after 0040.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"dossiers": "scan, then short"}

_COLUMNS = ("late_cause TEXT", "notify BOOLEAN DEFAULT true NOT NULL")


def online(steps: Online) -> None:
    if steps.dialect == "sqlite":
        for column in _COLUMNS:
            steps.execute(f"ALTER TABLE dossiers ADD COLUMN {column}")
    else:
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {column}" for column in _COLUMNS)
        steps.execute(f"ALTER TABLE dossiers {added}")
    steps.create_index("ix_dossiers_promised", "dossiers (promised_date) WHERE promised_date IS NOT NULL")
    steps.create_index("ix_dossiers_late_cause", "dossiers (finished_date) WHERE late_cause IS NOT NULL")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    op.drop_index("ix_dossiers_late_cause", table_name="dossiers")
    op.drop_index("ix_dossiers_promised", table_name="dossiers")
    op.drop_column("dossiers", "notify")
    op.drop_column("dossiers", "late_cause")
